// Prometheus and its world: a real server that writes to us, exporters that we scrape, and promtool on
// our own metrics.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import {test} from 'node:test';

import promclient from 'prom-client';

import {assert_ledger_closes, request, sql, start_ingest} from './lib/obs.mjs';
import {free_port, run, sleep, start, temporary_directory, wait_for} from './lib/process.mjs';

const text_of = async (url, headers = {}) => (await request(url, {headers})).body.toString();

async function start_node_exporter(t) {
  const port = await free_port();
  const exporter = start(t, 'prometheus-node-exporter', [`--web.listen-address=127.0.0.1:${port}`, '--collector.disable-defaults',
    '--collector.cpu', '--collector.meminfo', '--collector.loadavg']);
  await exporter.wait_for('/metrics', async () => (await request(`http://127.0.0.1:${port}/metrics`)).status === 200);
  return {exporter, port};
}

async function start_scraping(t, config, args = []) {
  const directory = temporary_directory(t);
  const file = path.join(directory, 'scrape.yml');
  fs.writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config));
  const store = path.join(directory, 'data');
  const ingest = await start_ingest(t, `dir:${store}`, {args: ['--scrape', file, ...args]});
  return {ingest, store, file};
}

const job = (name, port, more = {}) => ({job_name: name, static_configs: [{targets: [`127.0.0.1:${port}`]}], ...more});
const fast = {global: {scrape_interval: '200ms', scrape_timeout: '200ms'}};
// Where a scrape that is late would be taken for one that failed.
const calm = {global: {scrape_interval: '1s', scrape_timeout: '1s'}};
const count = (store, where) => Number(sql(store, `SELECT count(*) AS n FROM metrics WHERE ${where}`)[0].n);
// A staleness marker is a point without a value.
const is_stale = 'value IS NULL AND flags = 1';

test('a Prometheus that writes to us has all its series here', async (t) => {
  const {port: exporter} = await start_node_exporter(t);
  const directory = temporary_directory(t);
  const store = path.join(directory, 'store');
  const ingest = await start_ingest(t, `dir:${store}`);
  const port = await free_port();
  const config = path.join(directory, 'prometheus.yml');
  fs.writeFileSync(config, JSON.stringify({
    global: {scrape_interval: '500ms', scrape_timeout: '500ms'},
    scrape_configs: [job('node', exporter), job('self', port)],
    remote_write: [{url: `${ingest.url}/api/v1/write`, send_exemplars: true, send_native_histograms: true,
      metadata_config: {send: true, send_interval: '1s'}, queue_config: {batch_send_deadline: '200ms'}}],
  }));
  const server = start(t, 'prometheus', [`--config.file=${config}`, `--storage.tsdb.path=${path.join(directory, 'tsdb')}`,
    `--web.listen-address=127.0.0.1:${port}`, '--enable-feature=exemplar-storage,native-histograms']);
  await server.wait_for('/-/ready', async () => (await request(`http://127.0.0.1:${port}/-/ready`)).status === 200);
  await wait_for('samples and their types', () => count(store, `name = 'node_cpu_seconds_total' AND type = 'sum'`) > 0);

  const {data: names} = JSON.parse(await text_of(`http://127.0.0.1:${port}/api/v1/label/__name__/values`));
  await wait_for('every name', () => {
    const ours = new Set(sql(store, 'SELECT DISTINCT name FROM metrics').map((row) => row.name));
    return names.every((name) => ours.has(name));
  });
  const at = (await wait_for('up of both', () => sql(store, `SELECT service, attributes, resource, value FROM metrics WHERE name = 'up'`)));
  assert.deepEqual(new Set(at.map((row) => row.service)), new Set(['node', 'self']));
  const failed = await text_of(`http://127.0.0.1:${port}/metrics`);
  for (const counter of ['prometheus_remote_storage_samples_failed_total', 'prometheus_remote_storage_samples_retried_total']) {
    const [, value] = failed.match(new RegExp(`^${counter}\\{.*\\} (\\S+)$`, 'm'));
    assert.equal(value, '0', counter);
  }

  // What it sent of one series is here, value for value.
  const wanted = JSON.parse(await text_of(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent('node_load1[1h]')}`));
  const sent = wanted.data.result[0].values.map(([time, value]) => [Math.round(time * 1000), Number(value)]);
  await wait_for('all of node_load1', () => count(store, `name = 'node_load1'`) >= sent.length);
  const kept = new Map(sql(store, `SELECT epoch_ms(time) AS ms, value FROM metrics WHERE name = 'node_load1'`)
    .map((row) => [Number(row.ms), row.value]));
  for (const [ms, value] of sent) assert.equal(kept.get(ms), value);
  await server.kill();  // At SIGTERM it takes a minute to say good-bye.
  await assert_ledger_closes(ingest.url);
  await ingest.stop();
});

test('exporters are scraped, each in its own format', async (t) => {
  const {port: node} = await start_node_exporter(t);
  const redis_port = await free_port();
  const redis = start(t, 'prometheus-redis-exporter', ['-web.listen-address', `127.0.0.1:${redis_port}`, '-redis.addr', 'redis://127.0.0.1:1']);
  await redis.wait_for('/metrics', async () => (await request(`http://127.0.0.1:${redis_port}/metrics`)).status === 200);

  const register = new promclient.Registry();
  register.setContentType(promclient.Registry.OPENMETRICS_CONTENT_TYPE);
  const orders = new promclient.Counter({name: 'orders', help: 'Orders.', labelNames: ['kind'], registers: [register], enableExemplars: true});
  orders.inc({labels: {kind: 'new'}, value: 3, exemplarLabels: {trace_id: '0af7651916cd43dd8448eb211c80319c'}});
  const seconds = new promclient.Histogram({name: 'order_seconds', help: 'Time.', buckets: [0.1, 1], registers: [register]});
  seconds.observe(0.5);
  const shop = http.createServer(async (_, answer) => answer.setHeader('content-type', register.contentType).end(await register.metrics()));
  const shop_port = await free_port();
  await new Promise((resolve) => shop.listen(shop_port, '127.0.0.1', resolve));
  t.after(() => shop.close());

  const {ingest, store} = await start_scraping(t, {...fast,
    scrape_configs: [job('text', node), job('protobuf', node, {scrape_protocols: ['PrometheusProto']}), job('redis', redis_port), job('shop', shop_port)]});
  for (const name of ['text', 'protobuf', 'redis', 'shop']) {
    await ingest.wait_for(`up of ${name}`, () => count(store, `name = 'up' AND service = '${name}' AND value = 1`) > 0);
  }
  for (const name of ['text', 'protobuf']) {
    assert.ok(count(store, `name = 'node_cpu_seconds_total' AND service = '${name}' AND is_monotonic`) > 0, name);
  }
  assert.ok(count(store, `name = 'redis_up' AND value = 0`) > 0);
  const [row] = sql(store, `SELECT * FROM metrics WHERE name = 'orders_total' AND value = 3 LIMIT 1`);
  assert.match(JSON.stringify(row.exemplars), /0af7651916cd43dd8448eb211c80319c/);
  assert.equal(count(store, `name = 'order_seconds_bucket' AND attributes['le'] = '1' AND value <> 1 AND flags = 0`), 0);
  await ingest.stop();
});

test('a target that dies is down, its series end, and it comes back', async (t) => {
  let value = 1;
  let broken = false;
  const shop = http.createServer((_, answer) => {
    if (broken) return answer.writeHead(500).end();
    answer.setHeader('content-type', 'text/plain; version=0.0.4').end(`steady 1\n${value > 0 ? `passing ${value}\n` : ''}`);
  });
  const port = await free_port();
  await new Promise((resolve) => shop.listen(port, '127.0.0.1', resolve));
  t.after(() => shop.close());
  const {ingest, store, file} = await start_scraping(t, {...calm, scrape_configs: [job('shop', port)]});

  await ingest.wait_for('passing', () => count(store, `name = 'passing' AND value = 1`) > 0);
  value = 0;
  await ingest.wait_for('its marker', () => count(store, `name = 'passing' AND ${is_stale}`) === 1);
  assert.equal(count(store, `name = 'steady' AND ${is_stale}`), 0);
  broken = true;
  await ingest.wait_for('the end of the others', () => count(store, `name = 'steady' AND ${is_stale}`) === 1);
  await ingest.wait_for('up 0', () => count(store, `name = 'up' AND value = 0`) > 0);
  await ingest.wait_for('word of it', () => /500 Internal Server Error/.test(ingest.stderr));
  broken = false;
  await ingest.wait_for('word of it', () => /works again/.test(ingest.stderr));

  fs.writeFileSync(file, JSON.stringify({...calm, scrape_configs: []}));
  ingest.child.kill('SIGHUP');
  await ingest.wait_for('the marker of up', () => count(store, `name = 'up' AND ${is_stale}`) === 1);
  const after = count(store, `name = 'steady'`);
  await sleep(1500);
  assert.equal(count(store, `name = 'steady'`), after);
  fs.writeFileSync(file, 'scrape_configs: [{jobname: x}]');
  ingest.child.kill('SIGHUP');
  await ingest.wait_for('what is wrong', () => /line 1: scrape_configs: unknown key 'jobname'/.test(ingest.stderr));
  await assert_ledger_closes(ingest.url);
  await ingest.stop();
});

test('files of targets are followed', async (t) => {
  const {port} = await start_node_exporter(t);
  const targets = path.join(temporary_directory(t), 'targets.json');
  fs.writeFileSync(targets, '[]');
  const {ingest, store} = await start_scraping(t, {...fast, scrape_configs: [{job_name: 'files', file_sd_configs: [{files: [targets]}]}]});
  fs.writeFileSync(targets, JSON.stringify([{targets: [`127.0.0.1:${port}`], labels: {env: 'test'}}]));
  await ingest.wait_for('the target', () => count(store, `name = 'up' AND value = 1 AND attributes['env'] = 'test'`) > 0);
  fs.writeFileSync(targets, '[]');
  await ingest.wait_for('its end', () => count(store, `name = 'up' AND ${is_stale}`) === 1);
  await ingest.stop();
});

test('a metric at its limit gets no new series, and is named', async (t) => {
  let users = 2;
  const shop = http.createServer((_, answer) => answer.setHeader('content-type', 'text/plain')
    .end(Array.from({length: users}, (_, i) => `hits{user="${i}"} 1\n`).join('') + 'steady 1\n'));
  const port = await free_port();
  await new Promise((resolve) => shop.listen(port, '127.0.0.1', resolve));
  t.after(() => shop.close());
  const {ingest, store} = await start_scraping(t, {...fast, scrape_configs: [job('shop', port)]}, ['--max-series-per-metric', '5']);
  await ingest.wait_for('hits', () => count(store, `name = 'hits'`) >= 2);
  users = 20;
  await ingest.wait_for('the refusal', () => /metric hits has 5 series/.test(ingest.stderr));
  assert.match(await text_of(`${ingest.url}/metrics`), /obs_pipeline_series_refused_total\{kind="metric",name="hits"\} [1-9]/);
  assert.equal(Number(sql(store, `SELECT count(DISTINCT attributes['user']) AS n FROM metrics WHERE name = 'hits'`)[0].n), 5);
  const steady = count(store, `name = 'steady'`);
  await ingest.wait_for('the others go on', () => count(store, `name = 'steady'`) > steady);
  await assert_ledger_closes(ingest.url);
  await ingest.stop();
});

test('promtool finds nothing wrong with our own metrics', async (t) => {
  const ingest = await start_ingest(t, 'null:');
  const {code, stdout, stderr} = run('promtool', ['check', 'metrics'], {input: await text_of(`${ingest.url}/metrics`)});
  assert.equal(code, 0, stdout + stderr);
  await ingest.stop();
});
