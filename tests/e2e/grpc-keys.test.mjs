// Who may call: keys in metadata, TLS, and certificates of clients, over gRPC.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import {test} from 'node:test';
import tls from 'node:tls';

import grpc from '@grpc/grpc-js';

import {batch, call, connect, kExport, one_log, open_stream, telemetry_client} from './lib/grpc.mjs';
import {query, read_ledger, start_ingest} from './lib/obs.mjs';
import {temporary_directory, wait_for} from './lib/process.mjs';
import {make_authority} from './lib/tls.mjs';

const hash_of = (key) => `sha256:${crypto.createHash('sha256').update(key).digest('hex')}`;
const key_file = (path, lines) => fs.writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
const count = (directory, project, what = 'logs') => query(`${directory}/data`, '--project', project, what).length;

test('a key in metadata says whose records they are, what may come, and how much', async (t) => {
  const directory = temporary_directory(t);
  key_file(`${directory}/keys`, [
    {name: 'shop', project: 'shop', hash: hash_of('k-shop')},
    {name: 'infra', project: 'infra', hash: hash_of('k-infra'), signals: ['spans', 'metrics']},
    {name: 'slow', project: 'slow', hash: hash_of('k-slow'), requests_per_second: 0.1},
  ]);
  const ingest = await start_ingest(t, `dir:${directory}/data`, {args: ['--keys', `${directory}/keys`]});
  const client = connect(t, ingest.port, {'grpc.enable_retries': 0});
  const rows = [
    [{'x-api-key': 'k-shop'}, 'OK'],
    [{authorization: 'Bearer k-shop'}, 'OK'],
    [{authorization: `Basic ${Buffer.from('user:k-shop').toString('base64')}`}, 'OK'],
    [{'x-api-key': 'k-shop', 'x-project': 'other', project: 'other'}, 'OK'],
    [{'x-api-key': 'nonsense'}, 'UNAUTHENTICATED'],
    [{authorization: 'Bearer nonsense'}, 'UNAUTHENTICATED'],
    [{}, 'UNAUTHENTICATED'],
    [{'x-api-key': 'k-infra'}, 'PERMISSION_DENIED'],
    [{'x-api-key': 'k-slow'}, 'OK'],
    [{'x-api-key': 'k-slow'}, 'RESOURCE_EXHAUSTED', true],
  ];
  for (const [n, [metadata, name, retry]] of rows.entries()) {
    const result = await call(client, kExport.logs, one_log(`${n}`), {metadata});
    assert.equal(result.name, name, `${JSON.stringify(metadata)}: ${result.details}`);
    if (name !== 'OK') assert.equal(result.has_retry_info, retry || false, name);
  }
  assert.deepEqual(['shop', 'infra', 'slow', 'default', 'other'].map((project) => count(directory, project)), [4, 0, 1, 0, 0]);
  const {otlp_grpc} = await read_ledger(ingest.url);
  assert.equal(otlp_grpc.logs.sent, 5);
  await ingest.stop();
});

test('an agent stream has the project of the key it begins with', async (t) => {
  const directory = temporary_directory(t);
  key_file(`${directory}/keys`, [{name: 'pumps', project: 'pumps', hash: hash_of('k')}]);
  const ingest = await start_ingest(t, `dir:${directory}/data`, {args: ['--keys', `${directory}/keys`]});
  const say = (key) => {
    const metadata = new grpc.Metadata();
    if (key) metadata.set('x-api-key', key);
    const open = open_stream(telemetry_client(t, ingest.port), metadata);
    for (let n = 1; n <= 10; ++n) open.stream.write(batch(n, n === 1));
    open.stream.end();
    return open.ended;
  };
  assert.equal((await say('k')).name, 'OK');
  assert.equal((await say('other')).name, 'UNAUTHENTICATED');
  assert.equal((await say()).name, 'UNAUTHENTICATED');
  const [{n}] = query(`${directory}/data`, '--project', 'pumps', 'sql', 'SELECT count(*) AS n FROM metrics');
  assert.equal(Number(n), 40);
  await ingest.stop();
});

// A receiver that speaks TLS, on the port of gRPC and on that of HTTP.
async function start_tls(t, directory, authority, args = []) {
  const server = authority.sign('server', 'IP:127.0.0.1');
  const ingest = await start_ingest(t, `dir:${directory}/data`, {
    ready: false, args: ['--tls-cert', server.cert_file, '--tls-key', server.key_file, '--grpc', '127.0.0.1:0',
      '--grpc-port-file', `${directory}/grpc`, '--port-file', `${directory}/port`, ...args],
  });
  await wait_for('the port', () => fs.existsSync(`${directory}/port`));
  const grpc_port = Number(fs.readFileSync(`${directory}/grpc`, 'utf8'));
  return {ingest, ports: [ingest.port, grpc_port]};
}

function secure(t, port, {pem}, who) {
  const credentials = grpc.credentials.createSsl(Buffer.from(pem), who?.key ?? null, who?.cert ?? null);
  const client = new grpc.Client(`127.0.0.1:${port}`, credentials, {'grpc.enable_retries': 0});
  t.after(() => client.close());
  return client;
}

// What ALPN settles on.
const negotiate = (port, options) => new Promise((resolve, reject) => {
  const socket = tls.connect({port, host: '127.0.0.1', ...options}, () => {
    resolve(socket.alpnProtocol);
    socket.destroy();
  });
  socket.on('error', reject);
});

test('calls go over TLS on both ports, and in the clear they do not', async (t) => {
  const directory = temporary_directory(t);
  const authority = make_authority(directory, 'ca');
  const {ingest, ports} = await start_tls(t, directory, authority);
  for (const port of ports) {
    assert.equal(await negotiate(port, {ca: authority.pem, ALPNProtocols: ['h2']}), 'h2');
    assert.equal(await negotiate(port, {ca: authority.pem, ALPNProtocols: ['h2', 'http/1.1']}), 'h2');
    const client = secure(t, port, authority);
    const results = await Promise.all(Array.from({length: 100}, (_, n) => call(client, kExport.logs, one_log(`${port}-${n}`))));
    for (const result of results) assert.equal(result.name, 'OK', result.details);
    const plain = await call(connect(t, port, {'grpc.enable_retries': 0}), kExport.logs, one_log('plain'), {deadline: Date.now() + 1000});
    assert.ok(['UNAVAILABLE', 'DEADLINE_EXCEEDED'].includes(plain.name), plain.name);
    const stranger = await call(secure(t, port, make_authority(directory, `other${port}`)), kExport.logs, one_log('stranger'), {deadline: Date.now() + 1000});
    assert.ok(['UNAVAILABLE', 'DEADLINE_EXCEEDED'].includes(stranger.name), stranger.name);
  }
  assert.equal(count(directory, 'default'), 200);
  await ingest.stop();
});

test('the name in a certificate is a key of a call too', async (t) => {
  const directory = temporary_directory(t);
  const authority = make_authority(directory, 'ca');
  key_file(`${directory}/keys`, [
    {name: 'agents', project: 'agents', certificate: 'agent.shop'}, {name: 'keyed', project: 'keyed', hash: hash_of('k')},
  ]);
  const {ingest, ports} = await start_tls(t, directory, authority, ['--tls-client-ca', authority.file, '--keys', `${directory}/keys`]);
  const agent = authority.sign('agent', 'DNS:agent.shop');
  const other = authority.sign('other', 'DNS:other.shop');
  const forged = make_authority(directory, 'forger').sign('forged', 'DNS:agent.shop');
  for (const port of ports) {
    const ask = async (who, options) => (await call(secure(t, port, authority, who), kExport.logs, one_log(`${port}`), {deadline: Date.now() + 3000, ...options})).name;
    assert.equal(await ask(agent), 'OK');
    assert.equal(await ask(other), 'UNAUTHENTICATED');
    assert.equal(await ask(other, {metadata: {'x-api-key': 'k'}}), 'OK');
    assert.ok(['UNAVAILABLE', 'DEADLINE_EXCEEDED'].includes(await ask(forged)));
    assert.ok(['UNAVAILABLE', 'DEADLINE_EXCEEDED'].includes(await ask(undefined)));
  }
  assert.deepEqual([count(directory, 'agents'), count(directory, 'keyed'), count(directory, 'default')], [2, 2, 0]);
  await ingest.stop();
});
