-- Which runs were taken over, and from which sweeps?
-- :sweep  the sweep
SELECT r."<varying>", r.seed, substr(r.id, 1, 12) AS run,
  (SELECT group_concat(o.sweep, ', ') FROM runs o WHERE o.id = r.id AND o.sweep <> r.sweep)
    AS also_in
FROM runs r
WHERE r.sweep = :sweep AND r.reused AND r.in_plan
ORDER BY r."<varying>", r.seed
