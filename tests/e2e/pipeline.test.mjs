// Programs over a store: the same answers as obs-pipe gives on what the store exports.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {before, test} from 'node:test';

import {run, temporary_directory} from './lib/process.mjs';

let store;
const exported = {};
const ask = (...args) => run('obs-query', args, {env: {OBS_DIR: store}});

before(() => {
  const top = fs.mkdtempSync('/tmp/obs-e2e-pipeline-');
  process.on('exit', () => fs.rmSync(top, {recursive: true, force: true}));
  store = path.join(top, 'data');
  const filled = run('sh', ['-c', `obs-sim --seed 7 --rate 20 --flat --start -5m --duration 60s --fast --incident db-slow | obs-store --from - --to dir:${store}`]);
  assert.equal(filled.code, 0, filled.stderr);
  for (const table of ['logs', 'spans', 'metrics']) {
    exported[table] = path.join(top, `${table}.ndjson`);
    const written = run('sh', ['-c', `obs-query --store ${store} ${table} -o ndjson >${exported[table]}`]);
    assert.equal(written.code, 0, written.stderr);
  }
});

const programs = [
  'logs | stats count()',
  'logs | where severity >= error | stats count() by service',
  'logs | where severity == warn | stats count() by service, body',
  'logs | where severity > info and service == "checkout" | head 20',
  'logs | where service in ("frontend", "checkout") | stats count(), uniq(trace_id) by service',
  'logs | where body has "GET" | stats count() by http.route',
  'logs | where body contains "rendered" and shop.country == "FR" | stats count() by user.id | sort -count | head 5',
  'logs | where attributes.http.route == "/" | stats count(), p95(duration_ms)',
  'logs | where http.response.status_code >= 400 | stats count() by http.response.status_code',
  'logs | where cloud.region == "eu-central-1" | stats count()',
  'logs | where resource.k8s.namespace.name == "shop" | stats count() by service',
  'logs | where time > -1h and time < -1s | stats count()',
  'logs | where name == "nothing" | stats count()',
  'logs | where not (service == "frontend") | top 3 service',
  'logs | head 7',
  'logs | where severity >= warn | tail 5',
  'logs | stats first(body), last(body) by service',
  'logs | stats count() by severity every 10s',
  'logs | set n = len(body) | stats max(n), avg(n) by service',
  'logs | keep time, service, body | head 3',
  'logs | stats count() by bucket(time, 1s), service, severity',
  'logs | stats count(), uniq(http.route), sum(http.response.status_code), p50(http.response.status_code) by bucket(time, 1500ms), service',
  'logs | where exists http.route | stats min(http.response.status_code), avg(http.response.status_code) by cloud.region, http.route',
  'logs | stats count(), max(time) by service',
  'spans | where duration > 250ms and service == "checkout" | stats count(), p95(duration) by name',
  'spans | where duration_ns <= 1000000 | stats count() by service, kind',
  'spans | where status == "error" | stats count() by service, name',
  'spans | where status != "error" | stats count() by status',
  'spans | where kind == "server" and name startswith "GET" | stats p50(duration), max(duration) by name',
  'spans | where kind in ("client", "producer") | top 5 name',
  'spans | sort -duration | head 5',
  'spans | where exists parent_span_id and name has "get" | stats count(), sum(duration_ns)',
  'spans | where scope.name contains "http" | stats count() by scope.name',
  'spans | where service == "frontend" or duration > 1s | stats rate() by service',
  'spans | dedup by service | format "{service} {name}"',
  'spans | set slow = duration > 20ms | stats count(where slow) as s, count() by service, slow',
  'spans | top 4 service, kind',
  'spans | stats count(), rate() by service every 7s',
  'spans | where kind == "server" | stats count() as n by status every 5s | stats sum(n), count() by status',
  'spans | stats p99(duration), count() by service every 10s',
  'metrics | stats count() by name, type',
  'metrics | stats count(), rate() by service, unit',
  'metrics | stats count() by bucket(time, 10s), resource.host.name',
  'metrics | where type == "sum" and service == "frontend" | stats sum(value), min(value), max(value) by name',
  'metrics | where name has "duration" | stats sum(count), max(sum) by service',
];

test('a program over the store answers as obs-pipe does on its export', () => {
  for (const program of programs) {
    const table = program.split(' ')[0];
    const stored = ask(program);
    const piped = run('obs-pipe', [program, exported[table]]);
    assert.deepEqual([stored.code, stored.stdout], [piped.code, piped.stdout], `${program}\n${stored.stderr}\n${piped.stderr}`);
    assert.equal(stored.code, 0, `${program}: ${stored.stderr}`);
  }
});

test('records whose fields stand elsewhere are found all the same', (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  const lines = [
    '{"signal":"log","time":"2026-01-01T00:00:01Z","body":"a","attributes":{"service":"x","severity_number":17}}',
    '{"signal":"log","time":"2026-01-01T00:00:02Z","service":"x","severity_number":17,"body":"b"}',
    '{"signal":"log","time":"2026-01-01T00:00:03Z","service":"x","body":{"k":"b"},"attributes":{"a":{"b":"deep"}}}',
    '{"signal":"log","time":"2026-01-01T00:00:04Z","service":"y","body":"c","resource":{"a.b":"deep"}}',
    '{"signal":"log","time":"2026-01-01T00:00:05Z","service":"y","body":"d","attributes":{"sampling.threshold":"8"}}',
    ...['200', '"200"', '200.0', '{"n":[1,"é"]}', '"a\\"b"', '9007199254740993', 'true', '0.1', '{"$double":"NaN"}', '""'].flatMap((k, i) => Array(i + 1).fill(
      `{"signal":"log","time":"1969-12-31T23:58:0${i}.5Z","service":"z","body":"e","attributes":{"k":${k},"$$k":"dollar","a\\"q":${i % 3}}}`)),
  ].join('\n') + '\n';
  const filled = run('obs-store', ['--from', '-', '--to', `dir:${directory}`], {input: lines});
  assert.equal(filled.code, 0, filled.stderr);
  for (const program of ['where service == "x" | stats count()', 'where severity >= error | stats count() by body', 'where a.b == "deep" | stats count()', 'where body contains "b" | stats count()', 'stats count() by service',
    'stats count(), sum(k), avg(k), min(k), max(k), p90(k) by k', 'stats count() by k.n', 'stats sum(k), avg(k), uniq(k), approx_p50(k)', 'stats count() by `$k`, `a"q`',
    'stats count() by bucket(time, 4s)', 'top 3 k', 'set j = k + 1 | stats count(where j > 3) as n, count() by j']) {
    const piped = run('obs-pipe', [`logs | ${program}`], {input: lines});
    const stored = run('obs-query', ['--store', directory, `logs | ${program}`]);
    assert.deepEqual([stored.code, stored.stdout], [0, piped.stdout], `${program}: ${stored.stderr}`);
  }
});

test('--since, --limit, -o, --assert and --exit-status work', () => {
  assert.equal(ask('logs | stats count() as n', '--since', '1h', '--until', '30m', '-o', 'csv').stdout, 'n\n0\n');
  assert.equal(ask('logs | where true', '--limit', '3').stdout.trim().split('\n').length, 3);
  assert.equal(JSON.parse(ask('spans | stats count() by kind', '-o', 'json').stdout).length > 1, true);
  assert.equal(ask('spans | stats p95(duration) as p95 by name', '--assert', 'p95 > 0', '-q').code, 0);
  const broken = ask('spans | stats p95(duration) as p95 by name', '--assert', 'p95 < 1', '-q');
  assert.deepEqual([broken.code, broken.stdout], [1, '']);
  assert.match(broken.stderr, /assertion failed/);
  assert.equal(ask('logs | where service == "nobody"', '--exit-status').code, 1);
  assert.equal(ask('logs | where service == "nobody"', '--assert', 'rows == 0').code, 0);
});

test('--explain says what the store does', () => {
  const {code, stderr} = ask('spans | where service == "checkout" and name =~ "x" | stats count() by name', '--explain');
  assert.equal(code, 0);
  assert.match(stderr, /^store +service == "checkout"$/m);
  assert.match(stderr, /^fetches +extra, trace_state, name, service \(alike ones once, with their number\)$/m);
  assert.match(ask('spans | stats first(name)', '--explain').stderr, /^fetches +extra, time, name, trace_state, seq$/m);
});

test('redact with hash takes the same key as obs-pipe, and does not run without one', () => {
  const program = 'logs | redact regex "[A-Z]{3,}" in body with hash | keep body | head 50';
  const stored = ask('pipe', program, '--redact-key', 'salt');
  const piped = run('obs-pipe', [program, exported.logs, '--redact-key', 'salt']);
  assert.deepEqual([stored.code, stored.stdout], [0, piped.stdout], stored.stderr);
  assert.match(stored.stdout, /\[pattern:[0-9a-f]{32}\]/);
  assert.notEqual(ask('pipe', program, '--redact-key', 'pepper').stdout, stored.stdout);
  const bare = ask(program);
  assert.deepEqual([bare.code, bare.stdout], [2, '']);
  assert.match(bare.stderr, /needs a secret key/);
});

test('a wrong program is exit 2, with line, column and caret', () => {
  const {code, stdout, stderr} = ask('logs | wher service == "x"');
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(stderr, /1:8: .*did you mean.*where[^]*\^~/);
  const bare = ask('where service == "x" | stats count()');
  assert.equal(bare.code, 2);
  assert.match(bare.stderr, /begin with `logs \|`/);
});
