#!/bin/sh
# Fails a CI pipeline when the tests left errors or slow requests behind.
#
#   examples/ci-gate.sh COMMAND…      such as: examples/ci-gate.sh npm test
#
# Receives the telemetry of COMMAND over OTLP while it runs, then asks three questions. The exit is
# COMMAND's, or 1 when an answer is no. The store stays in ./telemetry for a closer look.
set -eu
endpoint=${OBS_ENDPOINT:-127.0.0.1:4318}

obs-ingest --http "$endpoint" --to dir:./telemetry 2>obs-ingest.log &
ingest=$!
trap 'kill $ingest 2>/dev/null || true' EXIT
until curl -fs "http://$endpoint/ready" >/dev/null; do
  kill -0 $ingest || { cat obs-ingest.log; exit 4; }
  sleep 0.05
done

OTEL_EXPORTER_OTLP_ENDPOINT=http://$endpoint "$@"
kill -TERM $ingest
wait $ingest

export OBS_DIR=dir:./telemetry
# No spans at all never passes: a gate that measures nothing is open.
obs-query sql "SELECT count(*) AS spans FROM spans" --assert 'spans > 0'
obs-query sql "SELECT count(*) AS errors FROM spans WHERE status = 'error'" --assert 'errors == 0'
obs-query sql "SELECT service, quantile_cont(duration_ns, 0.95) / 1e6 AS p95_ms FROM spans
               WHERE kind = 'server' GROUP BY service" --assert 'p95_ms < 500'
