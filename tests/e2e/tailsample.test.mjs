// obs-ingest --pipe 'tailsample ...': killed at random moments under load, each trace is in the store
// whole or not at all, and each span of it once.
//
// The wait is longer than any time without a process: a trace is decided by all that it has.
//
// OBS_KILL_ROUNDS says how often the process is killed.

import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import path from 'node:path';
import {test} from 'node:test';

import {assert_ledger_closes, kJson, post, request, sql, start_ingest} from './lib/obs.mjs';
import {next_time} from './lib/otlp.mjs';
import {free_port, run, sleep, temporary_directory, wait_for} from './lib/process.mjs';

const kRounds = Number(process.env.OBS_KILL_ROUNDS || 5);
const kClients = 4;
const kTracesARequest = 10;
const kSpansATrace = 4;
const kError = 2;

let next_trace = 0;
const hex = (number, digits) => number.toString(16).padStart(digits, '0');
// A number, and the random half by which shares are decided.
const trace_id = (number) => hex(number + 1, 16) + createHash('md5').update(String(number)).digest('hex').slice(0, 16);

function span(trace, index, failed) {
  const time = next_time();
  return {
    traceId: trace_id(trace), spanId: hex(index + 1, 16), name: `span ${index}`, kind: 2,
    startTimeUnixNano: String(time), endTimeUnixNano: String(time + 1000n),
    status: failed ? {code: kError} : {},
  };
}

const spans_json = (spans) => JSON.stringify({
  resourceSpans: [{
    resource: {attributes: [{key: 'service.name', value: {stringValue: 'e2e'}}]},
    scopeSpans: [{spans}],
  }],
});

// Sends the same bytes until somebody says 200.
async function deliver(url, body) {
  await wait_for('a 200', async () => {
    const answer = await post(`${url}/v1/traces`, body, kJson).catch(() => ({status: 0}));
    assert.ok([0, 200, 503].includes(answer.status), `${answer.status}: ${answer.body}`);
    return answer.status === 200;
  }, 60);
}

// Traces come span by span, in requests of their own; every third one fails, with any of its spans.
async function client(url, traces, is_running) {
  while (is_running()) {
    const ids = Array.from({length: kTracesARequest}, () => next_trace++);
    for (let index = 0; index < kSpansATrace; ++index) {
      const spans = ids.map((id) => span(id, index, id % 3 === 0 && id % kSpansATrace === index));
      await deliver(url, spans_json(spans));
    }
    for (const id of ids) traces.add(id);
  }
}

test(`traces are kept or dropped whole though obs-ingest is killed ${kRounds} times`, async (t) => {
  const scratch = temporary_directory(t);
  const directory = path.join(scratch, 'data');
  const port = await free_port();
  const args = ['--state', path.join(scratch, 'state'), '--pipe', 'tailsample when status == error wait 5s else 10%'];
  const options = {port, args, env: {OBS_STORE_FLUSH_AGE: '100ms'}};
  let ingest = await start_ingest(t, `dir:${directory}`, options);
  const traces = new Set();
  let running = true;
  const clients = Array.from({length: kClients}, () => client(`http://127.0.0.1:${port}`, traces, () => running));
  for (let round = 0; round < kRounds; ++round) {
    await sleep(20 + Math.random() * 1500);
    await ingest.kill();
    ingest = await start_ingest(t, `dir:${directory}`, {...options, ready: round % 4 !== 3});
  }
  await sleep(500);
  running = false;
  await Promise.all(clients);
  await wait_for('a ledger that closes', async () => (await assert_ledger_closes(ingest.url), true), 40);
  const metrics = (await request(`${ingest.url}/metrics`)).body.toString();
  assert.match(metrics, /obs_places_tailsample_traces_decided_total\{decision="kept",reason="policy",policy="status == error"\} [1-9]/);
  await ingest.stop();

  const rows = sql(directory, 'SELECT trace_id, count(*) AS n, count(DISTINCT span_id) AS ids FROM spans GROUP BY trace_id');
  t.diagnostic(`${traces.size} traces, ${rows.length} kept`);
  const partial = rows.filter((row) => Number(row.n) !== kSpansATrace || Number(row.ids) !== kSpansATrace);
  assert.deepEqual(partial, [], 'traces that are not whole');
  const kept = new Set(rows.map((row) => Number.parseInt(row.trace_id.slice(0, 16), 16) - 1));
  const lost = [...traces].filter((id) => id % 3 === 0 && !kept.has(id));
  assert.deepEqual(lost, [], 'traces with an error that are gone');
  assert.ok([...kept].every((id) => traces.has(id)));
  const others = [...kept].filter((id) => id % 3 !== 0).length;
  const share = others / [...traces].filter((id) => id % 3 !== 0).length;
  assert.ok(share > 0.05 && share < 0.15, `${share} of the traces without an error are kept`);
  const [why] = sql(directory, "SELECT attributes['tailsampling.reason'] AS reason FROM spans WHERE status = 'error' LIMIT 1");
  assert.equal(why.reason, 'status == error');
});

test('tailsample without --state is refused', async (t) => {
  const directory = temporary_directory(t);
  const {code, stderr} = await run('obs-ingest', ['--check', '--to', `dir:${directory}`, '--pipe', 'tailsample when status == error']);
  assert.equal(code, 2);
  assert.match(stderr, /--state DIR/);
});
