-- Which seeds does each cell have, and which are missing?
-- :sweep  the sweep
SELECT r."<varying>", count(*) AS planned, sum(r.state = 'succeeded') AS succeeded,
  (SELECT group_concat(seed, ' ') FROM (
    SELECT o.seed AS seed FROM runs o WHERE o.sweep = :sweep AND o.cell = r.cell AND o.in_plan
      AND o.state = 'succeeded' ORDER BY o.seed)) AS seeds,
  (SELECT group_concat(seed, ' ') FROM (
    SELECT o.seed AS seed FROM runs o WHERE o.sweep = :sweep AND o.cell = r.cell AND o.in_plan
      AND o.state <> 'succeeded' ORDER BY o.seed)) AS missing
FROM runs r
WHERE r.sweep = :sweep AND r.in_plan
GROUP BY r.cell
ORDER BY sum(r.state = 'succeeded'), r."<varying>"
