-- Questions to start from. Each runs as: obs-query sql "…"

-- Which services are slow, which fail?
SELECT service, count(*) AS requests, round(quantile_cont(duration_ns, 0.95) / 1e6, 1) AS p95_ms,
       round(100.0 * count(*) FILTER (status = 'error') / count(*), 2) AS error_percent
FROM spans WHERE kind = 'server' GROUP BY service ORDER BY p95_ms DESC;

-- What are the errors about?
SELECT service, body, count(*) AS n, max(time) AS last
FROM logs WHERE severity_number >= 17 GROUP BY ALL ORDER BY n DESC LIMIT 10;

-- Which route does that concern?
SELECT attributes['http.route'] AS route, count(*) AS n FROM spans WHERE status = 'error' GROUP BY ALL ORDER BY n DESC LIMIT 10;

-- Which traces took longest?
SELECT trace_id, service, name, round(duration_ns / 1e6, 1) AS ms
FROM spans WHERE parent_span_id IS NULL ORDER BY duration_ns DESC LIMIT 5;

-- What did the failing requests log?
SELECT l.time, l.service, l.body FROM logs l
WHERE l.trace_id IN (SELECT trace_id FROM spans WHERE status = 'error') ORDER BY l.time LIMIT 20;

-- Errors a minute.
SELECT date_trunc('minute', time) AS minute, count(*) AS errors FROM logs WHERE severity_number >= 17 GROUP BY ALL ORDER BY minute;
