-- Which attempts took longest?
-- :sweep  the sweep
-- :most = 10  at most so many
SELECT r."<varying>", r.seed, substr(r.id, 1, 12) AS run, a.number AS attempt, a.outcome,
  (a.ended_ms - a.started_ms) / 1000.0 AS wall_seconds, a.cpu_seconds, a.host
FROM runs r JOIN attempts a ON a.run = r.id
WHERE r.sweep = :sweep AND a.ended_ms IS NOT NULL
ORDER BY a.ended_ms - a.started_ms DESC, r.id
LIMIT :most
