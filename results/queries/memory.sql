-- How much memory does each design take?
-- :sweep  the sweep
SELECT r."<varying>", count(a.peak_rss_bytes) AS runs,
  avg(a.peak_rss_bytes) / 1048576 AS mean_mib, max(a.peak_rss_bytes) / 1048576.0 AS most_mib,
  group_concat(DISTINCT a.peak_rss_method) AS measured_by
FROM runs r JOIN attempts a ON a.run = r.id
WHERE r.sweep = :sweep AND r.in_plan AND a.outcome = 'completed'
GROUP BY r.cell
ORDER BY max(a.peak_rss_bytes) DESC, r.cell
