// The tools in a shell pipe, as people type them.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import {test} from 'node:test';

import {parse_lines} from './lib/json.mjs';
import {Load} from './lib/load.mjs';
import {post, query, request, sql} from './lib/obs.mjs';
import {log_record, logs_request, next_time} from './lib/otlp.mjs';
import {free_port, run, sleep, start, temporary_directory} from './lib/process.mjs';

test('obs-ingest --to - | obs-store --from - --to dir:', async (t) => {
  const directory = temporary_directory(t);
  const port = await free_port();
  const url = `http://127.0.0.1:${port}`;
  const pipe = start(t, 'sh', ['-c', `sh -c 'echo $$ >pid; exec obs-ingest --http 127.0.0.1:${port} --to -' | obs-store --from - --to dir:data`], {cwd: directory});
  await pipe.wait_for('/ready', async () => (await request(`${url}/ready`)).status === 200);
  const load = new Load(() => url);
  await sleep(1000);
  const sent = await load.stop();
  process.kill(Number(fs.readFileSync(path.join(directory, 'pid'), 'utf8')), 'SIGTERM');
  const {code} = await pipe.exited;
  assert.equal(code, 0, pipe.stderr);
  assert.ok(sent > 0);
  load.assert_exact(path.join(directory, 'data'));
});

test('--to - says that acknowledged means handed to the reader', async (t) => {
  const port = await free_port();
  const ingest = start(t, 'obs-ingest', ['--http', `127.0.0.1:${port}`, '--to', '-']);
  await ingest.wait_for('/ready', async () => (await request(`http://127.0.0.1:${port}/ready`)).status === 200);
  await ingest.wait_for('the warning', () => /acknowledge/i.test(ingest.stderr));
  await post(`http://127.0.0.1:${port}/v1/logs`, logs_request([log_record('one', next_time())]));
  await ingest.wait_for('the line', () => ingest.stdout.endsWith('\n'));
  const [record] = parse_lines(ingest.stdout);
  assert.deepEqual(record.attributes, {id: 'one'});
  await ingest.stop();
});

test('two places at once get the same records', async (t) => {
  const directory = temporary_directory(t);
  const port = await free_port();
  const url = `http://127.0.0.1:${port}`;
  const ingest = start(t, 'obs-ingest', ['--http', `127.0.0.1:${port}`, '--to', 'dir:data', '--to', 'file:copy.ndjson'], {cwd: directory});
  await ingest.wait_for('/ready', async () => (await request(`${url}/ready`)).status === 200);
  for (let n = 0; n < 20; ++n) assert.equal((await post(`${url}/v1/logs`, logs_request([log_record(`${n}`, next_time())]))).status, 200);
  await ingest.stop();
  const copy = parse_lines(fs.readFileSync(path.join(directory, 'copy.ndjson'), 'utf8'));
  assert.equal(copy.length, 20);
  assert.equal(sql(path.join(directory, 'data'), 'SELECT count(*) AS n FROM logs')[0].n, 20n);
});

test('foreign log lines become records', (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  const lines = [
    '{"level":50,"time":1763800000123,"pid":7,"hostname":"h","msg":"pino says no","err":{"type":"E"}}',
    '{"level":"warn","message":"winston","timestamp":"2026-01-02T03:04:05.678Z","service":"cart"}',
    '{"level":"info","ts":1763800000.5,"logger":"zap","msg":"zapped","traceId":"0123456789abcdef0123456789abcdef"}',
    'plain text, no JSON at all',
  ];
  const stored = run('obs-store', ['--from', '-', '--to', `dir:${directory}`], {input: `${lines.join('\n')}\n`});
  assert.equal(stored.code, 0, stored.stderr);
  const rows = sql(directory, 'SELECT severity, body, service, trace_id FROM logs ORDER BY seq');
  assert.deepEqual(rows.map((row) => [row.severity ?? null, row.body, row.service ?? null, row.trace_id ?? null]), [
    ['error', 'pino says no', null, null],
    ['warn', 'winston', 'cart', null],
    ['info', 'zapped', 'zap', '0123456789abcdef0123456789abcdef'],
    [null, 'plain text, no JSON at all', null, null],
  ]);
});

test('a byte order mark is no part of what obs-pipe reads, but JSON to the letter has none', (t) => {
  const directory = temporary_directory(t);
  const marked = (name, text) => {
    fs.writeFileSync(path.join(directory, name), `\ufeff${text}`);
    return path.join(directory, name);
  };
  const ndjson = marked('a.ndjson', '{"a":1}\n{"a":2}\n');
  const logfmt = marked('a.logfmt', 'a=1\n');
  const cases = [
    [['', ndjson, ndjson], '{"a":1}\n{"a":2}\n{"a":1}\n{"a":2}\n'],
    [['--merge', 'where a == 1', ndjson, ndjson], '{"a":1}\n{"a":1}\n'],
    [['--format', 'logfmt', '', logfmt, logfmt], '{"a":1}\n{"a":1}\n'],
  ];
  for (const [args, output] of cases) assert.equal(run('obs-pipe', args).stdout, output, args.join(' '));
  const strict = run('obs-pipe', ['--strict', '', ndjson]);
  assert.equal(strict.code, 3);
  assert.match(strict.stderr, /a\.ndjson:1: /);
});

test('records are stored in the order of their lines, whichever services they are of', (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  const services = ['cart', 'checkout', 'cart', 'search', 'checkout', 'cart', 'search', 'cart'];
  const input = Array.from({length: 400}, (_, n) => `{"msg":"${n}","service":"${services[n % services.length]}"}\n`).join('');
  assert.equal(run('obs-store', ['--from', '-', '--to', `dir:${directory}`], {input}).code, 0);
  const bodies = sql(directory, 'SELECT body FROM logs ORDER BY seq').map((row) => Number(row.body));
  assert.deepEqual(bodies, Array.from({length: 400}, (_, n) => n));
});

test('no writer touches a directory that is not a store', (t) => {
  const foreign = temporary_directory(t);
  fs.writeFileSync(path.join(foreign, 'thesis.txt'), 'mine');
  const to = ['--to', `dir:${foreign}`];
  const writers = [
    ['obs-store', ['--from', '-', ...to]],
    ['obs-ingest', ['--http', '127.0.0.1:0', ...to]],
    ['obs-sim', ['--duration', '1s', '--fast', ...to]],
    ['obs', ['up', '--http', '127.0.0.1:0', ...to]],
  ];
  for (const [command, options] of writers) {
    const result = run(command, options, {input: 'x\n'});
    assert.equal(result.code, 4, `${command}: ${result.stderr}`);
    assert.match(result.stderr, /neither empty nor an obs store/, command);
    assert.deepEqual(fs.readdirSync(foreign), ['thesis.txt'], command);
  }
});

// Ways for a peer to be dead: nobody listens, or somebody who never answers.
for (const [how, listen] of [['is not there', false], ['never answers', true]]) {
  test(`a stop ends in time, and in 4, when the receiver ${how}`, async (t) => {
    const sockets = [];
    const server = net.createServer((socket) => sockets.push(socket.on('error', () => {})));
    t.after(() => (sockets.forEach((socket) => socket.destroy()), server.close()));
    const port = await free_port();
    if (listen) await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
    const to = ['--to', `otlphttp://127.0.0.1:${port}`];
    const stop = async (program) => {
      const since = Date.now();
      const {code} = await program.kill('SIGTERM');
      assert.equal(code, 4, `${program.name}: ${program.stderr}`);
      assert.match(program.stderr, /did not take \d+ records/);
      assert.ok(Date.now() - since < 8000, `${program.name} took ${Date.now() - since} ms`);
    };
    const sim = start(t, 'obs-sim', ['--rate', '50', ...to]);
    const http = await free_port();
    const ingest = start(t, 'obs-ingest', ['--http', `127.0.0.1:${http}`, ...to]);
    await ingest.wait_for('/health', async () => (await request(`http://127.0.0.1:${http}/health`)).status === 200);
    const answer = post(`http://127.0.0.1:${http}/v1/logs`, logs_request([log_record('1', next_time())]));
    await sleep(1500);
    await Promise.all([stop(sim), stop(ingest)]);
    assert.equal((await answer).status, 503);
  });
}

test('a writer that lives is named to a second one, which exits 4', async (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  const port = await free_port();
  const ingest = start(t, 'obs-ingest', ['--http', `127.0.0.1:${port}`, '--to', `dir:${directory}`]);
  await ingest.wait_for('/ready', async () => (await request(`http://127.0.0.1:${port}/ready`)).status === 200);
  const second = run('obs-store', ['--from', '-', '--to', `dir:${directory}`], {input: 'x\n'});
  assert.equal(second.code, 4, second.stderr);
  assert.match(second.stderr, new RegExp(`obs-ingest|${ingest.pid}`));
});

test('tools leave quietly when their reader does', (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  const input = Array.from({length: 20000}, (_, n) => `{"msg":"line ${n}"}`).join('\n');
  assert.equal(run('obs-store', ['--from', '-', '--to', `dir:${directory}`], {input}).code, 0);
  const result = run('bash', ['-c', "set -o pipefail; obs-query logs --limit 20000 -o ndjson | head -n 1"], {env: {OBS_DIR: directory}});
  assert.deepEqual([result.code, result.stderr, result.stdout.split('\n').length], [0, '', 2]);
  assert.equal(query(directory, 'logs', '--limit', '3').length, 3);
});
