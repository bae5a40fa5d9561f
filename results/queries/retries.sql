-- Which runs took more than one attempt?
-- :sweep  the sweep
SELECT r."<varying>", r.seed, substr(r.id, 1, 12) AS run, r.state, count(*) AS attempts,
  (SELECT group_concat(outcome, ', ') FROM (
    SELECT coalesce(o.outcome, 'running') AS outcome FROM attempts o
    WHERE o.run = r.id ORDER BY o.number)) AS outcomes
FROM runs r JOIN attempts a ON a.run = r.id
WHERE r.sweep = :sweep
GROUP BY r.id
HAVING count(*) > 1
ORDER BY count(*) DESC, r."<varying>", r.seed
