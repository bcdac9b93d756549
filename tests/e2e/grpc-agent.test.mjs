// The agent stream: batches of metrics every few milliseconds, acknowledged once they are stored.

import assert from 'node:assert/strict';
import path from 'node:path';
import {test} from 'node:test';

import {batch, kStart, open_stream, start_store_ingest, telemetry_client} from './lib/grpc.mjs';
import {assert_ledger_closes, read_ledger, sql, start_ingest} from './lib/obs.mjs';
import {free_port, sleep, temporary_directory} from './lib/process.mjs';

test('an agent stream of 20 ms batches is acknowledged in order and stored as OTLP means it', async (t) => {
  const ingest = await start_store_ingest(t);
  const open = open_stream(telemetry_client(t, ingest.port));
  for (let n = 1; n <= 100; ++n) {
    open.stream.write(batch(n, n === 1));
    await sleep(n % 10 ? 2 : 20);
  }
  await ingest.wait_for('the last acknowledgement', () => open.acknowledged === 100);
  assert.equal(Number(ingest.count('metrics')), 400, 'acknowledged is stored, and seen');
  open.stream.end();
  assert.equal((await open.ended).name, 'OK');
  const sequences = open.acknowledgements.map((answer) => Number(answer.acknowledged));
  assert.deepEqual(sequences, [...sequences].sort((a, b) => a - b));
  const points = sql(ingest.directory, `SELECT name, type, unit, temporality, is_monotonic, value, count, sum, min, max, bounds, counts, attributes, resource, service,
    CAST(start_time AS VARCHAR) AS started FROM metrics WHERE epoch_ns(time) = ${kStart + 2000000000n} ORDER BY name, attributes`);
  const by_name = (name) => points.filter((point) => point.name === name);
  assert.deepEqual(by_name('pressure').map((point) => [point.type, Number(point.value), point.started]), [['gauge', 100.5, null], ['gauge', -100, null]]);
  const [strokes] = by_name('strokes');
  assert.deepEqual([strokes.type, strokes.temporality, strokes.is_monotonic, Number(strokes.value)], ['sum', 'cumulative', true, 1000]);
  const [delay] = by_name('delay');
  assert.deepEqual([delay.type, delay.temporality, delay.unit, Number(delay.count), delay.sum, delay.min, delay.max], ['histogram', 'delta', 's', 3, 1.5, 0.1, 1]);
  assert.deepEqual(delay.bounds.map(Number), [0.5, 1]);
  assert.deepEqual(delay.counts.map(Number), [1, 1, 1]);
  const text = JSON.stringify(points, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
  assert.ok(points.every((point) => point.service === 'pump'), text);
  assert.ok(text.includes('pump-7') && text.includes('north'), text);
  const ledger = await assert_ledger_closes(ingest.url);
  assert.equal(ledger.agent_stream.metrics.sent, 400);
  await ingest.stop();
});

test('an agent whose receiver is killed sends again what was not acknowledged; nothing is lost or doubled', async (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  const port = await free_port();
  const unacknowledged = new Map();
  let sequence = 0;
  for (let round = 0; round < 3; ++round) {
    const ingest = await start_ingest(t, `dir:${directory}`, {port});
    const open = open_stream(telemetry_client(t, port));
    const before = [...unacknowledged.keys()];
    before.forEach((n, k) => open.stream.write(batch(n, k === 0)));
    for (let n = 0; n < 50; ++n) {
      ++sequence;
      unacknowledged.set(sequence, true);
      open.stream.write(batch(sequence, before.length === 0 && n === 0));
    }
    const last = round === 2;
    await ingest.wait_for('acknowledgements', () => open.acknowledged >= (last ? sequence : before.length + 10));
    for (const n of [...unacknowledged.keys()]) if (n <= open.acknowledged) unacknowledged.delete(n);
    if (last) {
      open.stream.end();
      await open.ended;
      await ingest.stop();
    } else {
      await ingest.kill();
    }
  }
  const [{n, times}] = sql(directory, `SELECT count(*) AS n, count(DISTINCT time) AS times FROM metrics WHERE name = 'strokes'`);
  assert.deepEqual([Number(n), Number(times)], [150, 150]);
});

test('an agent stream ends by the code that says what to do, after acknowledging what came before', async (t) => {
  const ingest = await start_store_ingest(t);
  const bad_time = {sequence: 2, metrics: [{name: 'g', gauges: [{time_unix_nano: '18446744073709551615', as_int: 1}]}]};
  const rows = [
    ['a sequence of none', [{...batch(1, true), sequence: 0}], 'INVALID_ARGUMENT', 0],
    ['a sequence that does not grow', [batch(1, true), batch(1, false)], 'INVALID_ARGUMENT', 1],
    ['a sign of life', [batch(1, true), {sequence: 5}], 'OK', 5],
    ['a sample of no time we know', [batch(1, true), bad_time], 'OK', 2],
    ['a batch too long', [batch(1, true), {sequence: 2, service: 'x'.repeat(600 * 1024)}], 'RESOURCE_EXHAUSTED', 1],
    ['nothing at all', [], 'OK', 0],
  ];
  for (const [name, batches, status, acknowledged] of rows) {
    const open = open_stream(telemetry_client(t, ingest.port));
    for (const one of batches) open.stream.write(one);
    open.stream.end();
    const ended = await open.ended;
    assert.equal(ended.name, status, `${name}: ${ended.details}`);
    if (status === 'OK') assert.equal(open.acknowledged, acknowledged, name);
  }
  const ledger = await read_ledger(ingest.url);
  assert.equal(ledger.agent_stream.metrics.rejected, 1);
  await ingest.stop();
});

test('SIGTERM ends agent streams with UNAVAILABLE, all that was taken acknowledged', async (t) => {
  const ingest = await start_store_ingest(t);
  const open = open_stream(telemetry_client(t, ingest.port));
  for (let n = 1; n <= 20; ++n) open.stream.write(batch(n, n === 1));
  await ingest.wait_for('an acknowledgement', () => open.acknowledged > 0);
  await ingest.stop();
  assert.equal((await open.ended).name, 'UNAVAILABLE');
  assert.equal(Number(ingest.count('metrics')), open.acknowledged * 4);
});
