// Peers of HTTP/2 and gRPC that are many, or mean: on the port of gRPC as on that of HTTP, nobody crashes the
// receiver, fills its memory, holds up the others, or is told the wrong thing about trying again.

import assert from 'node:assert/strict';
import http2 from 'node:http2';
import {test} from 'node:test';

import {make_bombs, peak_bytes} from './lib/bombs.mjs';
import {call, connect, framed, h2_request, kExport, one_log, start_store_ingest} from './lib/grpc.mjs';
import {empty_call, frame, kGreeting, kHead, literal, raw_connection, resident_bytes} from './lib/http2.mjs';
import {assert_ledger_closes, request, start_ingest} from './lib/obs.mjs';
import {bytes_field, log_record, logs_request, next_time, varint_field} from './lib/otlp.mjs';
import {free_port, sleep} from './lib/process.mjs';

// A receiver, and both its ports.
async function start_both(t, args = []) {
  const grpc_port = await free_port();
  const ingest = await start_store_ingest(t, {args: ['--grpc', `127.0.0.1:${grpc_port}`, ...args]});
  return {ingest, ports: {'that of HTTP': ingest.port, 'that of gRPC': grpc_port}};
}

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

const repeat = (bytes, times) => Buffer.concat(Array.from({length: times}, () => bytes));
const number = (value) => Buffer.from([0, 0, 0, value]);
const open = (stream) => frame(1, 4, stream, kHead);

// What each sends after its greeting.
const kFloods = {
  'PING': repeat(frame(6, 0, 0, Buffer.alloc(8)), 5000),
  'SETTINGS': repeat(frame(4, 0, 0), 5000),
  'SETTINGS that change': repeat(Buffer.concat([frame(4, 0, 0, Buffer.from([0, 1, 0, 0, 0, 0])), frame(4, 0, 0, Buffer.from([0, 1, 0, 0, 16, 0]))]), 3000),
  'PRIORITY': repeat(frame(2, 0, 1, Buffer.alloc(5, 1)), 10000),
  'windows opened by a byte': repeat(frame(8, 0, 0, number(1)), 10000),
  'DATA of nothing': Buffer.concat([open(1), repeat(frame(0, 0, 1), 10000)]),
  'rapid reset': Buffer.concat(Array.from({length: 3000}, (_, n) => Buffer.concat([frame(1, 5, 2 * n + 1, kHead), frame(3, 0, 2 * n + 1, number(8))]))),
  'resets by our hand': Buffer.concat(Array.from({length: 3000}, (_, n) => Buffer.concat([open(2 * n + 1), frame(8, 0, 2 * n + 1, number(0))]))),
  'CONTINUATION': Buffer.concat([frame(1, 0, 1, kHead), repeat(frame(9, 0, 1, literal('x', 'y')), 1000)]),
  'CONTINUATION of nothing': Buffer.concat([frame(1, 0, 1, kHead), repeat(frame(9, 0, 1), 10000)]),
  'a window beyond all': Buffer.concat([frame(8, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff])), frame(8, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff]))]),
  'no HTTP/2': Buffer.from('GET / HTTP/1.1\r\n\r\n'),
};

test('floods end their connection and nobody else\'s, on either port', async (t) => {
  const {ingest, ports} = await start_both(t);
  let calls = 0;
  for (const [where, port] of Object.entries(ports)) {
    const client = connect(t, port);
    for (const [name, bytes] of Object.entries(kFloods)) {
      const socket = await raw_connection(t, port, kGreeting);
      socket.removeAllListeners('error').on('error', () => {}).resume();
      const closed = new Promise((resolve) => socket.on('close', resolve));
      socket.write(bytes);
      await Promise.race([closed, sleep(10000).then(() => assert.fail(`${name} goes on at ${where}`))]);
      assert.equal((await call(client, kExport.logs, one_log(`${++calls}`))).name, 'OK', name);
    }
  }
  assert.ok(resident_bytes(ingest.pid) < 40e6, `${resident_bytes(ingest.pid)} bytes`);
  assert.equal(Number(ingest.count()), calls);
  await ingest.stop();
});

// 4,000 bytes of a header kept in the table, and named 10,000 times by a byte each: 40 MB of headers.
const kHpackBomb = Buffer.concat([kHead, Buffer.from([0x40, 1, 120, 127, 0xa1, 0x1e]), Buffer.alloc(4000, 'v'), Buffer.alloc(10000, 0xbe)]);

test('a bomb of HPACK is refused, and never held', async (t) => {
  const {ingest, ports} = await start_both(t);
  for (const port of Object.values(ports)) {
    const sockets = [];
    for (let n = 0; n < 20; ++n) {
      const socket = await raw_connection(t, port, kGreeting);
      socket.removeAllListeners('error').on('error', () => {}).resume();
      socket.write(Buffer.concat([frame(1, 5, 1, kHpackBomb), frame(1, 5, 3, kHpackBomb)]));
      sockets.push(socket);
    }
    assert.equal((await call(connect(t, port), kExport.logs, one_log(`${port}`))).name, 'OK');
  }
  assert.equal(Number(ingest.count()), 2, 'none of the bombs was a call');
  assert.ok(peak_bytes(ingest) < 60e6, `${peak_bytes(ingest)} bytes`);
  await ingest.stop();
});

const log_call = (stream, id) => Buffer.concat([open(stream), frame(0, 1, stream, framed(one_log(id)))]);
// SETTINGS_INITIAL_WINDOW_SIZE.
const window = (size) => frame(4, 0, 0, Buffer.from([0, 4, size >>> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255]));

test('who opens no window gets no answers, holds up nobody, and gets them all when it opens', async (t) => {
  const {ingest, ports} = await start_both(t);
  let stored = 0;
  for (const [where, port] of Object.entries(ports)) {
    const stalled = [];
    for (let n = 0; n < 20; ++n) {
      const socket = await raw_connection(t, port, kGreeting);
      const heard = {socket, bytes: 0};
      socket.on('data', (bytes) => (heard.bytes += bytes.length));
      socket.write(Buffer.concat([window(0), ...Array.from({length: 100}, (_, k) => log_call(2 * k + 1, `${port}-${n}-${k}`))]));
      stalled.push(heard);
    }
    stored += 2000;
    const client = connect(t, port);
    for (let n = 0; n < 20; ++n) assert.equal((await call(client, kExport.logs, one_log(`${port}-${n}`))).name, 'OK', where);
    stored += 20;
    await ingest.wait_for('what they sent', () => Number(ingest.count()) === stored);
    const before = stalled.map(({bytes}) => bytes);
    for (const {socket} of stalled) socket.write(window(1000));
    // Five bytes of message and nine of its frame, a hundred times, beside the trailers.
    await ingest.wait_for('their answers', () => stalled.every(({bytes}, n) => bytes - before[n] >= 1400));
  }
  assert.ok(resident_bytes(ingest.pid) < 60e6, `${resident_bytes(ingest.pid)} bytes`);
  await ingest.stop();
});

// One call made of bytes: what it was told.
async function raw_call(session, body, headers = {}) {
  const answer = await h2_request(session, {':method': 'POST', ':path': kExport.logs, 'content-type': 'application/grpc', te: 'trailers', ...headers}, body);
  const {'grpc-status': code, 'grpc-message': message, 'grpc-status-details-bin': details} = {...answer.headers, ...answer.trailers};
  return {code: Number(code), message, details};
}

function open_session(t, port) {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  t.after(() => session.destroy());
  return session;
}

test('bombs are RESOURCE_EXHAUSTED, not to be tried again, and never held in memory', async (t) => {
  const {ingest, ports} = await start_both(t, ['--max-body', '4MiB']);
  const bombs = make_bombs(64 << 20);
  for (const port of Object.values(ports)) {
    const session = open_session(t, port);
    for (const [coding, bomb] of Object.entries(bombs)) {
      const refused = await raw_call(session, framed(bomb, 1), {'grpc-encoding': coding});
      assert.deepEqual([refused.code, refused.details], [8, undefined], `${coding}: ${refused.message}`);
      assert.equal((await raw_call(session, framed(one_log(`${port}${coding}`)))).code, 0);
    }
  }
  assert.ok(peak_bytes(ingest) < 64 << 20, `${peak_bytes(ingest)} bytes`);
  assert.equal(Number(ingest.count()), 2 * Object.keys(bombs).length);
  await ingest.stop();
});

test('values nested for ever cost their record at most', async (t) => {
  const {ingest} = await start_both(t);
  const client = connect(t, ingest.port);
  // AnyValue of an ArrayValue of an AnyValue, and so on; the last body of a record is the one that counts.
  const nested = (depth) => Array.from({length: depth}).reduce((value) => bytes_field(5, bytes_field(1, value)), varint_field(3, 1));
  for (const [depth, rejected] of [[1, 0], [60, 0], [65, 1], [300, 1], [10000, 1]]) {
    const deep = log_record(`deep${depth}`, next_time(), bytes_field(5, nested(depth)));
    const result = await call(client, kExport.logs, logs_request([deep, log_record(`beside${depth}`, next_time())]));
    assert.equal(result.name, 'OK', `${depth}: ${result.details}`);
    assert.equal(result.answer.length > 0, rejected > 0, `${depth} deep`);
  }
  assert.equal(Number(ingest.count()), 7);
  await assert_ledger_closes(ingest.url);
  await ingest.stop();
});

test('what is no message is in the ledger', async (t) => {
  const {ingest} = await start_both(t, ['--max-body', '64KiB']);
  const session = open_session(t, ingest.port);
  const garbage = [Buffer.alloc(0), Buffer.from('garbage'), Buffer.from([0, 0, 0, 0, 9, 1]), framed(Buffer.from('x'), 1)];
  for (const body of garbage) await raw_call(session, body);
  await raw_call(session, framed(Buffer.alloc(50000)), {'grpc-encoding': 'gzip'});
  await raw_call(session, framed(Buffer.from([255, 255, 255])));
  await raw_call(session, Buffer.from([0, 255, 255, 255, 255]));
  const stream = {':path': '/obs.v1.Telemetry/Stream'};
  for (const body of [Buffer.from('garbage'), Buffer.from([0, 0, 0, 0, 9, 1]), framed(Buffer.from('x'), 1), framed(Buffer.from([255]))]) {
    assert.ok((await raw_call(session, body, stream)).code > 0);
  }
  const page = (await request(`${ingest.url}/metrics`)).body.toString();
  const count = (stage, reason) => Number(page.match(new RegExp(`obs_ledger_undecodable_requests_total\\{stage="${stage}",reason="${reason}"\\} (\\d+)`))?.[1] || 0);
  assert.deepEqual([count('otlp_grpc', 'malformed'), count('otlp_grpc', 'too_large')], [garbage.length + 2, 1]);
  assert.equal(count('agent_stream', 'malformed') + count('agent_stream', 'too_large'), 4);
  await ingest.stop();
});
