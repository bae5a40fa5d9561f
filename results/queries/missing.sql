-- Which runs of the plan have no result, and why?
-- :sweep  the sweep
SELECT r."<varying>", r.seed, r.state, substr(r.id, 1, 12) AS run,
  (SELECT a.error FROM attempts a WHERE a.run = r.id ORDER BY a.number DESC LIMIT 1) AS last_error
FROM runs r
WHERE r.sweep = :sweep AND r.in_plan AND r.state <> 'succeeded'
ORDER BY r.state, r."<varying>", r.seed
