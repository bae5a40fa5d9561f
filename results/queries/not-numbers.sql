-- Which final metrics came out as NaN or infinite?
-- :sweep  the sweep
SELECT r."<varying>", r.seed, substr(r.id, 1, 12) AS run, h.metric, h.value
FROM runs r JOIN history h ON h.run = r.id
WHERE r.sweep = :sweep AND r.state = 'succeeded' AND h.step IS NULL
  AND h.attempt = (SELECT max(a.number) FROM attempts a WHERE a.run = r.id)
  AND (h.is_nan OR abs(h.value) = 9e999)
ORDER BY h.metric, r."<varying>", r.seed
