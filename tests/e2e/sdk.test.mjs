// What the OpenTelemetry SDK for JavaScript sends comes back field by field.

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {context, SpanKind, SpanStatusCode, trace, TraceFlags} from '@opentelemetry/api';
import {SeverityNumber} from '@opentelemetry/api-logs';
import {OTLPLogExporter as GrpcLogs} from '@opentelemetry/exporter-logs-otlp-grpc';
import {OTLPLogExporter as JsonLogs} from '@opentelemetry/exporter-logs-otlp-http';
import {OTLPLogExporter as ProtoLogs} from '@opentelemetry/exporter-logs-otlp-proto';
import {OTLPMetricExporter as GrpcMetrics} from '@opentelemetry/exporter-metrics-otlp-grpc';
import {OTLPMetricExporter as JsonMetrics} from '@opentelemetry/exporter-metrics-otlp-http';
import {OTLPMetricExporter as ProtoMetrics} from '@opentelemetry/exporter-metrics-otlp-proto';
import {OTLPTraceExporter as GrpcTraces} from '@opentelemetry/exporter-trace-otlp-grpc';
import {OTLPTraceExporter as JsonTraces} from '@opentelemetry/exporter-trace-otlp-http';
import {OTLPTraceExporter as ProtoTraces} from '@opentelemetry/exporter-trace-otlp-proto';
import {resourceFromAttributes} from '@opentelemetry/resources';
import {BatchLogRecordProcessor, InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor} from '@opentelemetry/sdk-logs';
import {AggregationType, InstrumentType, MeterProvider, PeriodicExportingMetricReader} from '@opentelemetry/sdk-metrics';
import {BasicTracerProvider, BatchSpanProcessor, InMemorySpanExporter, SimpleSpanProcessor} from '@opentelemetry/sdk-trace-base';

import {assert_ledger_closes, query, start_ingest} from './lib/obs.mjs';
import {temporary_directory} from './lib/process.mjs';

const kResource = {'service.name': 'checkout', 'host.name': 'web-3', 'service.instance.id': 'é漢字🚀', 'process.pid': 4242};
const kResourceOut = {'host.name': 'web-3', 'service.instance.id': 'é漢字🚀', 'process.pid': 4242n};
const kSpans = 120;
const kLogs = 120;

// For a log without a body the SDK sends an empty AnyValue in JSON, and nothing in protobuf.
const kWays = [
  {encoding: 'JSON', compression: 'none', Traces: JsonTraces, Logs: JsonLogs, Metrics: JsonMetrics, no_body: {body: {$empty: true}}},
  {encoding: 'JSON', compression: 'gzip', Traces: JsonTraces, Logs: JsonLogs, Metrics: JsonMetrics, no_body: {body: {$empty: true}}},
  {encoding: 'protobuf', compression: 'none', Traces: ProtoTraces, Logs: ProtoLogs, Metrics: ProtoMetrics, no_body: {}},
  {encoding: 'protobuf', compression: 'gzip', Traces: ProtoTraces, Logs: ProtoLogs, Metrics: ProtoMetrics, no_body: {}},
  {encoding: 'gRPC', compression: 'none', Traces: GrpcTraces, Logs: GrpcLogs, Metrics: GrpcMetrics, no_body: {}},
  {encoding: 'gRPC', compression: 'gzip', Traces: GrpcTraces, Logs: GrpcLogs, Metrics: GrpcMetrics, no_body: {}},
];
// gRPC knows no paths; the port is that of HTTP.
const url_of = (url, way, path) => (way.encoding === 'gRPC' ? url : url + path);

// --- The SDK's objects in the spelling of obs-record(5).

const nanoseconds = ([seconds, rest]) => BigInt(seconds) * 1000000000n + BigInt(rest);

function rfc3339(time) {
  const seconds = new Date(Number(time / 1000000000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(time % 1000000000n).padStart(9, '0')}Z`;
}

// As parse_exact reads it: integers are BigInt.
function to_value(value) {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (value instanceof Uint8Array) return {$bytes: Buffer.from(value).toString('base64')};
  if (Array.isArray(value)) return value.map(to_value);
  if (value && typeof value === 'object') return to_values(value);
  return value;
}

// A key that begins with a dollar is written with two.
const to_key = (key) => (key.startsWith('$') ? `$${key}` : key);
const to_values = (map) => Object.fromEntries(Object.entries(map).map(([key, value]) => [to_key(key), to_value(value)]));

const with_attributes = (map) => (Object.keys(map).length ? {attributes: to_values(map)} : {});
const kKinds = ['internal', 'server', 'client', 'producer', 'consumer'];
const kStatuses = {[SpanStatusCode.OK]: 'ok', [SpanStatusCode.ERROR]: 'error'};

// The SDK says with two more bits that it knows whether the parent is remote.
const flags_of = (of, parent) => BigInt(of.traceFlags | 0x100 | (parent?.isRemote ? 0x200 : 0));

function to_span_record(span) {
  const start = nanoseconds(span.startTime);
  const own = span.spanContext();
  return {
    signal: 'span', time: rfc3339(start), duration_ns: nanoseconds(span.endTime) - start, service: 'checkout',
    name: span.name, kind: kKinds[span.kind],
    ...(span.status.code ? {status: kStatuses[span.status.code]} : {}),
    ...(span.status.message ? {status_message: span.status.message} : {}),
    trace_id: own.traceId, span_id: own.spanId,
    ...(span.parentSpanContext ? {parent_span_id: span.parentSpanContext.spanId} : {}),
    ...(own.traceState ? {trace_state: own.traceState.serialize()} : {}),
    flags: flags_of(own, span.parentSpanContext),
    ...with_attributes(span.attributes),
    ...(span.events.length ? {
      events: span.events.map((event) => ({time: rfc3339(nanoseconds(event.time)), name: event.name, ...with_attributes(event.attributes)})),
    } : {}),
    ...(span.links.length ? {
      links: span.links.map((link) => ({trace_id: link.context.traceId, span_id: link.context.spanId, ...with_attributes(link.attributes),
                                        flags: flags_of(link.context, link.context)})),
    } : {}),
    resource: kResourceOut, scope: {name: 'shop', version: '1.2.3', schema_url: 'https://opentelemetry.io/schemas/1.30.0'},
  };
}

const kSeverities = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

function to_log_record(log, way) {
  return {
    signal: 'log', time: rfc3339(nanoseconds(log.hrTime)), observed_time: rfc3339(nanoseconds(log.hrTimeObserved)), service: 'checkout',
    severity: kSeverities[(log.severityNumber - 1) >> 2], severity_number: BigInt(log.severityNumber),
    ...(log.severityText ? {severity_text: log.severityText} : {}),
    ...(log.body === undefined ? way.no_body : {body: to_value(log.body)}),
    ...(log.eventName ? {event_name: log.eventName} : {}),
    ...(log.spanContext ? {trace_id: log.spanContext.traceId, span_id: log.spanContext.spanId, flags: BigInt(log.spanContext.traceFlags)} : {}),
    ...with_attributes(log.attributes),
    resource: kResourceOut, scope: {name: 'shop.log', version: '0.9'},
  };
}

// --- Telemetry with something of everything.

function make_spans(tracer) {
  const linked = {traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), traceFlags: TraceFlags.SAMPLED};
  let parent = context.active();
  for (let i = 0; i < kSpans; ++i) {
    const span = tracer.startSpan(`GET /item/${i % 7} ☕`, {
      kind: i % 5, links: i % 4 === 0 ? [{context: linked, attributes: {why: 'retry', n: i}}] : [],
      attributes: {'http.route': '/item/:id', 'http.status_code': 200 + i, ratio: i + 0.5, ok: i % 2 === 0, empty: '',
                   list: ['a', 'b'], numbers: [1, 2, 3], $odd: 'dollar', 'quote"\\\n': 'controls \u0001\t'},
    }, parent);
    if (i % 3 === 0) span.addEvent('cache miss', {key: `item-${i}`, tries: i});
    if (i % 6 === 0) span.recordException(new Error('declined: ü'));
    if (i % 6 === 0) span.setStatus({code: SpanStatusCode.ERROR, message: 'declined'});
    if (i % 6 === 1) span.setStatus({code: SpanStatusCode.OK});
    parent = i % 10 === 9 ? context.active() : trace.setSpan(parent, span);
    span.end();
  }
}

const kBodies = (i) => [
  `line ${i} with ünïcode 🚀`, '', {order: i, nested: {deep: {list: [1, 'two', 3.5, false, {x: 'y'}]}}}, [i, 'mixed', true], i, i + 0.25, false,
  new Uint8Array([0, 1, 254, 255]), undefined,
][i % 9];

function make_logs(logger) {
  const inside = trace.setSpanContext(context.active(), {traceId: '0123456789abcdef'.repeat(2), spanId: 'fedcba9876543210', traceFlags: 1});
  for (let i = 0; i < kLogs; ++i) {
    logger.emit({
      severityNumber: 1 + (i % 24), ...(i % 2 ? {severityText: `level ${i % 24}`} : {}), body: kBodies(i),
      timestamp: new Date(1763800000123 + i), attributes: {n: i, 'user.id': `u${i}`, map: {a: {b: [i]}}, bytes: new Uint8Array([i])},
      ...(i % 5 === 0 ? {eventName: 'order.placed'} : {}), context: i % 3 === 0 ? inside : context.active(),
    });
  }
}

function make_metrics(meter) {
  const requests = meter.createCounter('requests', {unit: '{request}', description: 'Requests served'});
  const queue = meter.createUpDownCounter('queue.size');
  const latency = meter.createHistogram('latency', {unit: 's', advice: {explicitBucketBoundaries: [0.1, 1, 10]}});
  const exponential = meter.createHistogram('size', {unit: 'By'});
  const temperature = meter.createGauge('temperature');
  requests.add(3, {route: '/pay'});
  requests.add(39, {route: '/pay'});
  requests.add(1, {route: '/cart'});
  queue.add(-5);
  for (const seconds of [0.05, 0.5, 5, 50, 0.5]) latency.record(seconds, {route: '/pay'});
  for (const size of [1, 2, 4, 4, 0]) exponential.record(size);
  temperature.record(-3.25, {room: 'north'});
}

// --- Sending and comparing.

async function send_spans(url, way) {
  const memory = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes(kResource),
    spanProcessors: [new SimpleSpanProcessor(memory),
                     new BatchSpanProcessor(new way.Traces({url: url_of(url, way, '/v1/traces'), compression: way.compression}), {maxExportBatchSize: 50})],
  });
  make_spans(provider.getTracer('shop', '1.2.3', {schemaUrl: 'https://opentelemetry.io/schemas/1.30.0'}));
  await provider.forceFlush();
  const sent = memory.getFinishedSpans().slice();
  await provider.shutdown();
  return sent.map(to_span_record);
}

async function send_logs(url, way) {
  const memory = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({
    resource: resourceFromAttributes(kResource),
    processors: [new SimpleLogRecordProcessor({exporter: memory}),
                 new BatchLogRecordProcessor({exporter: new way.Logs({url: url_of(url, way, '/v1/logs'), compression: way.compression}), maxExportBatchSize: 50})],
  });
  make_logs(provider.getLogger('shop.log', '0.9'));
  await provider.forceFlush();
  const sent = memory.getFinishedLogRecords().slice();
  await provider.shutdown();
  return sent.map((log) => to_log_record(log, way));
}

async function send_metrics(url, way) {
  const exporter = new way.Metrics({url: url_of(url, way, '/v1/metrics'), compression: way.compression});
  const provider = new MeterProvider({
    resource: resourceFromAttributes(kResource),
    readers: [new PeriodicExportingMetricReader({exporter, exportIntervalMillis: 1e8})],
    views: [{instrumentName: 'size', instrumentType: InstrumentType.HISTOGRAM, aggregation: {type: AggregationType.EXPONENTIAL_HISTOGRAM, options: {maxSize: 20}}}],
  });
  make_metrics(provider.getMeter('shop.meter'));
  await provider.shutdown();
}

const without = (record, ...keys) => Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
const show = (value) => JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? String(inner) : inner)) || '';
const by = (...keys) => (a, b) => {
  const [left, right] = [a, b].map((record) => keys.map((key) => show(record[key])).join(' '));
  return left < right ? -1 : left > right ? 1 : 0;
};

// All records of a signal, as sent: what only a store knows taken off.
const stored = (directory, signal) => query(directory, signal, '--since', '2020-01-01T00:00:00Z', '--limit', '100000').map((record) => without(record, 'seq'));

// The SDK sends every number as a double.
const kPoints = [
  {name: 'latency', type: 'histogram', unit: 's', temporality: 'cumulative', attributes: {route: '/pay'},
   count: 5n, sum: 56.05, min: 0.05, max: 50.0, bounds: [0.1, 1, 10], counts: [1n, 2n, 1n, 1n]},
  {name: 'queue.size', type: 'sum', temporality: 'cumulative', value: -5.0},
  {name: 'requests', type: 'sum', unit: '{request}', description: 'Requests served', temporality: 'cumulative', is_monotonic: true,
   attributes: {route: '/cart'}, value: 1.0},
  {name: 'requests', type: 'sum', unit: '{request}', description: 'Requests served', temporality: 'cumulative', is_monotonic: true,
   attributes: {route: '/pay'}, value: 42.0},
  {name: 'size', type: 'exponential_histogram', unit: 'By', temporality: 'cumulative', count: 5n, sum: 11.0, min: 0.0, max: 4.0},
  {name: 'temperature', type: 'gauge', attributes: {room: 'north'}, value: -3.25},
].map((point) => ({signal: 'metric', service: 'checkout', ...point, resource: kResourceOut, scope: {name: 'shop.meter'}}));

for (const way of kWays) {
  test(`the SDK's ${way.encoding}, compression ${way.compression}, comes back exactly`, async (t) => {
    const directory = `${temporary_directory(t)}/data`;
    const ingest = await start_ingest(t, `dir:${directory}`);
    const spans = await send_spans(ingest.url, way);
    const logs = await send_logs(ingest.url, way);
    await send_metrics(ingest.url, way);

    const check = () => {
      assert.deepEqual(stored(directory, 'spans').sort(by('span_id')), spans.sort(by('span_id')));
      assert.deepEqual(stored(directory, 'logs').sort(by('time')), logs.sort(by('time')));
      const points = stored(directory, 'metrics').sort(by('name', 'attributes'));
      const volatile = ['time', 'start_time', 'scale', 'zero_count', 'zero_threshold', 'positive', 'negative'];
      assert.deepEqual(points.map((point) => without(point, ...volatile)), kPoints);
      const size = points.find((point) => point.name === 'size');
      assert.equal(size.zero_count, 1n);
      assert.equal(size.positive.counts.reduce((sum, n) => sum + n), 4n);
      for (const point of points) assert.match(point.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    };
    check();
    const ledger = await assert_ledger_closes(ingest.url);
    assert.ok(Object.values(ledger).some((stage) => stage.spans?.received === kSpans && stage.logs?.received === kLogs && stage.metrics?.received === kPoints.length),
              JSON.stringify(ledger));
    await ingest.stop();
    check();  // From the parts alone.
  });
}
