-- What is a metric at each value of one parameter?
-- :sweep  the sweep
-- :parameter  the parameter
-- :metric  the metric
SELECT "<parameter>", count(DISTINCT iif("<metric>" IS NULL, NULL, cell)) AS cells,
  count("<metric>") AS n, avg("<metric>") AS mean, min("<metric>") AS least,
  max("<metric>") AS greatest
FROM runs
WHERE sweep = :sweep AND in_plan
GROUP BY "<parameter>"
ORDER BY "<parameter>"
