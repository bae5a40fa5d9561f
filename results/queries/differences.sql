-- How far is each run from the baseline's run of its seed?
-- :sweep  the sweep
-- :metric  the metric
-- :baseline  the start of the baseline cell's id, as best-cells shows it
WITH b AS MATERIALIZED (
  SELECT cell, seed, "<metric>" AS baseline FROM runs
  WHERE sweep = :sweep AND in_plan AND "<metric>" IS NOT NULL
    AND substr(cell, 1, length(:baseline)) = lower(:baseline))
SELECT r."<varying>", r.seed, r."<metric>" AS value, b.baseline,
  r."<metric>" - b.baseline AS difference, substr(b.cell, 1, 12) AS baseline_cell
FROM runs r JOIN b ON b.seed = r.seed AND b.cell <> r.cell
WHERE r.sweep = :sweep AND r.in_plan AND r."<metric>" IS NOT NULL
ORDER BY r."<varying>", r.seed, b.cell
