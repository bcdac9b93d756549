// Loki, Elasticsearch, Zipkin, the journal and ndjson: what real clients send is in the store.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {test} from 'node:test';

import {assert_ledger_closes, post, read_ledger, sql, start_ingest} from './lib/obs.mjs';
import {temporary_directory, wait_for} from './lib/process.mjs';

const require = createRequire(import.meta.url);
const kRecords = 200;

async function start_here(t, args = []) {
  const directory = path.join(temporary_directory(t), 'data');
  const ingest = await start_ingest(t, `dir:${directory}`, {args});
  return {directory, ingest, url: ingest.url};
}

const received = async (url, stage, signal = 'logs') => (await read_ledger(url))[stage]?.[signal]?.sent || 0;
const count = (directory, table = 'logs') => Number(sql(directory, `SELECT count(*) AS n FROM ${table}`)[0].n);

for (const json of [true, false]) {
  test(`winston-loki sends in ${json ? 'JSON' : 'protobuf and snappy'}`, async (t) => {
    const {directory, url} = await start_here(t);
    const winston = require('winston');
    const LokiTransport = require('winston-loki');
    const transport = new LokiTransport({
      host: url, json, labels: {app: 'cart'}, interval: 1, batching: true, gracefulShutdown: false, replaceTimestamp: false,
      onConnectionError: (error) => assert.fail(String(error)),
    });
    const logger = winston.createLogger({level: 'debug', transports: [transport]});
    for (let i = 0; i < kRecords; ++i) logger.log({level: i % 2 ? 'warn' : 'info', message: `record ${i}`, labels: {job: 'nightly'}});
    await wait_for('records of winston-loki', async () => (await received(url, 'loki')) === kRecords);
    transport.close();
    const rows = sql(directory, "SELECT service, severity, body, resource['job'] AS job FROM logs");
    assert.equal(rows.length, kRecords);
    assert.equal(new Set(rows.map((row) => row.body)).size, kRecords);
    assert.deepEqual([...new Set(rows.map((row) => `${row.service} ${row.severity} ${row.job}`))].sort(), ['cart info nightly', 'cart warn nightly']);
    await assert_ledger_closes(url);
  });
}

test('pino-loki sends its lines', async (t) => {
  const {directory, url} = await start_here(t);
  const pino = require('pino');
  const {pinoLoki} = require('pino-loki');
  const stream = pinoLoki({host: url, labels: {application: 'pay'}, batching: false, replaceTimestamp: true});
  const logger = pino({level: 'debug'}, stream);
  for (let i = 0; i < 20; ++i) logger.error({order: i}, `declined ${i}`);
  await wait_for('records of pino-loki', async () => (await received(url, 'loki')) === 20);
  stream.end();
  const rows = sql(directory, 'SELECT service, severity, body FROM logs');
  assert.equal(rows.length, 20);
  assert.deepEqual([rows[0].service, rows[0].severity], ['pay', 'error']);
  assert.match(rows[0].body, /declined/);
});

test("Elasticsearch's official client shows its key in each of its ways", async (t) => {
  const keys = path.join(temporary_directory(t), 'keys');
  const key = 'obs_3f9a';
  fs.writeFileSync(keys, `{"project":"default","hash":"sha256:${crypto.createHash('sha256').update(key).digest('hex')}"}\n`);
  const {directory, url} = await start_here(t, ['--keys', keys]);
  const {Client} = require('@elastic/elasticsearch');
  const encoded = Buffer.from(`id:${key}`).toString('base64');
  const index = (auth) => new Client({node: url, auth, maxRetries: 0}).index({index: 'shop', document: {message: JSON.stringify(auth ?? null)}});
  const known = [{apiKey: key}, {apiKey: {id: 'id', api_key: key}}, {apiKey: encoded}, {username: 'elastic', password: key}, {bearer: key}];
  for (const auth of known) assert.equal((await index(auth)).result, 'created', JSON.stringify(auth));
  const unknown = [undefined, {apiKey: 'other'}, {apiKey: {id: key, api_key: 'other'}}, {username: key, password: 'other'}];
  for (const auth of unknown) {
    await assert.rejects(index(auth), (error) => error.meta.statusCode === 401 && error.meta.body.error.type === 'security_exception');
  }
  assert.equal(count(directory), known.length);
  await assert_ledger_closes(url);
});

test("Elasticsearch's official client indexes in bulk", async (t) => {
  const {directory, url} = await start_here(t);
  const {Client} = require('@elastic/elasticsearch');
  const client = new Client({node: url, maxRetries: 0});
  assert.match((await client.info()).version.number, /^8\./);
  let failed = 0;
  const helper = await client.helpers.bulk({
    datasource: Array.from({length: kRecords}, (_, i) => ({
      '@timestamp': new Date(1.7e12 + i).toISOString(), message: `record ${i}`, log: {level: 'warn'}, service: {name: 'cart'}, order: {id: i},
    })),
    onDocument: () => ({create: {_index: 'logs-cart'}}),
    onDrop: () => ++failed,
  });
  assert.deepEqual([helper.successful, helper.failed, failed], [kRecords, 0, 0]);
  const one = await client.index({index: 'logs-cart', document: {message: 'single'}});
  assert.equal(one.result, 'created');
  const bulk = await client.bulk({operations: [{create: {_index: 'a'}}, {message: 'x'}, {delete: {_index: 'a', _id: '1'}}]});
  assert.equal(bulk.errors, true);
  assert.deepEqual(bulk.items.map((item) => Object.values(item)[0].status), [201, 400]);
  await client.close();
  assert.equal(count(directory), kRecords + 2);
  const [row] = sql(directory, "SELECT severity, time, attributes['order.id'] AS id, resource['elasticsearch.index.name'] AS index FROM logs WHERE service = 'cart' ORDER BY time DESC LIMIT 1");
  assert.deepEqual([row.severity, row.id, row.index, row.time.slice(0, 23)], ['warn', String(kRecords - 1), 'logs-cart', '2023-11-14T22:13:20.199']);
  await assert_ledger_closes(url);
});

test("OpenTelemetry's Zipkin exporter sends its spans", async (t) => {
  const {directory, url} = await start_here(t);
  const {ZipkinExporter} = require('@opentelemetry/exporter-zipkin');
  const {BasicTracerProvider, SimpleSpanProcessor} = require('@opentelemetry/sdk-trace-base');
  const {resourceFromAttributes} = require('@opentelemetry/resources');
  const api = require('@opentelemetry/api');
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({'service.name': 'cart', 'service.version': '1.2'}),
    spanProcessors: [new SimpleSpanProcessor(new ZipkinExporter({url: `${url}/api/v2/spans`}))],
  });
  const tracer = provider.getTracer('lib', '3');
  const span = tracer.startSpan('GET /pay', {kind: api.SpanKind.SERVER, attributes: {'http.route': '/pay'}});
  const child = tracer.startSpan('charge', {}, api.trace.setSpan(api.ROOT_CONTEXT, span));
  child.addEvent('retried');
  child.setStatus({code: api.SpanStatusCode.ERROR, message: 'declined'});
  child.end();
  span.end();
  await provider.shutdown();
  const rows = sql(directory, "SELECT *, attributes['http.route'] AS route, resource['service.version'] AS version FROM spans ORDER BY parent_span_id NULLS FIRST");
  assert.deepEqual(rows.map((row) => [row.service, row.name, row.kind, row.status, row.status_message]),
                   [['cart', 'GET /pay', 'server', 'unset', null], ['cart', 'charge', 'internal', 'error', 'declined']]);
  assert.deepEqual([rows[0].route, rows[0].version, rows[1].parent_span_id, rows[1].trace_id], ['/pay', '1.2', rows[0].span_id, rows[0].trace_id]);
  assert.match(JSON.stringify(rows[1].events), /retried/);
});

test('an export of the journal, and lines over HTTP', async (t) => {
  const {directory, url} = await start_here(t);
  const entries = Array.from({length: 50}, (_, i) => `__REALTIME_TIMESTAMP=${1.7e15 + i}\n_HOSTNAME=web-3\nPRIORITY=3\nSYSLOG_IDENTIFIER=cron\nMESSAGE=entry ${i}\n`);
  const upload = await post(`${url}/upload`, entries.join('\n'), {'content-type': 'application/vnd.fdo.journal'});
  assert.equal(upload.status, 202, String(upload.body));
  const lines = await post(`${url}/ndjson`, '{"signal":"log","body":"own"}\n{"level":50,"msg":"pino"}\nplain\n{"signal":"log","trace_id":"x"}\n', {});
  assert.equal(lines.status, 400);
  assert.deepEqual([JSON.parse(lines.body).accepted, JSON.parse(lines.body).rejected], [3, 1]);
  assert.equal(count(directory), 53);
  const [row] = sql(directory, "SELECT service, severity, resource['host.name'] AS host FROM logs WHERE body = 'entry 49'");
  assert.deepEqual({...row}, {service: 'cron', severity: 'error', host: 'web-3'});
  await assert_ledger_closes(url);
});
