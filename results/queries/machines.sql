-- What ran where, and with what?
-- :sweep  the sweep
SELECT a.host,
  iif(json_valid(a.provenance_json), a.provenance_json ->> '$.cpu', NULL) AS cpu,
  iif(json_valid(a.provenance_json), a.provenance_json ->> '$.threads', NULL) AS threads,
  iif(json_valid(a.provenance_json), a.provenance_json ->> '$.build', NULL) AS build,
  count(*) AS attempts, sum(a.outcome = 'completed') AS completed,
  sum(a.cpu_seconds) / 3600 AS cpu_hours, max(a.run_delay_share) AS most_run_delay_share,
  strftime('%Y-%m-%dT%H:%M:%SZ', min(a.started_ms) / 1000, 'unixepoch') AS first_started
FROM runs r JOIN attempts a ON a.run = r.id
WHERE r.sweep = :sweep
GROUP BY 1, 2, 3, 4
ORDER BY count(*) DESC, 1, 2, 3, 4
