// The suite's commands as the tests use them.

import assert from 'node:assert/strict';
import http from 'node:http';

import {parse_lines} from './json.mjs';
import {free_port, run, start} from './process.mjs';

const agent = new http.Agent({keepAlive: true, maxSockets: 64});

// One HTTP request; answers {status, headers, body} or throws what the socket says.
export function request(url, {method = 'GET', headers = {}, body, timeout = 30000} = {}) {
  return new Promise((resolve, reject) => {
    const outgoing = http.request(url, {method, headers, agent, timeout}, (answer) => {
      const pieces = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('error', reject);
      answer.on('end', () => resolve({status: answer.statusCode, headers: answer.headers, body: Buffer.concat(pieces)}));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${timeout} ms`)));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

export const kProtobuf = {'content-type': 'application/x-protobuf'};
export const kJson = {'content-type': 'application/json'};

export function post(url, body, headers = kProtobuf) {
  return request(url, {method: 'POST', headers: {...headers, 'content-length': Buffer.byteLength(body)}, body});
}

// Start a daemon on a port of its own and wait until it is ready.
export async function start_ingest(t, to, options = {}) {
  return start_daemon(t, 'obs-ingest', [to].flat().flatMap((address) => ['--to', address]), options);
}

export async function start_store(t, from, to, options = {}) {
  return start_daemon(t, 'obs-store', ['--from', from, '--to', to], options);
}

async function start_daemon(t, command, args, options) {
  const port = options.port || await free_port();
  const program = start(t, command, ['--http', `127.0.0.1:${port}`, ...args, ...(options.args || [])], options);
  program.port = port;
  program.url = `http://127.0.0.1:${port}`;
  if (options.ready !== false) {
    await program.wait_for('/ready', async () => (await request(`${program.url}/ready`)).status === 200);
  }
  return program;
}

// obs-query over a store, as parsed records. Fails unless it exits 0.
export function query(directory, ...args) {
  const result = run('obs-query', [...args, '-o', 'ndjson'], {env: {OBS_DIR: directory}});
  assert.equal(result.code, 0, `obs-query ${args.join(' ')}: ${result.stderr}`);
  return parse_lines(result.stdout);
}

export const sql = (directory, statement) => query(directory, 'sql', statement);

// {stage: {signal: {outcome: n}}} of a daemon's /metrics.
export async function read_ledger(url) {
  const {body} = await request(`${url}/metrics`);
  const ledger = {};
  for (const [, labels, value] of body.toString().matchAll(/^obs_ledger_records_total\{([^}]*)\} (\d+)$/gm)) {
    const {stage, signal, outcome} = Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map((m) => [m[1], m[2]]));
    ((ledger[stage] ||= {})[signal] ||= {})[outcome] = Number(value);
  }
  return ledger;
}

const kSettled = ['sent', 'filtered', 'sampled', 'deduplicated', 'folded', 'rejected', 'failed'];

// What a stage took in and has not settled yet; 0 once it is idle.
export function buffered(counts) {
  const settled = kSettled.reduce((sum, outcome) => sum + (counts[outcome] || 0), 0);
  return (counts.received || 0) + (counts.created || 0) - settled;
}

// Every stage's ledger closes for every signal.
export async function assert_ledger_closes(url) {
  const ledger = await read_ledger(url);
  assert.ok(Object.keys(ledger).length > 0, `${url}/metrics shows a ledger`);
  for (const [stage, signals] of Object.entries(ledger)) {
    for (const [signal, counts] of Object.entries(signals)) {
      assert.equal(buffered(counts), 0, `the ledger of ${stage} closes for ${signal}: ${JSON.stringify(counts)}`);
    }
  }
  return ledger;
}
