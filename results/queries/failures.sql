-- Why did attempts fail? The commonest cause first.
-- :sweep  the sweep
SELECT a.outcome, a.exit_code, a.signal, a.error, count(*) AS attempts,
  count(DISTINCT a.run) AS runs, substr(min(a.run), 1, 12) AS example
FROM runs r JOIN attempts a ON a.run = r.id
WHERE r.sweep = :sweep AND a.outcome <> 'completed'
GROUP BY a.outcome, a.exit_code, a.signal, a.error
ORDER BY count(*) DESC, a.outcome, a.error
