// Syslog from real senders: logger over UDP and TCP in both framings, rsyslog, and peers that misbehave.

import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import {test} from 'node:test';
import tls from 'node:tls';

import {assert_ledger_closes, query, read_ledger, request, sql, start_ingest} from './lib/obs.mjs';
import {free_port, run, start, temporary_directory, wait_for} from './lib/process.mjs';
import {make_authority} from './lib/tls.mjs';

async function start_here(t) {
  const directory = path.join(temporary_directory(t), 'data');
  const port = await free_port();
  const ingest = await start_ingest(t, `dir:${directory}`, {args: ['--grpc', 'none', '-v', '--syslog', `127.0.0.1:${port}`]});
  return {directory, ingest, url: ingest.url, port};
}

const stored = async (url) => (await read_ledger(url)).syslog?.logs?.sent || 0;
const bodies = (directory) => sql(directory, 'SELECT body FROM logs ORDER BY seq').map((row) => row.body);

function connect(port) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', reject);
  });
}

test('logger speaks every form', async (t) => {
  const {directory, url, port} = await start_here(t);
  const forms = [['--udp', '--rfc5424'], ['--udp', '--rfc3164'], ['--tcp', '--rfc5424'], ['--tcp', '--rfc3164', '--octet-count']];
  for (const form of forms) {
    const sent = run('logger', ['-n', '127.0.0.1', '-P', String(port), ...form, '-t', 'cart', '-p', 'local3.err', '-i', `hello ${form}`]);
    assert.equal(sent.code, 0, sent.stderr);
  }
  await wait_for('messages of logger', async () => (await stored(url)) === forms.length);
  const rows = sql(directory, "SELECT *, attributes['syslog.facility'] AS facility, attributes['process.pid'] AS pid FROM logs");
  for (const row of rows) {
    assert.deepEqual([row.service, row.severity, row.severity_text, row.facility], ['cart', 'error', 'err', 'local3']);
    assert.ok(Math.abs(Date.parse(row.time) - Date.now()) < 60000, row.time);
    assert.ok(Number(row.pid) > 0);
  }
  await assert_ledger_closes(url);
});

test('rsyslog forwards over UDP and TCP', async (t) => {
  const {directory, url, port} = await start_here(t);
  const work = temporary_directory(t);
  const config = path.join(work, 'rsyslog.conf');
  fs.writeFileSync(config, `
module(load="imfile" PollingInterval="1")
global(workDirectory="${work}")
input(type="imfile" File="${work}/in.log" Tag="cart:" Severity="warning" Facility="local5")
action(type="omfwd" target="127.0.0.1" port="${port}" protocol="udp" template="RSYSLOG_ForwardFormat")
action(type="omfwd" target="127.0.0.1" port="${port}" protocol="tcp" template="RSYSLOG_SyslogProtocol23Format")
action(type="omfwd" target="127.0.0.1" port="${port}" protocol="tcp" TCP_Framing="octet-counted")
`);
  fs.writeFileSync(path.join(work, 'in.log'), Array.from({length: 100}, (_, i) => `line ${i}\n`).join(''));
  const rsyslog = start(t, 'rsyslogd', ['-n', '-f', config, '-i', path.join(work, 'pid')]);
  await rsyslog.wait_for('its lines', async () => (await stored(url)) >= 300);
  const rows = sql(directory, "SELECT body, count(*) AS n, min(service) AS service, min(severity_text) AS level FROM logs WHERE body LIKE 'line %' GROUP BY body");
  assert.equal(rows.length, 100);
  for (const row of rows) assert.deepEqual([Number(row.n), row.service, row.level], [3, 'cart', 'warning']);
});

test('messages arrive whole however they are cut, and half-closed peers are heard to the end', async (t) => {
  const {directory, url, port} = await start_here(t);
  const slow = await connect(port);
  for (const byte of '<13>1 - h a - - - drop by drop\n15 <13>t: count') {
    slow.write(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  slow.end();
  const half = await connect(port);
  half.end('<13>tag: without a newline');
  const many = await connect(port);
  many.end(Array.from({length: 5000}, (_, i) => `<13>1 - h a - - - bulk ${i}\n`).join(''));
  const udp = dgram.createSocket('udp4');
  await new Promise((resolve) => udp.send('<13>tag: datagram\n', port, '127.0.0.1', resolve));
  udp.close();
  // "15 <13>t: count" is cut short by three bytes of what it claims.
  await wait_for('messages', async () => (await stored(url)) === 5003);
  const all = bodies(directory);
  for (const body of ['drop by drop', 'without a newline', 'datagram', 'bulk 0', 'bulk 4999']) assert.ok(all.includes(body), body);
  const {body} = await request(`${url}/metrics`);
  assert.match(body.toString(), /obs_ledger_undecodable_requests_total\{stage="syslog",reason="cut_short"\} 1/);
  await assert_ledger_closes(url);
});

test('a peer that never ends its message is closed, and others are not', async (t) => {
  const {url, port} = await start_here(t);
  const good = await connect(port);
  const bad = await connect(port);
  const closed = new Promise((resolve) => bad.on('close', resolve));
  bad.on('error', () => {});
  bad.write(Buffer.alloc(600 << 10, 'x'));
  await closed;
  const liar = await connect(port);
  const refused = new Promise((resolve) => liar.on('close', resolve));
  liar.on('error', () => {});
  liar.write('999999999 <13>x');
  await refused;
  good.end('<13>tag: still here\n');
  await wait_for('the message', async () => (await stored(url)) === 1);
  assert.match((await request(`${url}/metrics`)).body.toString(), /obs_net_stream_connections_closed_total 2/);
});

test('what was taken is stored when the daemon ends', async (t) => {
  const {directory, ingest, port} = await start_here(t);
  const socket = await connect(port);
  await new Promise((resolve) => socket.write(Array.from({length: 20000}, (_, i) => `<13>tag: n ${i}\n`).join(''), resolve));
  await ingest.stop();
  // What was read is what is stored; the last line of -v says how much that was.
  const [, received] = ingest.stderr.match(/syslog: logs: received (\d+) = sent \1"/) || [];
  assert.ok(Number(received) > 0, ingest.stderr);
  assert.equal(bodies(directory).length, Number(received));
  socket.destroy();
});

// Over TLS, with all that a client needs; the HTTP port of the same daemon speaks TLS too.
async function start_over_tls(t, args = []) {
  const work = temporary_directory(t);
  const authority = make_authority(work, 'ca');
  const server = authority.sign('server', 'IP:127.0.0.1,DNS:localhost');
  const directory = path.join(work, 'data');
  const port = await free_port();
  const ingest = await start_ingest(t, `dir:${directory}`, {ready: false, args: [
    '--grpc', 'none', '-v', '--port-file', path.join(work, 'port'), '--syslog-tls', `127.0.0.1:${port}`,
    '--tls-cert', server.cert_file, '--tls-key', server.key_file, ...args.map((arg) => (arg === 'CA' ? authority.file : arg))]});
  await ingest.wait_for('the port', () => fs.existsSync(path.join(work, 'port')));
  return {work, directory, ingest, port, authority, server};
}

function connect_tls(port, options) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({port, host: '127.0.0.1', ...options}, () => resolve(socket));
    socket.on('error', reject);
  });
}

const counted = (message) => `${Buffer.byteLength(message)} ${message}`;
const wait_for_bodies = (directory, count) =>
  wait_for(`${count} messages`, () => fs.existsSync(directory) && bodies(directory).length === count);

test('rsyslog forwards over TLS, counted and by lines', async (t) => {
  const {work, directory, port, authority} = await start_over_tls(t);
  const config = path.join(work, 'rsyslog.conf');
  const over_tls = `type="omfwd" target="localhost" port="${port}" protocol="tcp" StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost"`;
  fs.writeFileSync(config, `
module(load="imfile" PollingInterval="1")
global(workDirectory="${work}" DefaultNetstreamDriverCAFile="${authority.file}")
input(type="imfile" File="${work}/in.log" Tag="cart:" Severity="warning" Facility="local5")
if $programname == "cart" then {
  action(${over_tls} TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format")
  action(${over_tls})
}
`);
  fs.writeFileSync(path.join(work, 'in.log'), Array.from({length: 100}, (_, i) => `line ${i}\n`).join(''));
  const rsyslog = start(t, 'rsyslogd', ['-n', '-f', config, '-i', path.join(work, 'pid')]);
  await rsyslog.wait_for('its lines', () => bodies(directory).length === 200);
  const rows = sql(directory, 'SELECT body, count(*) AS n, min(service) AS service, min(severity_text) AS level FROM logs GROUP BY body');
  assert.equal(rows.length, 100);
  for (const row of rows) assert.deepEqual([Number(row.n), row.service, row.level], [2, 'cart', 'warning']);
});

test('openssl speaks to it, and a new certificate is taken at SIGHUP', async (t) => {
  const {directory, ingest, port, authority, server} = await start_over_tls(t);
  const say = (version) => run('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-CAfile', authority.file, '-verify_return_error', `-${version}`],
    {input: `${counted(`<13>1 - h a - - - by ${version}`)}\n`});
  for (const version of ['tls1_2', 'tls1_3']) assert.equal(say(version).code, 0);
  await wait_for_bodies(directory, 2);
  assert.notEqual(say('tls1_1').code, 0);
  const standing = await connect_tls(port, {ca: authority.pem});
  const renewed = authority.sign('renewed', 'IP:127.0.0.1');
  fs.copyFileSync(renewed.cert_file, server.cert_file);
  fs.copyFileSync(renewed.key_file, server.key_file);
  process.kill(ingest.pid, 'SIGHUP');
  await wait_for('the new certificate', async () => {
    const socket = await connect_tls(port, {ca: authority.pem});
    const {CN} = socket.getPeerCertificate().subject;
    socket.end();
    return CN === 'renewed';
  });
  standing.end(counted('<13>1 - h a - - - on the old one'));
  await wait_for_bodies(directory, 3);
  assert.deepEqual(bodies(directory).sort(), ['by tls1_2', 'by tls1_3', 'on the old one']);
});

test('who shows no good certificate, or speaks in the clear, is heard by nobody', async (t) => {
  const {work, directory, port, authority} = await start_over_tls(t, ['--tls-client-ca', 'CA']);
  const refused = async (options) => {
    // TLS 1.3 tells a client of its certificate after the handshake.
    const socket = await connect_tls(port, {ca: authority.pem, ...options}).catch(() => undefined);
    if (!socket) return;
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => {});
    socket.write(counted('<13>1 - h a - - - refused'));
    await closed;
  };
  const intruder = make_authority(work, 'stranger').sign('intruder');
  await refused({});
  await refused({maxVersion: 'TLSv1.2'});
  await refused({cert: intruder.cert, key: intruder.key});
  const clear = await connect(port);
  const closed = new Promise((resolve) => clear.on('close', resolve));
  clear.on('error', () => {});
  clear.write('<13>1 - h a - - - in the clear\n');
  clear.resume();
  await closed;
  const agent = authority.sign('agent');
  (await connect_tls(port, {ca: authority.pem, cert: agent.cert, key: agent.key})).end(counted('<13>1 - h a - - - known'));
  await wait_for_bodies(directory, 1);
  assert.deepEqual(bodies(directory), ['known']);
});

test('the name in a certificate says whose messages they are', async (t) => {
  const work = temporary_directory(t);
  const keys = path.join(work, 'keys');
  fs.writeFileSync(keys, ['shop', 'infra'].map((name) => `{"certificate":"${name}.example","project":"${name}"}\n`).join('')
    + '{"name":"meters","certificate":"meter.example","project":"meters","signals":["metrics"]}\n');
  const {directory, ingest, port, authority} = await start_over_tls(t, ['--tls-client-ca', 'CA', '--keys', keys]);
  const sign = (name) => authority.sign(name, `DNS:${name}.example`);
  const connect_as = async (who) => connect_tls(port, {ca: authority.pem, cert: who.cert, key: who.key});
  const [shop, infra, meter, other] = ['shop', 'infra', 'meter', 'other'].map(sign);
  const open = await connect_as(shop);
  open.write(counted('<13>1 - h a - - - of the shop'));
  (await connect_as(infra)).end(Array.from({length: 2500}, (_, i) => `<13>1 - h a - - - infra ${i}\n`).join(''));
  for (const refused of [meter, other]) {
    const socket = await connect_as(refused);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => {}).resume();
    socket.write(counted('<13>1 - h a - - - refused'));
    await closed;
  }
  const of = (project) => query(directory, '--project', project, 'sql', 'SELECT body FROM logs ORDER BY seq').map((row) => row.body);
  await wait_for('what was sent', () => of('infra').length === 2500 && of('shop').length === 1);
  assert.deepEqual(of('shop'), ['of the shop']);
  assert.deepEqual([of('default'), of('meters')], [[], []]);
  open.end(counted('<13>1 - h a - - - and later'));
  await wait_for('the rest', () => of('shop').length === 2);
  await ingest.stop();
});

test('syslog over TLS needs a certificate', () => {
  const result = run('obs-ingest', ['--check', '--to', 'null:', '--syslog-tls', '127.0.0.1:0']);
  assert.equal(result.code, 2);
  assert.match(result.stderr, /--syslog-tls needs --tls-cert and --tls-key/);
});
