// obs-query over a store with simulated traffic: answers, exits, following, the waterfall.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {before, test} from 'node:test';

import {count_rows} from './lib/duckdb.mjs';
import {parse_lines} from './lib/json.mjs';
import {post, query, sql, start_ingest} from './lib/obs.mjs';
import {log_record, logs_request, next_time} from './lib/otlp.mjs';
import {run, start, temporary_directory} from './lib/process.mjs';

const ask = (directory, ...args) => run('obs-query', args, {env: {OBS_DIR: directory}});

// A store filled once; the tests that share it only read.
let store;
before(() => {
  const top = fs.mkdtempSync('/tmp/obs-e2e-query-');
  process.on('exit', () => fs.rmSync(top, {recursive: true, force: true}));
  store = path.join(top, 'data');
  const filled = run('sh', ['-c', `obs-sim --seed 7 --rate 50 --flat --start -5m --duration 60s --fast --incident db-slow | obs-store --from - --to dir:${store}`]);
  assert.equal(filled.code, 0, filled.stderr);
});

test('every signal of a simulated shop is there', () => {
  const counts = Object.fromEntries(['logs', 'spans', 'metrics'].map((view) => [view, Number(sql(store, `SELECT count(*) AS n FROM ${view}`)[0].n)]));
  for (const [view, n] of Object.entries(counts)) assert.ok(n > 100, `${view}: ${n}`);
  const services = query(store, 'services');
  assert.ok(services.length >= 10, JSON.stringify(services, (_k, v) => typeof v === 'bigint' ? Number(v) : v));
});

test('a missing directory is exit 4, and nothing is created', (t) => {
  const missing = path.join(temporary_directory(t), 'nowhere');
  for (const args of [['sql', 'SELECT 1'], ['logs'], ['services'], ['trace', 'ab'.repeat(16)]]) {
    const {code, stdout, stderr} = ask(missing, ...args);
    assert.deepEqual([code, stdout], [4, ''], `${args[0]}: ${stderr}`);
    assert.ok(stderr.includes(missing) && stderr.trim().split('\n').length === 1, stderr);
  }
  assert.ok(!fs.existsSync(missing));
});

test('a directory that is no store is exit 4, and left as it is', (t) => {
  const foreign = temporary_directory(t);
  fs.writeFileSync(path.join(foreign, 'thesis.txt'), 'mine');
  assert.equal(ask(foreign, 'logs').code, 4);
  assert.deepEqual(fs.readdirSync(foreign), ['thesis.txt']);
});

test('bad SQL is one line with a position, exit 2', () => {
  for (const statement of ['SELEC 1', 'SELECT nonsense FROM logs', 'SELECT * FROM nowhere', 'SELECT (1', 'DROP TABLE logs', 'SELECT 1; SELECT 2']) {
    const {code, stdout, stderr} = ask(store, 'sql', statement);
    assert.deepEqual([code, stdout], [2, ''], `${statement}: ${stderr}`);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
  }
  assert.match(ask(store, 'sql', 'SELECT nonsense FROM logs').stderr, /:\d+|position \d+|column \d+|at \d+/);
});

test('statements that reach outside are refused', (t) => {
  const directory = temporary_directory(t);
  const target = path.join(directory, 'out');
  const hostile = [
    "SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM '/etc/passwd'", `COPY (SELECT 1) TO '${target}'`, `ATTACH '${target}'`,
    "SELECT * FROM read_parquet('/tmp/*')", 'INSTALL httpfs', "SET threads = 1", 'PRAGMA version', "CREATE TABLE x (a int)",
    "SELECT * FROM glob('/*')", "SELECT getenv('HOME')", "SELECT * FROM duckdb_settings()", "SELECT * FROM enable_profiling()",
    "SELECT current_setting('threads')", "SELECT * FROM query('SELECT 1')", 'SELECT * FROM information_schema.tables', 'EXPORT DATABASE \'x\'',
    `WITH x AS (SELECT * FROM read_blob('/etc/shadow')) SELECT * FROM x`, "SELECT (SELECT content FROM read_text('/etc/passwd'))", 'CALL pragma_version()',
  ];
  for (const statement of hostile) {
    const {code, stdout, stderr} = ask(store, 'sql', statement);
    assert.equal(code, 2, `${statement}: ${stdout}${stderr}`);
  }
  assert.deepEqual(fs.readdirSync(directory), []);
});

test('--assert is 0 when it holds, 1 when not, and never holds for no rows', () => {
  const count = 'SELECT count(*) AS n FROM spans';
  assert.equal(ask(store, 'sql', count, '--assert', 'n > 0').code, 0);
  assert.equal(ask(store, 'sql', count, '--assert', 'n < 0').code, 1);
  assert.equal(ask(store, 'sql', 'SELECT * FROM spans WHERE false', '--assert', 'duration_ns < 1e18').code, 1);
  assert.equal(ask(store, 'sql', count, '--assert', 'n >').code, 2);
});

test('--exit-status is 1 when nothing was found', () => {
  assert.equal(ask(store, 'logs', '--since', '2000-01-01T00:00:00Z', '--exit-status').code, 0);
  assert.equal(ask(store, 'logs', '--service', 'no-such-service', '--exit-status').code, 1);
  assert.equal(ask(store, 'logs', '--service', 'no-such-service').code, 0);
});

test('each output format holds the same rows', () => {
  const statement = "SELECT service, count(*) AS n FROM spans GROUP BY ALL ORDER BY n DESC, service LIMIT 3";
  const as = (format) => ask(store, 'sql', statement, '-o', format).stdout;
  const rows = parse_lines(as('ndjson'));
  assert.equal(rows.length, 3);
  assert.deepEqual(JSON.parse(as('json')).map((row) => row.service), rows.map((row) => row.service));
  assert.deepEqual(as('csv').trim().split(/\r?\n/), ['service,n', ...rows.map((row) => `${row.service},${row.n}`)]);
  for (const format of ['table', 'markdown', 'chart']) for (const row of rows) assert.ok(as(format).includes(row.service), format);
  assert.equal(as('ndjson'), ask(store, 'sql', statement).stdout, 'ndjson is the default in a pipe');
});

test('logs filters by service, severity and time, newest first or last', () => {
  const [{service}] = sql(store, "SELECT service FROM logs WHERE severity_number >= 17 GROUP BY ALL ORDER BY count(*) DESC LIMIT 1");
  const everything = ['--since', '2000-01-01T00:00:00Z', '--limit', '100000'];
  const errors = query(store, 'logs', '--service', service, '--severity', 'error', ...everything);
  const [{n}] = sql(store, `SELECT count(*) AS n FROM logs WHERE service = '${service}' AND severity_number >= 17`);
  assert.equal(BigInt(errors.length), n);
  assert.ok(errors.every((record) => record.service === service && record.severity_number >= 17n));
  const newest = query(store, 'logs', '--since', '2000-01-01T00:00:00Z', '--limit', '5').map((record) => record.time);
  const expected = sql(store, 'SELECT time FROM logs ORDER BY time DESC LIMIT 5').length;
  assert.equal(newest.length, expected);
});

test('trace draws a waterfall: the tree, its services, its errors', () => {
  const [{trace_id, n}] = sql(store, "SELECT trace_id, count(*) AS n FROM spans GROUP BY ALL HAVING count(*) FILTER (status = 'error') > 0 ORDER BY n DESC, trace_id LIMIT 1");
  const spans = sql(store, `SELECT name, service FROM spans WHERE trace_id = '${trace_id}'`);
  const {code, stdout, stderr} = ask(store, 'trace', trace_id, '-o', 'table');
  assert.equal(code, 0, stderr);
  assert.ok(stdout.split('\n').length >= Number(n), stdout);
  for (const {service} of spans) assert.ok(stdout.includes(service), `${service} in\n${stdout}`);
  assert.equal(parse_lines(ask(store, 'trace', trace_id, '-o', 'ndjson').stdout).filter((record) => record.signal === 'span').length, Number(n));
  assert.notEqual(ask(store, 'trace', 'f'.repeat(32), '--exit-status').code, 0);
  assert.equal(ask(store, 'trace', 'not-an-id').code, 2);
});

test('--follow shows a record within a second of its acknowledgement', async (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  const ingest = await start_ingest(t, `dir:${directory}`);
  const send = (id) => post(`${ingest.url}/v1/logs`, logs_request([log_record(id, next_time())]));
  await send('before');
  const follower = start(t, 'obs-query', ['logs', '--follow', '-o', 'ndjson'], {env: {OBS_DIR: directory}});
  await follower.wait_for('the first record', () => follower.stdout.includes('"before"'));
  const delays = [];
  for (let n = 0; n < 5; ++n) {
    assert.equal((await send(`live-${n}`)).status, 200);
    const since = Date.now();
    await follower.wait_for(`record ${n}`, () => follower.stdout.includes(`"live-${n}"`));
    delays.push(Date.now() - since);
  }
  t.diagnostic(`acknowledged to shown, ms: ${delays.join(' ')}`);
  assert.ok(Math.max(...delays) < 1500, delays.join(' '));
  const ids = parse_lines(follower.stdout).map((record) => record.attributes.id);
  assert.deepEqual(ids, ['before', 'live-0', 'live-1', 'live-2', 'live-3', 'live-4']);
  const {code} = await follower.kill('SIGINT');
  assert.equal(code, 130);
});

test('a store is read while it is written, and by any DuckDB through duckdb.sql', async (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  const ingest = await start_ingest(t, `dir:${directory}`);
  for (let n = 0; n < 20; ++n) {
    assert.equal((await post(`${ingest.url}/v1/logs`, logs_request([log_record(`${n}`, next_time())]))).status, 200);
    assert.equal(sql(directory, 'SELECT count(*) AS n FROM logs')[0].n, BigInt(n + 1), 'acknowledged is visible');
  }
  await ingest.stop();
  assert.equal(await count_rows(directory, "SELECT * FROM logs WHERE service = 'e2e' AND body LIKE 'record %'"), 20);
  assert.equal(await count_rows(directory, 'SELECT * FROM spans UNION ALL BY NAME SELECT * FROM metrics'), 0);
});
