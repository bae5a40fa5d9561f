-- What did each design cost, and how much was lost to failed attempts?
-- :sweep  the sweep
SELECT r."<varying>", count(*) AS attempts,
  sum(a.ended_ms - a.started_ms) / 3600000.0 AS wall_hours, sum(a.cpu_seconds) / 3600 AS cpu_hours,
  sum(iif(a.outcome <> 'completed', a.ended_ms - a.started_ms, 0)) / 3600000.0 AS lost_hours,
  avg(iif(a.outcome = 'completed', a.ended_ms - a.started_ms, NULL)) / 1000.0 AS mean_run_seconds
FROM runs r JOIN attempts a ON a.run = r.id
WHERE r.sweep = :sweep AND a.ended_ms IS NOT NULL
GROUP BY r.cell
ORDER BY sum(a.ended_ms - a.started_ms) DESC, r.cell
