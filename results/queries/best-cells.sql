-- Which cells are best by a metric?
-- :sweep  the sweep
-- :metric  what its cells are ranked by, in the direction of the goal
-- :most = 10  at most so many cells
SELECT "<varying>", runs, "<metric>_n" AS n, "<metric>_mean" AS mean, "<metric>_sd" AS sd,
  substr(cell, 1, 12) AS cell
FROM cells
WHERE sweep = :sweep AND "<metric>_n" > 0
ORDER BY mean * iif(coalesce(
    (SELECT direction FROM goal JOIN sweep USING (sweep_key)
      WHERE name = :sweep AND metric = :metric),
    (SELECT goal FROM metric WHERE name = :metric)) = 'minimize', 1, -1)
LIMIT :most
