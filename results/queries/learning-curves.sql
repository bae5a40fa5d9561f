-- How does a metric develop, on average over the seeds?
-- :sweep  the sweep
-- :curve  the metric, one of those that the query curves shows
-- :split = *  its split, e.g. train; * stands for all
SELECT r."<varying>", h.split, h.step, count(h.value) AS n, avg(h.value) AS mean,
  min(h.value) AS least, max(h.value) AS greatest
FROM runs r JOIN history h ON h.run = r.id
WHERE r.sweep = :sweep AND r.state = 'succeeded' AND r.in_plan AND h.metric = :curve
  AND coalesce(h.split, '') GLOB :split AND h.step IS NOT NULL
  AND h.attempt = (SELECT max(a.number) FROM attempts a WHERE a.run = r.id)
GROUP BY r.cell, h.split, h.step
ORDER BY r."<varying>", h.split, h.step
