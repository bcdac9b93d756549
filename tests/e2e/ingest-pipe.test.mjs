// obs-ingest --pipe: what is filtered and redacted on the way in, and programs changed under load.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {kJson, post, read_ledger, request, sql, start_ingest} from './lib/obs.mjs';
import {logs_json, next_time} from './lib/otlp.mjs';
import {run, sleep, temporary_directory} from './lib/process.mjs';

const kInfo = 9;
const kWarn = 13;

function record(id, severity, body) {
  return {
    timeUnixNano: String(next_time()), severityNumber: severity, body: {stringValue: body},
    attributes: [{key: 'id', value: {stringValue: id}}, {key: 'from', value: {stringValue: `${id}@secret.example.com`}}],
  };
}

function read_all(directory) {
  return fs.readdirSync(directory, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => fs.readFileSync(path.join(entry.parentPath || entry.path, entry.name)));
}

function assert_no_secret(directory) {
  const files = read_all(directory);
  assert.ok(files.length > 0);
  for (const bytes of files) assert.ok(!bytes.includes('secret.example.com'), 'an address is in the store');
}

const read_counter = async (url, line) => {
  const {body} = await request(`${url}/metrics`);
  const found = body.toString().split('\n').find((each) => each.startsWith(`${line} `));
  return Number(found?.slice(line.length + 1));
};

test("--pipe 'redact email | where severity >= warn' stores what is left, without a secret", async (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  const ingest = await start_ingest(t, `dir:${directory}`, {args: ['--pipe', 'redact email | where severity >= warn', '--flush-age', '300ms']});
  for (let n = 0; n < 30; ++n) {
    const records = [record(`i${n}`, kInfo, 'all is well'), record(`w${n}`, kWarn, `mail to w${n}@secret.example.com failed`)];
    const {status} = await post(`${ingest.url}/v1/logs`, logs_json(records), kJson);
    assert.equal(status, 200);
    assert_no_secret(directory);  // The log of the store included.
  }
  assert.equal((await post(`${ingest.url}/v1/logs`, logs_json([record('x', kInfo, 'nothing is left')]), kJson)).status, 200);
  const {pipe, otlp_http} = await read_ledger(ingest.url);
  assert.equal(pipe.logs.received, 61);
  assert.equal(pipe.logs.filtered, 31);
  assert.equal(pipe.logs.sent, 30);
  assert.equal(otlp_http.logs.sent, 61);
  assert.equal(await read_counter(ingest.url, 'obs_places_pipe_secrets_redacted_total{kind="email"}'), 91);
  await sleep(600);  // A flush has come.
  assert_no_secret(directory);
  await ingest.stop();
  assert_no_secret(directory);
  const rows = sql(directory, "SELECT severity, body, service, attributes['from'] AS sender, count(*) AS n FROM logs GROUP BY ALL");
  assert.deepEqual(rows.map((row) => ({...row, n: Number(row.n)})),
                   [{severity: 'warn', body: 'mail to [email] failed', service: 'e2e', sender: '[email]', n: 30}]);
});

test('a request that is sent again is stored once behind a program', async (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  const ingest = await start_ingest(t, `dir:${directory}`, {args: ['--pipe', 'redact email']});
  const body = logs_json([record('a', kInfo, 'one')]);
  for (let n = 0; n < 3; ++n) assert.equal((await post(`${ingest.url}/v1/logs`, body, kJson)).status, 200);
  await ingest.stop();
  assert.equal(sql(directory, 'SELECT count(*) AS n FROM logs')[0].n, 1n);
});

test('SIGHUP changes the program under load: nothing is dropped, no request sees two programs', async (t) => {
  const scratch = temporary_directory(t);
  const directory = path.join(scratch, 'data');
  const file = path.join(scratch, 'program.obs');
  const program = (name) => `redact email | where severity >= warn | set attributes.by = "${name}"\n`;
  fs.writeFileSync(file, program('p0'));
  const ingest = await start_ingest(t, `dir:${directory}`, {args: ['--pipe-file', file]});

  let running = true;
  let requests = 0;
  const client = async (index) => {
    for (let n = 0; running; ++n) {
      const id = `${index}-${n}`;
      const records = Array.from({length: 10}, (_, k) => record(`${id}-${k}`, k < 4 ? kWarn : kInfo, `request ${id}`));
      const {status, body} = await post(`${ingest.url}/v1/logs`, logs_json(records), kJson);
      assert.equal(status, 200, body.toString());
      ++requests;
    }
  };
  const clients = Array.from({length: 4}, (_, index) => client(index));
  for (let n = 1; n <= 10; ++n) {
    await sleep(100);
    const bad = n === 5;
    fs.writeFileSync(file, bad ? 'redact email | wher severity' : program(`p${n}`));
    ingest.child.kill('SIGHUP');
    const outcome = `obs_places_pipe_programs_loaded_total{outcome="${bad ? 'refused' : 'taken'}"}`;
    const wanted = bad ? 1 : n > 5 ? n - 1 : n;
    await ingest.wait_for('the program is read', async () => (await read_counter(ingest.url, outcome)) === wanted);
  }
  await sleep(100);
  running = false;
  await Promise.all(clients);

  const {pipe} = await read_ledger(ingest.url);
  assert.equal(pipe.logs.received, requests * 10);
  assert.equal(pipe.logs.sent, requests * 4);
  assert.equal(pipe.logs.filtered, requests * 6);
  await ingest.stop();
  assert.match(ingest.stderr, /the program stays as it was: .*program\.obs:1:16/);

  const [{n, ids}] = sql(directory, "SELECT count(*) AS n, count(DISTINCT attributes['id']) AS ids FROM logs WHERE severity = 'warn'");
  assert.equal(Number(n), requests * 4);
  assert.equal(Number(ids), requests * 4);
  assert.equal(sql(directory, 'SELECT count(*) AS n FROM logs')[0].n, n);
  const mixed = sql(directory, "SELECT body FROM logs GROUP BY body HAVING count(DISTINCT attributes['by']) <> 1");
  assert.deepEqual(mixed, []);
  const programs = sql(directory, "SELECT DISTINCT attributes['by'] AS program FROM logs ORDER BY program").map((row) => row.program);
  assert.deepEqual(programs, ['p0', 'p1', 'p10', 'p2', 'p3', 'p4', 'p6', 'p7', 'p8', 'p9']);
  assert_no_secret(directory);
});

test('a program that cannot run is refused at the start, with its place', () => {
  const cases = [
    [['--pipe', 'stats count() by service'], /1:1: .*one record alone/],
    [['--pipe', 'redact emial'], /did you mean/],
    [['--pipe', 'redact email with hash'], /--redact-key/],
    [['--pipe', 'redact email', '--pipe-file', 'x'], /one program/],
    [['--pipe-file', '/nonexistent.obs'], /nonexistent\.obs/],
    [['--flush-age', 'soon'], /--flush-age soon/],
  ];
  for (const [args, message] of cases) {
    const {code, stderr} = run('obs-ingest', ['--check', ...args]);
    assert.equal(code, 2, `${args}: ${stderr}`);
    assert.match(stderr, message);
  }
  assert.equal(run('obs-ingest', ['--check', '--pipe', 'redact email with hash', '--redact-key', 'k', '--dedup-window', '0s']).code, 0);
});
