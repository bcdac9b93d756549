// TLS: by HTTP/1.1 and HTTP/2, with certificates that change, and clients that must show theirs.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import {test} from 'node:test';
import tls from 'node:tls';

import {kJson, query, sql, start_ingest} from './lib/obs.mjs';
import {temporary_directory, wait_for} from './lib/process.mjs';
import {make_authority} from './lib/tls.mjs';

const logs_of = (body) => JSON.stringify({resourceLogs: [{scopeLogs: [{logRecords: [{body: {stringValue: body}}]}]}]});

// A daemon that speaks TLS is ready when it says so.
async function start(t, directory, server, args = [], to = `dir:${directory}/data`) {
  const ingest = await start_ingest(t, to, {
    ready: false, args: ['--tls-cert', server.cert_file, '--tls-key', server.key_file, '--port-file', `${directory}/port`, ...args],
  });
  await wait_for('the port', () => fs.existsSync(`${directory}/port`));
  return ingest;
}

function post(port, options, body = logs_of('over TLS')) {
  return new Promise((resolve, reject) => {
    const outgoing = https.request({host: '127.0.0.1', port, path: '/v1/logs', method: 'POST', headers: kJson, agent: false, ...options}, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function post_http2(port, options) {
  return new Promise((resolve, reject) => {
    const client = http2.connect(`https://127.0.0.1:${port}`, options);
    client.on('error', reject);
    const stream = client.request({':method': 'POST', ':path': '/v1/logs', ...kJson});
    stream.on('response', (headers) => {
      resolve(headers[':status']);
      stream.resume();
      stream.on('close', () => client.close());
    });
    stream.on('error', reject);
    stream.end(logs_of('over TLS'));
  });
}

// What comes back to who speaks in the clear.
function say_in_the_clear(port) {
  return new Promise((resolve) => {
    let said = '';
    const socket = net.connect(port, '127.0.0.1', () => socket.write('POST /v1/logs HTTP/1.1\r\nHost: a\r\n\r\n'));
    socket.on('data', (bytes) => (said += bytes.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => resolve(said));
  });
}

test('exports over TLS arrive by HTTP/1.1 and HTTP/2, and nothing in the clear does', async (t) => {
  const directory = temporary_directory(t);
  const authority = make_authority(directory, 'ca');
  const ingest = await start(t, directory, authority.sign('server', 'IP:127.0.0.1'));
  const trust = {ca: authority.pem};
  assert.equal(await post(ingest.port, trust), 200);
  assert.equal(await post(ingest.port, {...trust, maxVersion: 'TLSv1.2'}), 200);
  assert.equal(await post_http2(ingest.port, trust), 200);
  await assert.rejects(post(ingest.port, {...trust, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0'}));
  assert.ok(!(await say_in_the_clear(ingest.port)).includes('HTTP'));
  // Many records of TLS, in both directions of back-pressure.
  assert.equal(await post(ingest.port, trust, logs_of('x'.repeat(20 << 20))), 200);
  assert.equal(sql(`${directory}/data`, 'SELECT count(*) AS n FROM logs')[0].n, 4n);
});

test('a new certificate is taken at SIGHUP, and a broken one is not', async (t) => {
  const directory = temporary_directory(t);
  const authority = make_authority(directory, 'ca');
  const first = authority.sign('server', 'IP:127.0.0.1');
  const ingest = await start(t, directory, first, [], 'null:');
  const seen = () => new Promise((resolve, reject) => {
    const socket = tls.connect({host: '127.0.0.1', port: ingest.port, ca: authority.pem}, () => {
      resolve(socket.getPeerCertificate().subject.CN);
      socket.end();
    });
    socket.on('error', reject);
  });
  assert.equal(await seen(), 'server');
  const second = authority.sign('renewed', 'IP:127.0.0.1');
  fs.copyFileSync(second.cert_file, first.cert_file);
  fs.copyFileSync(second.key_file, first.key_file);
  process.kill(ingest.pid, 'SIGHUP');
  await wait_for('the new certificate', async () => (await seen()) === 'renewed');
  fs.writeFileSync(first.cert_file, 'nonsense');
  process.kill(ingest.pid, 'SIGHUP');
  await wait_for('word of it', () => ingest.stderr.includes('the certificate stays as it was'));
  assert.equal(await seen(), 'renewed');
});

test('clients must show a certificate where an authority for them is named, and its name is a key', async (t) => {
  const directory = temporary_directory(t);
  const authority = make_authority(directory, 'ca');
  const stranger = make_authority(directory, 'stranger').sign('intruder', 'DNS:agent.shop');
  const agent = authority.sign('agent', 'DNS:agent.shop');
  const plain = authority.sign('plain.shop');
  const other = authority.sign('other', 'DNS:other.shop');
  fs.writeFileSync(`${directory}/keys`, '{"certificate":"agent.shop","project":"shop"}\n{"certificate":"plain.shop","project":"plain"}\n');
  const ingest = await start(t, directory, authority.sign('server', 'IP:127.0.0.1'),
    ['--tls-client-ca', authority.file, '--keys', `${directory}/keys`]);
  const as = (who) => ({ca: authority.pem, cert: who.cert, key: who.key});
  assert.equal(await post(ingest.port, as(agent)), 200);
  assert.equal(await post_http2(ingest.port, as(plain)), 200);
  assert.equal(await post(ingest.port, as(other)), 401);
  await assert.rejects(post(ingest.port, as(stranger)));
  await assert.rejects(post(ingest.port, {ca: authority.pem}));
  assert.equal(query(`${directory}/data`, '--project', 'shop', 'logs').length, 1);
  assert.equal(query(`${directory}/data`, '--project', 'plain', 'logs').length, 1);
});
