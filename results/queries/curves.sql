-- Which learning curves are there?
-- :sweep  the sweep
SELECT h.metric, h.split, count(DISTINCT h.run) AS runs, count(*) AS points,
  min(h.step) AS first_step, max(h.step) AS last_step
FROM runs r JOIN history h ON h.run = r.id
WHERE r.sweep = :sweep AND r.in_plan AND h.step IS NOT NULL
GROUP BY h.metric, h.split
ORDER BY h.metric, h.split
