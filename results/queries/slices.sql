-- How accurate is each cell on longer texts, stars, domains?
-- :sweep  the sweep
-- :by = *  length, stars or domain; * stands for all
SELECT r."<varying>", substr(h.metric, length('test_accuracy_by_') + 1) AS "by",
  CASE WHEN h.metric = 'test_accuracy_by_domain' THEN h.split ELSE h.step END AS slice,
  count(h.value) AS n, avg(i.value) AS items, avg(h.value) AS accuracy, min(h.value) AS least,
  max(h.value) AS greatest
FROM runs r JOIN history h ON h.run = r.id
  JOIN history i ON i.run = h.run AND i.attempt = h.attempt AND i.split = h.split AND i.step = h.step
    AND i.metric = replace(h.metric, 'accuracy', 'items')
WHERE r.sweep = :sweep AND r.state = 'succeeded' AND r.in_plan
  AND h.metric GLOB 'test_accuracy_by_' || :by
  AND h.attempt = (SELECT max(a.number) FROM attempts a WHERE a.run = r.id)
GROUP BY r.cell, h.metric, h.split, h.step
ORDER BY h.metric, h.step, r."<varying>"
