// OTLP over gRPC and the agent stream, with clients of three makes: @grpc/grpc-js, Python's grpcio (the
// C core) and buf (Go). What was answered OK is counted back out of the store.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import http2 from 'node:http2';
import net from 'node:net';
import path from 'node:path';
import {test} from 'node:test';

import {call, connect, kExport, open_stream, telemetry_client} from './lib/grpc.mjs';
import {assert_ledger_closes, kProtobuf, post, read_ledger, request, sql, start_ingest} from './lib/obs.mjs';
import {log_record, logs_request, next_time} from './lib/otlp.mjs';
import {free_port, root, run, sleep, start, temporary_directory} from './lib/process.mjs';

const one_log = (id) => logs_request([log_record(id, next_time())]);

async function start_store_ingest(t, options) {
  const directory = path.join(temporary_directory(t), 'data');
  const ingest = await start_ingest(t, `dir:${directory}`, options);
  ingest.directory = directory;
  ingest.count = (table = 'logs') => sql(directory, `SELECT count(*) AS n FROM ${table}`)[0].n;
  return ingest;
}

test('200 concurrent callers of grpc-js: each record of 4,000 calls is stored once', async (t) => {
  const ingest = await start_store_ingest(t);
  const client = connect(t, ingest.port);
  let next = 0;
  const caller = async () => {
    while (next < 4000) {
      const result = await call(client, kExport.logs, one_log(`c${next++}`));
      assert.equal(result.name, 'OK', result.details);
      assert.equal(result.answer.length, 0);
    }
  };
  await Promise.all(Array.from({length: 200}, caller));
  const [{n, ids}] = sql(ingest.directory, `SELECT count(*) AS n, count(DISTINCT attributes['id']) AS ids FROM logs`);
  assert.deepEqual([n, ids], [4000, 4000].map((x) => (typeof n === 'bigint' ? BigInt(x) : x)));
  const ledger = await assert_ledger_closes(ingest.url);
  assert.equal(ledger.otlp_grpc.logs.sent, 4000);
  await ingest.stop();
});

test('messages of 3 MiB and of 20 MiB go through, side by side with small ones', async (t) => {
  const ingest = await start_store_ingest(t, {args: ['--grpc', `127.0.0.1:${await free_port()}`]});
  const client = connect(t, ingest.port, {'grpc.max_send_message_length': -1});
  const filler = 'x'.repeat(3000);
  const big = (name, records) => logs_request(Array.from({length: records}, (_, k) => log_record(`${name}-${k}-${filler}`, next_time())));
  const jobs = [];
  for (let n = 0; n < 8; ++n) jobs.push(call(client, kExport.logs, big(`b${n}`, 500)));
  jobs.push(call(client, kExport.logs, big('huge', 3300)));
  for (let n = 0; n < 50; ++n) jobs.push(call(client, kExport.logs, one_log(`s${n}`)));
  for (const result of await Promise.all(jobs)) assert.equal(result.name, 'OK', result.details);
  assert.equal(Number(ingest.count()), 8 * 500 + 3300 + 50);
  await ingest.stop();
});

test('both ports speak HTTP/1.1, HTTP/2 and gRPC', async (t) => {
  const grpc_port = await free_port();
  const ingest = await start_store_ingest(t, {args: ['--grpc', `127.0.0.1:${grpc_port}`]});
  for (const port of [ingest.port, grpc_port]) {
    const url = `http://127.0.0.1:${port}`;
    assert.equal((await post(`${url}/v1/logs`, one_log(`h1-${port}`))).status, 200);
    assert.equal((await call(connect(t, port), kExport.logs, one_log(`g-${port}`))).name, 'OK');
    const session = http2.connect(url);
    const answer = await h2_request(session, {':method': 'POST', ':path': '/v1/logs', ...kProtobuf}, one_log(`h2-${port}`));
    assert.equal(answer.headers[':status'], 200);
    const ready = await h2_request(session, {':path': '/ready'});
    assert.equal(ready.headers[':status'], 200);
    session.close();
  }
  assert.equal(Number(ingest.count()), 6);
  await ingest.stop();
});

function h2_request(session, headers, body) {
  return new Promise((resolve, reject) => {
    const stream = session.request({':method': 'GET', ...headers}, {endStream: body === undefined});
    const answer = {headers: {}, trailers: {}, body: []};
    stream.on('response', (got) => (answer.headers = got));
    stream.on('trailers', (got) => (answer.trailers = got));
    stream.on('data', (piece) => answer.body.push(piece));
    stream.on('error', reject);
    stream.on('close', () => resolve(answer));
    if (body !== undefined) stream.end(body);
  });
}

function framed(payload, flag = 0) {
  const out = Buffer.concat([Buffer.from([flag, 0, 0, 0, 0]), payload]);
  out.writeUInt32BE(payload.length, 1);
  return out;
}

test('wrong calls are answered by the code that says what to do', async (t) => {
  const ingest = await start_store_ingest(t, {args: ['--max-body', '64KiB']});
  const session = http2.connect(ingest.url);
  t.after(() => session.destroy());
  const grpc_headers = {':method': 'POST', ':path': kExport.logs, 'content-type': 'application/grpc', te: 'trailers'};
  const empty = framed(Buffer.alloc(0));
  const rows = [
    ['an empty export', {}, empty, 0],
    ['bad data', {}, framed(Buffer.from([255, 255, 255])), 3],
    ['no message', {}, Buffer.alloc(0), 13],
    ['a message cut short', {}, empty.subarray(0, 3), 13],
    ['a message shorter than it says', {}, framed(Buffer.alloc(10)).subarray(0, 9), 13],
    ['two messages', {}, Buffer.concat([empty, empty]), 12],
    ['a flag that is none', {}, framed(Buffer.alloc(0), 7), 13],
    ['compressed, without an encoding', {}, framed(Buffer.from('x'), 1), 13],
    ['compressed, and damaged', {'grpc-encoding': 'gzip'}, framed(Buffer.from('x'), 1), 3],
    ['an encoding nobody knows', {'grpc-encoding': 'lz4'}, empty, 12],
    ['an encoding, and not compressed', {'grpc-encoding': 'gzip'}, empty, 0],
    ['too big', {}, framed(Buffer.alloc(70000)), 8],
    ['a length of 4 GiB', {}, Buffer.from([0, 255, 255, 255, 255]), 8],
    ['no time', {'grpc-timeout': '0n'}, empty, 4],
    ['a time that is none', {'grpc-timeout': 'soon'}, empty, 13],
    ['another service', {':path': '/a.B/C'}, empty, 12],
    ['another method', {':path': kExport.logs.replace('Export', 'Import')}, empty, 12],
    ['the type with +proto', {'content-type': 'application/grpc+proto'}, empty, 0],
  ];
  for (const [name, headers, body, code] of rows) {
    const answer = await h2_request(session, {...grpc_headers, ...headers}, body);
    assert.equal(answer.headers[':status'], 200, name);
    assert.equal(answer.headers['content-type'], 'application/grpc', name);
    const {'grpc-status': status, 'grpc-status-details-bin': details} = {...answer.headers, ...answer.trailers};
    assert.equal(Number(status), code, name);
    assert.equal(details, undefined, `${name}: nothing to retry`);
    if (code) assert.equal(Buffer.concat(answer.body).length, 0, `${name}: trailers only`);
    else assert.deepEqual(Buffer.concat(answer.body), Buffer.alloc(5), name);
  }
  const http = [[{'content-type': 'application/json'}, 415], [{':method': 'GET'}, 405], [{':path': '/v1/logs', 'content-type': 'text/x'}, 415]];
  for (const [headers, status] of http) {
    const answer = await h2_request(session, {...grpc_headers, ...headers}, headers[':method'] ? undefined : empty);
    assert.equal(answer.headers[':status'], status, JSON.stringify(headers));
  }
  assert.equal((await request(ingest.url + kExport.logs, {method: 'POST', headers: {'content-type': 'application/grpc'}, body: empty})).status, 415);
  await ingest.stop();
});

test('when the place is away the call is UNAVAILABLE with a RetryInfo, or late', async (t) => {
  const port = await free_port();
  const ingest = await start_ingest(t, `redis://127.0.0.1:${port}/0?stream=x`, {ready: false});
  await ingest.wait_for('/health', async () => (await request(`${ingest.url}/health`)).status === 200);
  const client = connect(t, ingest.port, {'grpc.enable_retries': 0});
  const health = await call(client, '/grpc.health.v1.Health/Check', Buffer.alloc(0));
  assert.deepEqual(health.answer, Buffer.from([8, 2]), 'NOT_SERVING');
  const away = await call(client, kExport.logs, one_log('away'));
  assert.equal(away.name, 'UNAVAILABLE', away.details);
  assert.ok(away.has_retry_info);
  await ingest.kill();
});

test('health is asked and watched', async (t) => {
  const ingest = await start_store_ingest(t);
  const client = connect(t, ingest.port);
  const ask = (service) => call(client, '/grpc.health.v1.Health/Check', Buffer.concat([Buffer.from([10, service.length]), Buffer.from(service)]));
  assert.deepEqual((await ask('')).answer, Buffer.from([8, 1]));
  assert.deepEqual((await ask('obs.v1.Telemetry')).answer, Buffer.from([8, 1]));
  assert.equal((await ask('a.B')).name, 'NOT_FOUND');
  const watch = client.makeServerStreamRequest('/grpc.health.v1.Health/Watch', (x) => x, (x) => x, Buffer.alloc(0));
  const told = [];
  watch.on('data', (status) => told.push(status));
  const ended = new Promise((resolve) => watch.on('error', resolve));
  await ingest.wait_for('the first status', () => told.length === 1);
  assert.deepEqual(told[0], Buffer.from([8, 1]));
  await ingest.stop();
  assert.equal((await ended).code, 14);
});

test('SIGTERM in the middle of it: what was answered OK is stored, nothing else is claimed', async (t) => {
  const ingest = await start_store_ingest(t);
  const client = connect(t, ingest.port, {'grpc.enable_retries': 0});
  const answers = {OK: 0, other: 0};
  let over = false;
  const caller = async (name) => {
    for (let n = 0; !over; ++n) {
      const result = await call(client, kExport.logs, one_log(`${name}-${n}`), {deadline: Date.now() + 3000});
      if (result.name === 'OK') ++answers.OK;
      else ++answers.other, over = true;
    }
  };
  const callers = Array.from({length: 50}, (_, n) => caller(`t${n}`));
  await ingest.wait_for('a thousand calls', () => answers.OK > 1000);
  await ingest.stop();
  await Promise.all(callers);
  const count = Number(ingest.count());
  assert.ok(count >= answers.OK && count <= answers.OK + answers.other, `${count} stored, ${JSON.stringify(answers)}`);
});

// --- Peers that are many, or mean.

const kGreeting = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0), frame(4, 1, 0)]);

function frame(type, flags, stream, payload = Buffer.alloc(0)) {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const literal = (name, value) => Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)]);
const kHead = Buffer.concat([literal(':method', 'POST'), literal(':scheme', 'http'), literal(':authority', 'a'), literal(':path', kExport.logs),
                             literal('content-type', 'application/grpc'), literal('te', 'trailers')]);
const empty_call = (stream) => Buffer.concat([frame(1, 4, stream, kHead), frame(0, 1, stream, Buffer.alloc(5))]);

function raw_connection(t, port, bytes) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
    t.after(() => socket.destroy());
    socket.once('data', () => resolve(socket));
    socket.on('error', reject);
  });
}

const resident_bytes = (pid) => 1024 * Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+) kB/)[1]);

test('idle gRPC connections cost less than 10 KB each, and wake', async (t) => {
  const ingest = await start_ingest(t, 'null:');
  const before = resident_bytes(ingest.pid);
  const sockets = [];
  for (let n = 0; n < 1000; ++n) sockets.push(await raw_connection(t, ingest.port, Buffer.concat([kGreeting, empty_call(1)])));
  await ingest.wait_for('sleep', () => resident_bytes(ingest.pid) - before < 1000 * 10000);
  t.diagnostic(`${((resident_bytes(ingest.pid) - before) / 1e6).toFixed(1)} KB each`);
  let answered = 0;
  for (const socket of sockets) socket.once('data', () => ++answered).write(empty_call(3));
  await ingest.wait_for('their answers', () => answered === sockets.length);
  await ingest.stop();
});

test('floods end their connection and nobody else\'s', async (t) => {
  const ingest = await start_store_ingest(t);
  const repeat = (bytes, times) => Buffer.concat(Array.from({length: times}, () => bytes));
  const resets = Buffer.concat(Array.from({length: 3000}, (_, n) => Buffer.concat([frame(1, 5, 2 * n + 1, kHead), frame(3, 0, 2 * n + 1, Buffer.from([0, 0, 0, 8]))])));
  const floods = {
    PING: repeat(frame(6, 0, 0, Buffer.alloc(8)), 5000),
    SETTINGS: repeat(frame(4, 0, 0), 5000),
    'rapid reset': resets,
    CONTINUATION: Buffer.concat([frame(1, 0, 1, kHead), repeat(frame(9, 0, 1, literal('x', 'y')), 1000)]),
    'a bomb of HPACK': frame(1, 5, 1, Buffer.concat([kHead, Buffer.from([0x40, 1, 120, 127, 0xa1, 0x1e]), Buffer.alloc(4000, 'v'), Buffer.alloc(10000, 0xbe)])),
    'no HTTP/2': Buffer.from('GET / HTTP/1.1\r\n\r\n'),
  };
  const client = connect(t, ingest.port);
  for (const [name, bytes] of Object.entries(floods)) {
    const socket = await raw_connection(t, ingest.port, kGreeting);
    socket.removeAllListeners('error').on('error', () => {}).resume();
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.write(bytes);
    if (name !== 'a bomb of HPACK') await Promise.race([closed, sleep(10000).then(() => assert.fail(`${name} goes on`))]);
    assert.equal((await call(client, kExport.logs, one_log(name))).name, 'OK', name);
  }
  assert.ok(resident_bytes(ingest.pid) < 30e6);
  assert.equal(Number(ingest.count()), Object.keys(floods).length);
  await ingest.stop();
});

// --- The agent stream.

const kStart = 1763800000000000000n;

function batch(sequence, first) {
  const time_unix_nano = String(kStart + BigInt(sequence) * 20000000n);
  return {
    sequence, ...(first ? {service: 'pump', instance: 'pump-7', resource: [{key: 'site', value: 'north'}]} : {}),
    time_unix_nano, start_time_unix_nano: String(kStart),
    metrics: [
      {name: 'pressure', unit: 'bar', gauges: [{labels: [{key: 'valve', value: 'a'}], as_double: sequence + 0.5}, {labels: [{key: 'valve', value: 'b'}], as_int: -sequence}]},
      {name: 'strokes', counters: [{as_int: sequence * 10}]},
      {name: 'delay', unit: 's', temporality: 'TEMPORALITY_DELTA', histograms: [{count: 3, sum: 1.5, min: 0.1, max: 1, bounds: [0.5, 1], counts: [1, 1, 1]}]},
    ],
  };
}

test('an agent stream of 20 ms batches is acknowledged in order and stored as OTLP means it', async (t) => {
  const ingest = await start_store_ingest(t);
  const open = open_stream(telemetry_client(t, ingest.port));
  for (let n = 1; n <= 100; ++n) {
    open.stream.write(batch(n, n === 1));
    await sleep(n % 10 ? 2 : 20);
  }
  await ingest.wait_for('the last acknowledgement', () => open.acknowledged === 100);
  assert.equal(Number(ingest.count('metrics')), 400, 'acknowledged is stored, and seen');
  open.stream.end();
  assert.equal((await open.ended).name, 'OK');
  const sequences = open.acknowledgements.map((answer) => Number(answer.acknowledged));
  assert.deepEqual(sequences, [...sequences].sort((a, b) => a - b));
  const points = sql(ingest.directory, `SELECT name, type, unit, temporality, is_monotonic, value, count, sum, min, max, bounds, counts, attributes, resource, service,
    CAST(start_time AS VARCHAR) AS started FROM metrics WHERE epoch_ns(time) = ${kStart + 2000000000n} ORDER BY name, attributes`);
  const by_name = (name) => points.filter((point) => point.name === name);
  assert.deepEqual(by_name('pressure').map((point) => [point.type, Number(point.value), point.started]), [['gauge', 100.5, null], ['gauge', -100, null]]);
  const [strokes] = by_name('strokes');
  assert.deepEqual([strokes.type, strokes.temporality, strokes.is_monotonic, Number(strokes.value)], ['sum', 'cumulative', true, 1000]);
  const [delay] = by_name('delay');
  assert.deepEqual([delay.type, delay.temporality, delay.unit, Number(delay.count), delay.sum, delay.min, delay.max], ['histogram', 'delta', 's', 3, 1.5, 0.1, 1]);
  assert.deepEqual(delay.bounds.map(Number), [0.5, 1]);
  assert.deepEqual(delay.counts.map(Number), [1, 1, 1]);
  const text = JSON.stringify(points, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
  assert.ok(points.every((point) => point.service === 'pump'), text);
  assert.ok(text.includes('pump-7') && text.includes('north'), text);
  const ledger = await assert_ledger_closes(ingest.url);
  assert.equal(ledger.agent_stream.metrics.sent, 400);
  await ingest.stop();
});

test('an agent whose receiver is killed sends again what was not acknowledged; nothing is lost or doubled', async (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  const port = await free_port();
  const unacknowledged = new Map();
  let sequence = 0;
  for (let round = 0; round < 3; ++round) {
    const ingest = await start_ingest(t, `dir:${directory}`, {port});
    const open = open_stream(telemetry_client(t, port));
    const before = [...unacknowledged.keys()];
    before.forEach((n, k) => open.stream.write(batch(n, k === 0)));
    for (let n = 0; n < 50; ++n) {
      ++sequence;
      unacknowledged.set(sequence, true);
      open.stream.write(batch(sequence, before.length === 0 && n === 0));
    }
    const last = round === 2;
    await ingest.wait_for('acknowledgements', () => open.acknowledged >= (last ? sequence : before.length + 10));
    for (const n of [...unacknowledged.keys()]) if (n <= open.acknowledged) unacknowledged.delete(n);
    if (last) {
      open.stream.end();
      await open.ended;
      await ingest.stop();
    } else {
      await ingest.kill();
    }
  }
  const [{n, times}] = sql(directory, `SELECT count(*) AS n, count(DISTINCT time) AS times FROM metrics WHERE name = 'strokes'`);
  assert.deepEqual([Number(n), Number(times)], [150, 150]);
});

test('an agent stream ends by the code that says what to do, after acknowledging what came before', async (t) => {
  const ingest = await start_store_ingest(t);
  const bad_time = {sequence: 2, metrics: [{name: 'g', gauges: [{time_unix_nano: '18446744073709551615', as_int: 1}]}]};
  const rows = [
    ['a sequence of none', [{...batch(1, true), sequence: 0}], 'INVALID_ARGUMENT', 0],
    ['a sequence that does not grow', [batch(1, true), batch(1, false)], 'INVALID_ARGUMENT', 1],
    ['a sign of life', [batch(1, true), {sequence: 5}], 'OK', 5],
    ['a sample of no time we know', [batch(1, true), bad_time], 'OK', 2],
    ['a batch too long', [batch(1, true), {sequence: 2, service: 'x'.repeat(600 * 1024)}], 'RESOURCE_EXHAUSTED', 1],
    ['nothing at all', [], 'OK', 0],
  ];
  for (const [name, batches, status, acknowledged] of rows) {
    const open = open_stream(telemetry_client(t, ingest.port));
    for (const one of batches) open.stream.write(one);
    open.stream.end();
    const ended = await open.ended;
    assert.equal(ended.name, status, `${name}: ${ended.details}`);
    if (status === 'OK') assert.equal(open.acknowledged, acknowledged, name);
  }
  const ledger = await read_ledger(ingest.url);
  assert.equal(ledger.agent_stream.metrics.rejected, 1);
  await ingest.stop();
});

test('SIGTERM ends agent streams with UNAVAILABLE, all that was taken acknowledged', async (t) => {
  const ingest = await start_store_ingest(t);
  const open = open_stream(telemetry_client(t, ingest.port));
  for (let n = 1; n <= 20; ++n) open.stream.write(batch(n, n === 1));
  await ingest.wait_for('an acknowledgement', () => open.acknowledged > 0);
  await ingest.stop();
  assert.equal((await open.ended).name, 'UNAVAILABLE');
  assert.equal(Number(ingest.count('metrics')), open.acknowledged * 4);
});

// --- Other makes.

test('Python, with gzip and deflate, keepalive and deadlines', async (t) => {
  const ingest = await start_store_ingest(t);
  const {code, stdout, stderr} = run('/usr/bin/python3', [path.join(root, 'tests/e2e/lib/grpc_client.py'), String(ingest.port), path.join(root, 'tests/data/otlp')]);
  assert.equal(code, 0, stdout + stderr);
  const ledger = await assert_ledger_closes(ingest.url);
  assert.ok(ledger.otlp_grpc.logs.sent > 0 && ledger.otlp_grpc.spans.sent > 0 && ledger.otlp_grpc.metrics.sent > 0);
  await ingest.stop();
});

test('buf curl, which is Go', async (t) => {
  const ingest = await start_store_ingest(t);
  const cpu = process.arch === 'arm64' ? 'aarch64' : 'x64';
  const buf = path.join(root, `tests/e2e/node_modules/@bufbuild/buf-linux-${cpu}/bin/buf`);
  const curl = (schema, method, data) => spawnSync(buf, ['curl', '--protocol', 'grpc', '--http2-prior-knowledge', '--schema', schema, '--data', data, `${ingest.url}/${method}`],
                                                   {env: {...process.env, HOME: ingest.directory}, timeout: 60000});
  const batches = [1, 2, 3].map((n) => JSON.stringify({...batch(n, n === 1), sequence: String(n)})).join('\n');
  const streamed = curl(path.join(root, 'sdk/proto'), 'obs.v1.Telemetry/Stream', batches);
  assert.equal(streamed.status, 0, streamed.stderr.toString());
  assert.match(streamed.stdout.toString(), /"acknowledged":\s*"3"\s*\}\s*$/);
  assert.equal(Number(ingest.count('metrics')), 12);

  const schema = path.join(temporary_directory(t), 'health');
  fs.mkdirSync(schema);
  fs.writeFileSync(path.join(schema, 'health.proto'), `syntax = "proto3"; package grpc.health.v1;
    message HealthCheckRequest { string service = 1; } message HealthCheckResponse { enum S { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; } S status = 1; }
    service Health { rpc Check(HealthCheckRequest) returns (HealthCheckResponse); rpc Nothing(HealthCheckRequest) returns (HealthCheckResponse); }`);
  const checked = curl(schema, 'grpc.health.v1.Health/Check', '{}');
  assert.equal(checked.status, 0, checked.stderr.toString());
  assert.match(checked.stdout.toString(), /SERVING/);
  assert.match(curl(schema, 'grpc.health.v1.Health/Check', '{"service": "x"}').stderr.toString(), /not_found/);
  assert.match(curl(schema, 'grpc.health.v1.Health/Nothing', '{}').stderr.toString(), /unimplemented/);
  await ingest.stop();
});

test('h2load: 20,000 exports over 20 connections, each counted', async (t) => {
  const ingest = await start_ingest(t, 'null:');
  const body = path.join(temporary_directory(t), 'body');
  fs.writeFileSync(body, framed(one_log('load')));
  const {code, stdout} = run('h2load', ['-n', '20000', '-c', '20', '-m', '32', '-d', body, '-H', 'content-type: application/grpc', '-H', 'te: trailers', ingest.url + kExport.logs]);
  assert.equal(code, 0);
  assert.match(stdout, /20000 succeeded, 0 failed, 0 errored, 0 timeout/);
  const ledger = await assert_ledger_closes(ingest.url);
  assert.equal(ledger.otlp_grpc.logs.sent, 20000);
  await ingest.stop();
});
