// Several event loops on one port, and what happens when senders send more than fits.

import assert from 'node:assert/strict';
import http from 'node:http';
import {test} from 'node:test';

import {assert_ledger_closes, kJson, read_ledger, request, sql, start_ingest} from './lib/obs.mjs';
import {free_port, temporary_directory} from './lib/process.mjs';

const body_of = (records, text) => JSON.stringify({
  resourceLogs: [{scopeLogs: [{logRecords: Array.from({length: records}, () => ({body: {stringValue: text}}))}]}],
});

// One request on a connection of its own; the status, or 0 when the connection broke.
function post(port, body) {
  return new Promise((resolve) => {
    const outgoing = http.request({host: '127.0.0.1', port, path: '/v1/logs', method: 'POST', headers: kJson, agent: false}, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
      answer.on('error', () => resolve(0));
    });
    outgoing.on('error', () => resolve(0));
    outgoing.end(body);
  });
}

test('connections are dealt out to all workers, and a stop answers what is under way', async (t) => {
  const directory = temporary_directory(t);
  const grpc = await free_port();
  const ingest = await start_ingest(t, `dir:${directory}`, {args: ['--workers', '3', '--grpc', `127.0.0.1:${grpc}`]});
  const body = body_of(10, 'hello');
  const statuses = [];
  for (let round = 0; round < 10; ++round) {
    const ports = Array.from({length: 20}, (_, i) => (i % 2 ? ingest.port : grpc));
    statuses.push(...await Promise.all(ports.map((port) => post(port, body))));
  }
  assert.deepEqual([...new Set(statuses)], [200]);
  await assert_ledger_closes(ingest.url);
  const under_way = Promise.all(Array.from({length: 40}, () => post(ingest.port, body)));
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal((await ingest.kill('SIGTERM')).code, 0);
  const last = await under_way;
  const taken = statuses.length + last.filter((status) => status === 200).length;
  assert.equal(sql(directory, 'SELECT count(*) AS n FROM logs')[0].n, BigInt(taken * 10));
});

test('beyond --memory senders are refused and told when to come again, and memory stays flat', async (t) => {
  const directory = temporary_directory(t);
  const ingest = await start_ingest(t, `dir:${directory}`, {args: ['--memory', '64MiB']});
  // A third of it is for requests: of 30 at once, 7 MiB each, most have to wait.
  const body = body_of(7, 'x'.repeat(1 << 20));
  const counts = {};
  for (let round = 0; round < 4; ++round) {
    for (const status of await Promise.all(Array.from({length: 30}, () => post(ingest.port, body))))
      counts[status] = (counts[status] || 0) + 1;
  }
  assert.ok(counts[200] > 0, JSON.stringify(counts));
  assert.ok(counts[503] > 0, JSON.stringify(counts));
  const {sent} = (await read_ledger(ingest.url)).otlp_http.logs;
  assert.equal(sent, counts[200] * 7);
  assert.equal(sql(directory, 'SELECT count(*) AS n FROM logs')[0].n, BigInt(sent));
  const metrics = (await request(`${ingest.url}/metrics`)).body.toString();
  assert.match(metrics, /^obs_net_inflight_bytes 0\.0$/m);
  await assert_ledger_closes(ingest.url);
});
