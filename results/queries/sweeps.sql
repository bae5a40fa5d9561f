-- Which sweeps does the store hold, and how far are they?
SELECT s.name AS sweep, s.about, count(DISTINCT m.cell_key) AS cells, count(r.run_key) AS runs,
  sum(r.state = 'succeeded') AS succeeded, sum(r.state = 'failed') AS failed,
  strftime('%Y-%m-%dT%H:%M:%SZ', s.last_launched_ms / 1000, 'unixepoch') AS last_launched
FROM sweep s LEFT JOIN member m ON m.sweep_key = s.sweep_key AND m.in_plan
  LEFT JOIN run r ON r.run_key = m.run_key AND r.kind = 'train'
GROUP BY s.sweep_key
ORDER BY s.last_launched_ms DESC, s.name
