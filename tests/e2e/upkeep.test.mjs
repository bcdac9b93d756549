// What keeps a store in bounds and whole: retention by every kind of limit, repair, forgetting what
// cannot be repaired. And what is counted beside the records says what the records do.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {parse_lines} from './lib/json.mjs';
import {kJson, post, sql, start_ingest} from './lib/obs.mjs';
import {json_record, logs_json, next_time} from './lib/otlp.mjs';
import {run, temporary_directory, wait_for} from './lib/process.mjs';

const count = (directory, table = 'logs', where = 'true') => Number(sql(directory, `SELECT count(*) AS n FROM ${table} WHERE ${where}`)[0].n);

function store(expected, ...args) {
  const result = run('obs-store', args);
  assert.equal(result.code, expected, `obs-store ${args.join(' ')}: ${result.stdout}${result.stderr}`);
  return result;
}

const one_row = (result) => Object.fromEntries(Object.entries(parse_lines(result.stdout)[0]).map(([key, value]) => [key, Number(value)]));

function feed(directory, lines) {
  const fed = run('obs-store', ['--from', '-', '--to', `dir:${directory}`], {input: lines.map((line) => JSON.stringify(line) + '\n').join('')});
  assert.equal(fed.code, 0, fed.stderr);
}

const kDay = 86400e3;
const days_ago = (days) => new Date(Date.now() - days * kDay).toISOString();

// Ten days, of two services: a log and a span each hour of some.
function make_days(directory) {
  for (let day = 9; day >= 0; --day) {
    feed(directory, Array.from({length: 40}, (_, n) => ({
      signal: n % 2 ? 'span' : 'log', time: days_ago(day + 0.01 + n / 100), service: n % 4 < 2 ? 'cart' : 'pay',
      ...(n % 2 ? {name: 'GET /', duration_ns: 5, trace_id: 'ab'.repeat(16), span_id: `${day}${String(n).padStart(15, '0')}`}
        : {body: `line ${n}`, severity: n % 8 ? 'info' : 'debug'}),
    })));
  }
}

test('retention goes by age, by size, by signal, by service and by expression', (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  make_days(directory);
  assert.deepEqual([count(directory), count(directory, 'spans')], [200, 200]);
  const steps = [
    [['--max-age', '9d', '--signal', 'spans'], ['spans', "time < now() - INTERVAL 9 DAY"], 200],
    [['--max-age', '5d', '--service', 'pay'], ['logs', "service = 'pay' AND time < now() - INTERVAL 5 DAY"]],
    [['--max-age', '1d', '--where', "severity = 'debug'"], ['logs', "severity = 'debug' AND time < now() - INTERVAL 1 DAY"]],
    [['--max-age', '3d'], ['logs', 'time < now() - INTERVAL 3 DAY']],
  ];
  for (const [args, [table, gone], logs] of steps) {
    const victims = count(directory, table, gone);
    const others = count(directory, table, `NOT (${gone})`);
    assert.ok(victims > 0, args.join(' '));
    const removed = one_row(store(0, 'retain', directory, ...args));
    assert.ok(removed.rows_removed >= victims, args.join(' '));
    assert.deepEqual([count(directory, table, gone), count(directory, table, `NOT (${gone})`)], [0, others], args.join(' '));
    if (logs) assert.equal(count(directory), logs);
    store(0, 'verify', directory);
  }
  const [{bytes}] = parse_lines(store(0, 'stats', directory).stdout).filter((row) => row.signal === 'logs');
  const newest = sql(directory, 'SELECT max(time) AS t FROM logs')[0].t;
  store(0, 'retain', directory, '--signal', 'logs', '--max-bytes', `${Math.floor(Number(bytes) / 2)}B`);
  const [{bytes: left}] = parse_lines(store(0, 'stats', directory).stdout).filter((row) => row.signal === 'logs');
  assert.ok(Number(left) <= Number(bytes) / 2 && Number(left) > 0);
  assert.equal(sql(directory, 'SELECT max(time) AS t FROM logs')[0].t, newest);
});

test('obs-ingest keeps its store in the bounds of --retain', async (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  feed(directory, [{signal: 'log', time: '2020-01-01T00:00:00Z', body: 'old'}]);
  const ingest = await start_ingest(t, `dir:${directory}`, {args: ['--retain', 'logs=30d', '--retain', 'spans=1GB']});
  const answer = await post(`${ingest.url}/v1/logs`, logs_json([json_record('new', next_time())]), kJson);
  assert.equal(answer.status, 200);
  await wait_for('the old record to go', () => count(directory) === 1);
  await ingest.stop();
  const refused = run('obs-ingest', ['--to', `dir:${directory}`, '--retain', 'soon']);
  assert.equal(refused.code, 2, refused.stderr);
});

test('obs-ingest removes by --retain what a condition is about, and refuses one that makes no sense', async (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  const time = new Date(Date.now() - 10 * 86400e3).toISOString();
  feed(directory, ['noise', 'audit'].map((body) => ({signal: 'log', time, service: 'shop', body})));
  const ingest = await start_ingest(t, `dir:${directory}`, {args: ['--retain', "logs=7d where service = 'shop' and has(body, 'noise')"]});
  await wait_for('the noise to go', () => count(directory) === 1);
  assert.equal(sql(directory, 'SELECT body FROM logs')[0].body, 'audit');
  await ingest.stop();
  for (const condition of ['true', 'service =', 'no_such_column = 1', "body = read_text('/etc/hostname')"]) {
    const refused = run('obs-ingest', ['--to', `dir:${directory}`, '--retain', `logs=7d where ${condition}`]);
    assert.equal(refused.code, 2, `${condition}: ${refused.stderr}`);
  }
  assert.equal(count(directory), 1);
});

test('a repair makes indexes anew and names what it cannot mend until that is forgotten', (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  make_days(directory);
  const files = (end) => fs.readdirSync(directory, {recursive: true}).filter((name) => name.endsWith(end) && !name.startsWith('pinned')).sort();
  const indexes = files('.idx');
  fs.rmSync(path.join(directory, indexes[0]));
  store(3, 'verify', directory);
  store(0, 'verify', directory, '--repair');
  assert.deepEqual(files('.idx'), indexes);

  const part = path.join(directory, files('.parquet').find((name) => name.startsWith('logs')));
  const bytes = fs.readFileSync(part);
  bytes[bytes.length >> 1] ^= 1;
  fs.writeFileSync(part, bytes);
  // The rest is served, and the exit says that it is not all.
  const served = () => run('obs-query', ['sql', 'SELECT count(*) AS n FROM spans'], {env: {OBS_DIR: directory}});
  const before = served();
  assert.deepEqual([before.code, before.stdout], [3, '{"n":200}\n']);
  const named = store(3, 'verify', directory, '--repair');
  assert.match(named.stdout, /was set aside/);
  store(3, 'verify', directory);
  assert.deepEqual([served().code, served().stdout], [3, '{"n":200}\n']);
  store(2, 'forget', directory);
  const forgotten = one_row(store(0, 'forget', directory, '--yes'));
  assert.deepEqual([forgotten.parts, forgotten.files_removed], [1, 1]);
  assert.equal(served().code, 0);
  store(0, 'verify', directory);
});

test('services, operations and edges say what the spans do', (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  const made = run('sh', ['-c', `obs-sim --seed 3 --rate 20 --flat --duration 10s --fast | obs-store --from - --to dir:${directory}`]);
  assert.equal(made.code, 0, made.stderr);
  const ask = (what) => parse_lines(run('obs-query', [what, '-o', 'ndjson'], {env: {OBS_DIR: directory}}).stdout);
  const total = (rows, key) => rows.reduce((sum, row) => sum + Number(row[key]), 0);
  assert.equal(total(ask('services'), 'spans'), count(directory, 'spans'));
  assert.equal(total(ask('services'), 'logs'), count(directory));
  assert.equal(total(ask('operations'), 'calls'), count(directory, 'spans'));
  assert.equal(total(ask('operations'), 'errors'), count(directory, 'spans', "status = 'error'"));
  const calls = sql(directory, 'SELECT count(*) AS n FROM spans AS c JOIN spans AS p ON c.trace_id = p.trace_id AND c.parent_span_id = p.span_id AND c.service <> p.service')[0].n;
  assert.ok(Number(calls) > 0);
  const edges = ask('edges');
  const services = new Set(ask('services').map(({service}) => service));
  assert.equal(total(edges.filter(({caller, callee}) => services.has(caller) && services.has(callee)), 'calls'), Number(calls));
  const queries = count(directory, 'spans', "kind = 'client' AND attributes['db.system.name'] IS NOT NULL");
  assert.ok(queries > 0);
  assert.equal(total(edges.filter(({callee}) => /^(postgresql:|redis$)/.test(callee)), 'calls'), queries);
});
