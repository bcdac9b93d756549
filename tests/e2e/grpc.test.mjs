// OTLP over gRPC, with clients of three makes: @grpc/grpc-js, Python's grpcio (the C core) and buf (Go).
// What was answered OK is counted back out of the store.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import http2 from 'node:http2';
import path from 'node:path';
import {test} from 'node:test';

import {batch, call, connect, framed, h2_request, kExport, one_log, start_store_ingest} from './lib/grpc.mjs';
import {assert_ledger_closes, kProtobuf, post, request, sql, start_ingest} from './lib/obs.mjs';
import {log_record, logs_request, next_time} from './lib/otlp.mjs';
import {free_port, root, run, temporary_directory} from './lib/process.mjs';

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
