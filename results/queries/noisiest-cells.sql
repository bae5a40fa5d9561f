-- In which cells do the seeds disagree most?
-- :sweep  the sweep
-- :metric  whose standard deviation over the seeds ranks the cells
-- :most = 10  at most so many cells
SELECT "<varying>", "<metric>_n" AS n, "<metric>_mean" AS mean, "<metric>_sd" AS sd,
  substr(cell, 1, 12) AS cell
FROM cells
WHERE sweep = :sweep AND "<metric>_sd" IS NOT NULL
ORDER BY sd DESC
LIMIT :most
