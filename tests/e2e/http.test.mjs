// What obs-ingest answers to whom: every status, hostile bodies, and a store that fails.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import {test} from 'node:test';
import zlib from 'node:zlib';

import {assert_ledger_closes, kJson, kProtobuf, post, read_ledger, request, sql, start_ingest} from './lib/obs.mjs';
import {bytes_field, json_record, log_record, logs_json, logs_request, next_time} from './lib/otlp.mjs';
import {free_port, run, sleep, start, temporary_directory, wait_for} from './lib/process.mjs';

const kSignals = ['traces', 'metrics', 'logs'];
const some_logs = (...ids) => logs_request(ids.map((id) => log_record(id, next_time())));

async function start_here(t, options) {
  const directory = path.join(temporary_directory(t), 'data');
  const ingest = await start_ingest(t, `dir:${directory}`, options);
  return {directory, ingest, url: ingest.url};
}

// The message of a google.rpc.Status, in either encoding.
function status_message({headers, body}) {
  if (headers['content-type'].startsWith('application/json')) return JSON.parse(body).message;
  for (let at = 0; at < body.length;) {
    const tag = body[at++];
    if ((tag & 7) === 0) {
      while (body[at++] & 128);
    } else {
      const size = body[at++];
      if (tag >> 3 === 2) return body.subarray(at, at + size).toString();
      at += size;
    }
  }
  return '';
}

// Sends bytes as they are and answers what comes back until the connection closes.
function raw(port, text, milliseconds = 3000) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    let answer = '';
    socket.setTimeout(milliseconds, () => socket.destroy());
    socket.on('data', (bytes) => (answer += bytes));
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
    socket.write(text);
  });
}

// One frame with one raw block, as any writer of zstd may choose (RFC 8878); 256 bytes to 64 KiB.
function zstd_frame(content) {
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x60, 0, 0, 0, 0, 0]);
  head.writeUInt16LE(content.length - 256, 5);
  head.writeUIntLE((content.length << 3) | 1, 7, 3);
  return Buffer.concat([head, content]);
}

const first_status = (answer) => Number((answer.match(/^HTTP\/1\.1 (\d+)/) || [])[1]);

test('success is an empty message in the encoding of the request', async (t) => {
  const {url} = await start_here(t);
  for (const signal of kSignals) {
    const empty = await post(`${url}/v1/${signal}`, '');
    assert.deepEqual([empty.status, empty.body.length, empty.headers['content-type']], [200, 0, 'application/x-protobuf'], signal);
    const json = await post(`${url}/v1/${signal}`, '{}', {'content-type': 'application/json; charset=utf-8'});
    assert.deepEqual([json.status, json.body.toString()], [200, '{}'], signal);
    assert.match(json.headers['content-type'], /^application\/json/);
  }
  assert.equal((await post(`${url}/v1/logs`, some_logs('1'))).status, 200);
  assert.equal((await post(`${url}/v1/logs`, logs_json([json_record('2', next_time())]), kJson)).status, 200);
});

test('requests that are wrong as HTTP get the status that says so', async (t) => {
  const {url} = await start_here(t);
  const body = some_logs('x');
  const cases = [
    ['unknown path', () => post(`${url}/v1/nothing`, body), 404],
    ['a folder', () => request(`${url}/v1/`), 404],
    ['GET', () => request(`${url}/v1/logs`), 405],
    ['PUT', () => request(`${url}/v1/traces`, {method: 'PUT', headers: kProtobuf, body}), 405],
    ['DELETE', () => request(`${url}/v1/metrics`, {method: 'DELETE'}), 405],
    ['text/plain', () => post(`${url}/v1/logs`, body, {'content-type': 'text/plain'}), 415],
    ['no content type', () => post(`${url}/v1/logs`, body, {}), 415],
    ['unknown encoding', () => post(`${url}/v1/logs`, body, {...kProtobuf, 'content-encoding': 'lz99'}), 415],
    ['body that is not gzip', () => post(`${url}/v1/logs`, body, {...kProtobuf, 'content-encoding': 'gzip'}), 400],
    ['gzip cut short', () => post(`${url}/v1/logs`, zlib.gzipSync(body).subarray(0, -9), {...kProtobuf, 'content-encoding': 'gzip'}), 400],
  ];
  for (const [what, send, expected] of cases) assert.equal((await send()).status, expected, what);
  const not_allowed = await request(`${url}/v1/logs`);
  assert.match(not_allowed.headers.allow || '', /POST/);
});

test('a malformed request is refused whole: 400 with offset and reason, nothing of it stored', async (t) => {
  const {url, directory} = await start_here(t);
  const good = some_logs('never');
  const cases = [
    ['truncated', good.subarray(0, -3), kProtobuf],
    ['garbage', Buffer.from('this is no protobuf at all'), kProtobuf],
    ['a length that runs on', Buffer.concat([good, Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])]), kProtobuf],
    ['wrong wire type', Buffer.from([0x08, 0x01, 0x0b]), kProtobuf],
    ['JSON cut short', logs_json([json_record('never', 1)]).slice(0, -4), kJson],
    ['JSON of the wrong shape', '{"resourceLogs": 5}', kJson],
    ['an array', '[]', kJson],
    ['a control character in a string', '{"resourceLogs":[{"schemaUrl":"a\u0000b"}]}', kJson],
    ['nested for ever', `${'['.repeat(200000)}`, kJson],
    ['objects nested for ever', `{"resourceLogs":${'[{"resourceLogs":'.repeat(50000)}`, kJson],
  ];
  for (const [what, body, headers] of cases) {
    const answer = await post(`${url}/v1/logs`, body, headers);
    assert.equal(answer.status, 400, what);
    assert.equal(answer.headers['content-type'].split(';')[0], headers['content-type'], what);
    assert.match(status_message(answer), /\d/, `${what}: the message says where: ${status_message(answer)}`);
  }
  assert.equal(sql(directory, 'SELECT count(*) AS n FROM logs')[0].n, 0n);
  const metrics = (await request(`${url}/metrics`)).body.toString();
  const counted = [...metrics.matchAll(/undecodable\w*requests\w*(?:\{[^}]*\})? (\d+)/g)].reduce((sum, [, n]) => sum + Number(n), 0);
  assert.equal(counted, cases.length, `the ledger counts requests that could not be decoded\n${metrics}`);
  await assert_ledger_closes(url);
});

test('bad records are refused by partial success, with index and reason, and their neighbours stay', async (t) => {
  const {url, directory} = await start_here(t);
  const bad_id = bytes_field(9, Buffer.from([1, 2, 3]));
  const request_bytes = logs_request([log_record('a', next_time()), log_record('b', next_time(), bad_id), log_record('c', next_time())]);
  const proto = await post(`${url}/v1/logs`, request_bytes);
  assert.equal(proto.status, 200);
  assert.match(proto.body.toString('latin1'), /#1: .*trace_id/);

  const records = [json_record('d', next_time()), {...json_record('e', next_time()), traceId: 'abc'}, json_record('f', next_time()),
                   {...json_record('g', '99999999999999999999')}];
  const json = await post(`${url}/v1/logs`, logs_json(records), kJson);
  assert.equal(json.status, 200);
  const {partialSuccess} = JSON.parse(json.body);
  assert.equal(String(partialSuccess.rejectedLogRecords), '2');
  assert.match(partialSuccess.errorMessage, /#1: .*#3: /);

  const ids = sql(directory, "SELECT attributes['id'] AS id FROM logs ORDER BY id").map((row) => row.id);
  assert.deepEqual(ids, ['a', 'c', 'd', 'f']);
  const ledger = await assert_ledger_closes(url);
  assert.equal(Object.values(ledger).reduce((sum, stage) => sum + (stage.logs?.rejected || 0), 0), 3);
});

test('a body above the limit is 413, before and after inflation, and never held in memory', async (t) => {
  const {url, ingest} = await start_here(t);
  const bomb = zlib.gzipSync(Buffer.alloc(256 << 20), {level: 9});
  assert.equal((await post(`${url}/v1/logs`, bomb, {...kProtobuf, 'content-encoding': 'gzip'})).status, 413);
  const claimed = await raw(ingest.port, `POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: ${65 << 20}\r\n\r\n`);
  assert.equal(first_status(claimed), 413);
  const peak = Number(fs.readFileSync(`/proc/${ingest.pid}/status`, 'utf8').match(/VmHWM:\s+(\d+) kB/)[1]);
  assert.ok(peak < 300 << 10, `peak memory ${peak} kB`);
  assert.equal((await post(`${url}/v1/logs`, some_logs('after'))).status, 200);
});

test('gzip, deflate and zstd bodies are read, and gzip of several members', async (t) => {
  const {url, directory} = await start_here(t);
  const bodies = {gzip: zlib.gzipSync, deflate: zlib.deflateSync, 'x-gzip': zlib.gzipSync};
  const ids = Array.from({length: 8}, (_, n) => `r${n}`);
  for (const [encoding, compress] of Object.entries(bodies)) {
    assert.equal((await post(`${url}/v1/logs`, compress(some_logs(...ids)), {...kProtobuf, 'content-encoding': encoding})).status, 200, encoding);
  }
  const whole = some_logs(...ids);
  const members = Buffer.concat([zlib.gzipSync(whole.subarray(0, 10)), zlib.gzipSync(whole.subarray(10))]);
  assert.equal((await post(`${url}/v1/logs`, members, {...kProtobuf, 'content-encoding': 'gzip'})).status, 200);
  assert.equal((await post(`${url}/v1/logs`, zstd_frame(some_logs(...ids)), {...kProtobuf, 'content-encoding': 'zstd'})).status, 200);
  assert.equal(sql(directory, 'SELECT count(*) AS n FROM logs')[0].n, 40n);
});

test('HTTP/1.1 as clients speak it: keep-alive, pipelining, chunks, 100-continue, CORS', async (t) => {
  const {url, ingest} = await start_here(t);
  const body = logs_json([json_record('p', next_time())]);
  const head = 'Host: x\r\nContent-Type: application/json\r\n';

  const pipelined = await raw(ingest.port, [
    `POST /v1/logs HTTP/1.1\r\n${head}Content-Length: ${body.length}\r\n\r\n${body}`,
    `POST /v1/logs HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    `GET /health HTTP/1.1\r\n${head}Connection: close\r\n\r\n`,
  ].join(''));
  assert.deepEqual([...pipelined.matchAll(/HTTP\/1\.1 (\d+)/g)].map((m) => m[1]), ['200', '200', '200']);

  const expecting = await raw(ingest.port, `POST /v1/logs HTTP/1.1\r\n${head}Expect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`, 500);
  assert.equal(first_status(expecting), 100);
  const refused = await raw(ingest.port, `POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Type: text/css\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n`, 500);
  assert.equal(first_status(refused), 415);

  const preflight = await request(`${url}/v1/traces`, {
    method: 'OPTIONS',
    headers: {origin: 'https://shop.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,x-custom'},
  });
  assert.ok(preflight.status === 204 || preflight.status === 200);
  assert.ok(['*', 'https://shop.example'].includes(preflight.headers['access-control-allow-origin']));
  assert.match(preflight.headers['access-control-allow-methods'], /POST/);
  assert.match(preflight.headers['access-control-allow-headers'], /x-custom|\*/);
  const posted = await post(`${url}/v1/logs`, body, {...kJson, origin: 'https://shop.example'});
  assert.ok(['*', 'https://shop.example'].includes(posted.headers['access-control-allow-origin']));
});

test('what is no HTTP, or two ways of saying a length, is refused and hurts nobody else', async (t) => {
  const {url, ingest} = await start_here(t);
  const hostile = [
    'GARBAGE\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
    'POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
    'POST /v1/logs HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n',
    `GET /${'a'.repeat(1 << 20)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(100000)}\r\n`,
    'POST /v1/logs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'GET / HTTP/1.1\nHost: x\n\n',
  ];
  for (const text of hostile) {
    const answer = await raw(ingest.port, text, 1000);
    const status = first_status(answer);
    assert.ok(answer === '' || (status >= 400 && status < 500), `${JSON.stringify(text.slice(0, 60))}: ${answer.slice(0, 200)}`);
  }
  assert.equal((await post(`${url}/v1/logs`, some_logs('fine'))).status, 200);
});

test('health, readiness and metrics have their formats', async (t) => {
  const {url} = await start_here(t);
  assert.equal((await post(`${url}/v1/logs`, some_logs('1', '2', '3'))).status, 200);
  assert.equal((await request(`${url}/health`)).status, 200);
  assert.equal((await request(`${url}/ready`)).status, 200);
  const metrics = await request(`${url}/metrics`);
  assert.match(metrics.headers['content-type'], /^text\/plain/);
  for (const line of metrics.body.toString().trim().split('\n')) {
    assert.match(line, /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[^}]*\})? (-?[0-9]+(\.[0-9]+)?(e[+-][0-9]+)?|NaN|[+-]Inf))$/);
  }
  const ledger = await read_ledger(url);
  assert.ok(Object.values(ledger).some((stage) => stage.logs?.received === 3));
});

test('a store that cannot be written: 503 with Retry-After, and /ready names it', async (t) => {
  // Root may write anywhere, so the limit is on the size of files: the WAL cannot grow.
  const directory = path.join(temporary_directory(t), 'data');
  const port = await free_port();
  const ingest = start(t, 'sh', ['-c', `ulimit -f 2048; exec obs-ingest --http 127.0.0.1:${port} --to dir:${directory}`]);
  const url = `http://127.0.0.1:${port}`;
  await ingest.wait_for('/ready', async () => (await request(`${url}/ready`)).status === 200);
  const acknowledged = new Set();
  const refused = await wait_for('503', async () => {
    const ids = Array.from({length: 100}, (_, k) => `${acknowledged.size + k}`);
    const answer = await post(`${url}/v1/logs`, logs_request(ids.map((id) => log_record(id, next_time(), bytes_field(3, 'x'.repeat(2000))))));
    if (answer.status === 200) for (const id of ids) acknowledged.add(id);
    return answer.status === 503 && answer;
  });
  assert.match(refused.headers['retry-after'], /^\d+$/);
  const ready = await wait_for('/ready to say no', async () => {
    const answer = await request(`${url}/ready`);
    return answer.status === 503 && answer;
  });
  assert.ok(ready.body.includes(directory), `/ready names the store: ${ready.body}`);
  await ingest.kill();
  assert.equal(Number(sql(directory, 'SELECT count(*) AS n FROM logs')[0].n), acknowledged.size);
});

test('SIGTERM: what was accepted is answered and stored, and the exit is 0', async (t) => {
  const {url, ingest, directory} = await start_here(t);
  const sends = Array.from({length: 50}, (_, n) => post(`${url}/v1/logs`, some_logs(`s${n}`)).then((answer) => answer.status, () => 0));
  await sleep(5);
  await ingest.stop();
  const accepted = (await Promise.all(sends)).filter((status) => status === 200).length;
  const [{n}] = sql(directory, 'SELECT count(*) AS n FROM logs');
  assert.ok(Number(n) >= accepted, `${accepted} were acknowledged, ${n} are stored`);
  assert.ok(fs.existsSync(path.join(directory, 'duckdb.sql')));
});

test('an address in use, and a foreign directory, end in 4 and one line', async (t) => {
  const {ingest} = await start_here(t);
  const foreign = temporary_directory(t);
  fs.writeFileSync(path.join(foreign, 'thesis.txt'), 'mine');
  const cases = [
    ['--http', `127.0.0.1:${ingest.port}`, '--to', `dir:${temporary_directory(t)}/d`],
    ['--http', '127.0.0.1:0', '--to', `dir:${foreign}`],
  ];
  for (const args of cases) {
    const {code, stderr} = run('obs-ingest', args, {timeout: 10});
    assert.equal(code, 4, stderr);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
  }
  assert.deepEqual(fs.readdirSync(foreign), ['thesis.txt']);
});
