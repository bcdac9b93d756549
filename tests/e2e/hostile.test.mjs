// Hostile clients against every door of HTTP: nobody crashes it, holds it up, fills its memory, or is told the wrong
// thing about trying again.

import assert from 'node:assert/strict';
import net from 'node:net';
import {test} from 'node:test';
import zlib from 'node:zlib';

import {make_bombs, peak_bytes, snappy_bomb} from './lib/bombs.mjs';
import {post, request, sql, start_ingest} from './lib/obs.mjs';
import {bytes_field, log_record, logs_request, next_time, varint} from './lib/otlp.mjs';
import {free_port, temporary_directory, wait_for} from './lib/process.mjs';

const kBody = ['--max-body', '4MiB'];
const kBombBytes = 64 << 20;

const now = () => `${Date.now()}000000`;
const arrays = (depth) => `${'['.repeat(depth)}1${']'.repeat(depth)}`;
const any_values = (depth) => `${'{"arrayValue":{"values":['.repeat(depth)}{"intValue":"1"}${']}}'.repeat(depth)}`;
const otlp_log = (body) => `{"timeUnixNano":"${now()}","body":${body}}`;
const zipkin_span = (id, tags) => `{"traceId":"1","id":"${id}","timestamp":${Date.now()}000,"duration":5,"tags":${tags}}`;
const faro_log = (context) => `{"timestamp":"${new Date().toISOString()}","message":"m","context":${context}}`;
const beacon = (attributes) => `{"type":"custom","time":${Date.now()},"name":"n","attributes":${attributes}}`;
const sentry_item = (extra) => `{"type":"event"}\n{"message":"m","extra":${extra}}\n`;

// `body` has a record that holds something deep beside one that holds nothing unusual; `fine` says that it was taken.
const kDoors = [
  {name: 'OTLP', path: '/v1/logs', type: 'application/json', fine: 200, deep: any_values,
   body: (deep) => `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${otlp_log(deep)},${otlp_log('{"stringValue":"beside"}')}]}]}]}`},
  {name: 'ndjson', path: '/ndjson', type: 'application/x-ndjson', fine: 200, deep: arrays, body: (deep) => `{"body":${deep}}\n{"body":"beside"}\n`},
  {name: 'Loki', path: '/loki/api/v1/push', type: 'application/json', fine: 204, deep: arrays,
   body: (deep) => `{"streams":[{"stream":{"app":"a"},"values":[["${now()}","m",{"a":${deep}}],["${now()}","beside"]]}]}`},
  {name: 'Elasticsearch', path: '/_bulk', type: 'application/x-ndjson', fine: 200, deep: arrays,
   body: (deep) => `{"index":{}}\n{"message":"m","a":${deep}}\n{"index":{}}\n{"message":"beside"}\n`},
  {name: 'Zipkin', path: '/api/v2/spans', type: 'application/json', fine: 202, deep: arrays,
   body: (deep) => `[${zipkin_span(2, `{"a":${deep}}`)},${zipkin_span(3, '{}')}]`},
  {name: 'Sentry', path: '/api/1/envelope/', type: 'text/plain', fine: 200, deep: arrays,
   body: (deep) => `{}\n${sentry_item(`{"a":${deep}}`)}${sentry_item('{}')}`},
  {name: 'Faro', path: '/collect', type: 'application/json', fine: 202, deep: arrays,
   body: (deep) => `{"meta":{"app":{"name":"a"}},"logs":[${faro_log(`{"a":${deep}}`)},${faro_log('{}')}]}`},
  {name: 'RUM', path: '/rum/v1', type: 'text/plain', fine: 204, deep: arrays,
   body: (deep) => `{"app":{"name":"a"},"session":{"id":"s"},"events":[${beacon(`{"a":${deep}}`)},${beacon('{}')}]}`},
];

const kJournal = {name: 'journal', path: '/upload', type: 'application/vnd.fdo.journal'};
const kStore = {name: "Sentry's store", path: '/api/1/store/', type: 'application/json'};

const send = (url, door, body, headers = {}) => post(`${url}${door.path}`, body, {'content-type': door.type, ...headers});

// Sends bytes as they are and answers what comes back until the connection closes.
function raw(port, text, {half_close = false, seconds = 15} = {}) {
  return new Promise((resolve) => {
    const socket = net.connect({port, host: '127.0.0.1', allowHalfOpen: true});
    let answer = '';
    socket.setTimeout(seconds * 1000, () => socket.destroy(new Error('nobody closes it')));
    socket.on('data', (bytes) => (answer += bytes.toString('latin1')));
    socket.on('end', () => socket.end());
    socket.on('error', (error) => (answer += error.code ? '' : error.message));
    socket.on('close', () => resolve(answer));
    socket.write(text);
    if (half_close) socket.end();
  });
}

test('values nested for ever cost their record at most, at every door', async (t) => {
  const directory = `${temporary_directory(t)}/data`;
  const {url} = await start_ingest(t, `dir:${directory}`);
  for (const door of kDoors) {
    for (const depth of [1, 60, 64, 65, 300]) {
      const answer = await send(url, door, door.body(door.deep(depth)));
      assert.equal(answer.status, door.fine, `${door.name}, ${depth} deep: ${answer.body}`);
    }
    const answer = await send(url, door, door.body(door.deep(100000)));
    assert.ok([door.fine, 400, 413].includes(answer.status), `${door.name}: ${answer.status} ${answer.body}`);
  }
  // Two in each of five requests; the logs less what OTLP and bulks refuse for being deeper than 64.
  const stored = (table) => Number(sql(directory, `SELECT count(*) AS n FROM ${table}`)[0].n);
  assert.equal(stored('spans'), 10);
  assert.ok(stored('logs') >= 5 * 12, `${stored('logs')} logs`);
});

test('bombs are 413 at every door, and never held in memory', async (t) => {
  const ingest = await start_ingest(t, 'null:', {args: kBody});
  const bombs = make_bombs(kBombBytes);
  for (const door of [...kDoors, kJournal, kStore]) {
    for (const [coding, bomb] of Object.entries(bombs)) {
      assert.equal((await send(ingest.url, door, bomb, {'content-encoding': coding})).status, 413, `${door.name}, ${coding}`);
    }
  }
  const lie = Buffer.concat([varint(0xffffffffn), Buffer.from([0, 0x20])]);
  for (const path of ['/api/v1/write', '/loki/api/v1/push']) {
    const door = {path, type: 'application/x-protobuf'};
    assert.equal((await send(ingest.url, door, snappy_bomb(kBombBytes), {'content-encoding': 'snappy'})).status, 413, path);
    assert.ok([400, 413].includes((await send(ingest.url, door, lie, {'content-encoding': 'snappy'})).status), path);
  }
  assert.ok(peak_bytes(ingest) < 64 << 20, `${peak_bytes(ingest)} bytes`);
});

test('what can never succeed has a status that nobody tries again', async (t) => {
  const {url} = await start_ingest(t, 'null:');
  const hopeless = {
    garbage: '\x00{"', 'cut short': '{"a":[{"b":"c', 'another shape': '5', 'no gzip': ['hello', {'content-encoding': 'gzip'}],
    'unknown coding': ['{}', {'content-encoding': 'lz99'}], 'all brackets': '['.repeat(200000),
  };
  for (const door of [...kDoors, kJournal, kStore]) {
    for (const [what, sent] of Object.entries(hopeless)) {
      const [body, headers] = [sent].flat();
      const answer = await send(url, door, body, headers);
      // Whatever is no JSON is a line of plain text to /ndjson.
      const expected = door.name === 'ndjson' && !headers ? [200] : [400, 413, 415];
      assert.ok(expected.includes(answer.status), `${door.name}, ${what}: ${answer.status}`);
      assert.equal(answer.headers['retry-after'], undefined, `${door.name}, ${what}`);
    }
  }
});

test('what a later try may bring has a status that says so, and when', async (t) => {
  const closed = await free_port();
  // Nobody is ready where the place is not.
  const {url} = await start_ingest(t, `redis://127.0.0.1:${closed}/0`, {ready: false});
  await wait_for('the port', () => request(`${url}/health`));
  for (const door of [...kDoors, {...kStore, body: () => '{"message":"m"}'}, {...kJournal, body: () => '__REALTIME_TIMESTAMP=1\nMESSAGE=m\n\n'}]) {
    const answer = await send(url, door, door.body('{"intValue":"1"}'));
    assert.equal(answer.status, 503, `${door.name}: ${answer.body}`);
    assert.match(answer.headers['retry-after'], /^\d+$/, door.name);
  }
});

test('what would never find room in --memory is too large, and not to come again', async (t) => {
  const {url} = await start_ingest(t, 'null:', {args: ['--memory', '64MiB', '--max-body', '1GiB']});
  for (const bytes of [9 << 20, 30 << 20]) {
    const plain = await post(`${url}/ndjson`, Buffer.alloc(bytes, 'x'));
    const gzip = await post(`${url}/ndjson`, zlib.gzipSync(Buffer.alloc(bytes, 'x')), {'content-encoding': 'gzip'});
    for (const {status, headers} of [plain, gzip]) assert.deepEqual([status, headers['retry-after']], [413, undefined], `${bytes}`);
  }
  assert.equal((await post(`${url}/ndjson`, Buffer.alloc(7 << 20, 'x'))).status, 200);
});

test('one length, said in one way: else nothing behind it is a request', async (t) => {
  const {port, url} = await start_ingest(t, 'null:');
  const smuggled = 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n';
  const cases = [
    'Content-Length: 3\r\nTransfer-Encoding: chunked', 'Transfer-Encoding: chunked\r\nContent-Length: 3', 'Content-Length: 3\r\nContent-Length: 4',
    'Content-Length: 3, 4', 'Content-Length: +3', 'Content-Length: 0x3', 'Content-Length: 3 3', 'Content-Length:', 'Content-Length: -3',
    'Content-Length : 3', 'Content-Length: 18446744073709551619', 'Transfer-Encoding: chunked, identity', 'Transfer-Encoding: xchunked',
    'Transfer-Encoding: gzip', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', 'Transfer-Encoding:\x0bchunked',
    'X: a\r\n folded\r\nContent-Length: 3', 'X\0: a\r\nContent-Length: 3',
  ];
  for (const head of cases) {
    const answer = await raw(port, `POST /v1/logs HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${head}\r\n\r\n{} ${smuggled}`, {half_close: true});
    const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]);
    assert.ok(statuses.length <= 1 && statuses.every((status) => /^(4..|501)$/.test(status)), `${head}: ${answer}`);
  }
  const chunks = ['fffffffffffffffff\r\n', '-1\r\n', '3;' + 'x'.repeat(1 << 20), '3\r\n{} 0\r\n\r\n', '0\r\n' + 'X: y\r\n'.repeat(10000), ' 3\r\n{} \r\n0\r\n\r\n'];
  for (const chunk of chunks) {
    const answer = await raw(port, `POST /v1/logs HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`, {half_close: true});
    assert.ok(answer === '' || /^HTTP\/1\.1 4/.test(answer), `${JSON.stringify(chunk.slice(0, 40))}: ${answer}`);
  }
  assert.equal((await request(`${url}/health`)).status, 200);
});

test('who closes half is answered, and who closes half of a body is not waited for', async (t) => {
  const {port} = await start_ingest(t, 'null:');
  const head = 'POST /v1/logs HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
  assert.match(await raw(port, `${head}Content-Length: 2\r\n\r\n{}`, {half_close: true}), /^HTTP\/1\.1 200 /);
  const began = Date.now();
  for (const rest of ['Content-Length: 20\r\n\r\n{}', 'Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n', 'Content-Le', '']) {
    assert.doesNotMatch(await raw(port, head + rest, {half_close: true}), /HTTP\/1\.1 2|nobody/, rest);
  }
  assert.ok(Date.now() - began < 3000);
});

test('those who send a header a second go after ten, and hold up nobody', async (t) => {
  const directory = `${temporary_directory(t)}/data`;
  const ingest = await start_ingest(t, `dir:${directory}`);
  const slow = Array.from({length: 500}, (_, n) => {
    const socket = net.connect(ingest.port, '127.0.0.1', () => socket.write(n % 2 ? 'POST /v1/logs HTTP/1.1\r\n' : 'P'));
    const said = {answer: ''};
    socket.on('data', (bytes) => (said.answer += bytes));
    socket.on('error', () => {});
    said.closed = new Promise((resolve) => socket.on('close', resolve));
    said.timer = setInterval(() => socket.writable && socket.write(n % 2 ? 'X: y\r\n' : 'O'), 1000);
    return said;
  });
  t.after(() => slow.forEach(({timer}) => clearInterval(timer)));
  const began = Date.now();
  for (let n = 0; n < 100; ++n) {
    const body = logs_request([log_record(String(n), next_time(), bytes_field(3, 'INFO'))]);
    assert.equal((await post(`${ingest.url}/v1/logs`, body)).status, 200);
  }
  await Promise.all(slow.map(({closed}) => closed));
  const seconds = (Date.now() - began) / 1000;
  assert.ok(seconds < 20, `${seconds} s`);
  for (const {answer} of slow) assert.match(answer, /^$|^HTTP\/1\.1 (400|408) /);
  assert.equal(Number(sql(directory, 'SELECT count(*) AS n FROM logs')[0].n), 100);
});
