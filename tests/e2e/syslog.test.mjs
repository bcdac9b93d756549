// Syslog from real senders: logger over UDP and TCP in both framings, rsyslog, and peers that misbehave.

import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import {test} from 'node:test';

import {assert_ledger_closes, read_ledger, request, sql, start_ingest} from './lib/obs.mjs';
import {free_port, run, start, temporary_directory, wait_for} from './lib/process.mjs';

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
