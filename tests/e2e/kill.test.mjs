// kill -9 at random moments under load: nothing that was acknowledged is lost, nothing is doubled.
//
// OBS_KILL_ROUNDS says how often each process is killed; what is random is printed when it fails.

import assert from 'node:assert/strict';
import path from 'node:path';
import {test} from 'node:test';

import {count_rows} from './lib/duckdb.mjs';
import {Load} from './lib/load.mjs';
import {assert_ledger_closes, sql, start_ingest, start_store} from './lib/obs.mjs';
import {free_port, sleep, temporary_directory, wait_for} from './lib/process.mjs';
import {redis_address, start_redis} from './lib/redis.mjs';

const kRounds = Number(process.env.OBS_KILL_ROUNDS || 5);
const kDrainSeconds = 120;

// Between "while it starts" and "in the midst of a flush".
const some_ms = () => 10 + Math.floor(Math.random() ** 2 * 1500);

// Flushes and merges often, so that a kill meets them too.
const kRestless = {OBS_STORE_FLUSH_AGE: '100ms'};

// A connection kept open to a process that has been killed since fails once; the numbers come with another.
const await_ledger = (url) => wait_for('a ledger that closes', async () => (await assert_ledger_closes(url), true), 10);

// Stopped in good order, a store has everything in parts, where any DuckDB sees it, each record with a
// seq of its own.
async function assert_at_rest(directory, sent) {
  const counts = 'SELECT count(*) AS n, count(DISTINCT seq) AS seqs FROM logs';
  assert.equal(await count_rows(directory, `SELECT * FROM (${counts}) WHERE n = ${sent} AND seqs = n`), 1, `of ${sent}`);
}

test(`obs-ingest --to dir: is killed ${kRounds} times`, async (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  const options = {port: await free_port(), env: kRestless};
  let ingest = await start_ingest(t, `dir:${directory}`, options);
  const load = new Load(() => ingest.url);
  for (let round = 0; round < kRounds; ++round) {
    await sleep(some_ms());
    await ingest.kill();
    // Starting again may be cut short as well.
    ingest = await start_ingest(t, `dir:${directory}`, {...options, ready: round % 4 !== 3});
  }
  await ingest.wait_for('/health', async () => (await fetch(`${ingest.url}/health`)).ok);
  await sleep(300);
  const sent = await load.stop();
  t.diagnostic(`${sent} records, ${load.retries} retries`);

  load.assert_exact(directory);  // Beside the living writer,
  await await_ledger(ingest.url);
  await ingest.stop();
  load.assert_exact(directory);  // and at rest.
  await assert_at_rest(directory, sent);
});

test(`obs-ingest, Redis and obs-store are killed ${kRounds} times each`, async (t) => {
  const top = temporary_directory(t);
  const directory = path.join(top, 'data');
  const [redis_port, ingest_port, store_port] = [await free_port(), await free_port(), await free_port()];
  const address = redis_address(redis_port);
  const starters = {
    redis: () => start_redis(t, top, redis_port),
    ingest: () => start_ingest(t, address, {port: ingest_port, ready: false}),
    store: () => start_store(t, address, `dir:${directory}`, {port: store_port, ready: false, env: kRestless}),
  };
  const running = {redis: await starters.redis()};
  running.ingest = await starters.ingest();
  running.store = await starters.store();
  const load = new Load(() => `http://127.0.0.1:${ingest_port}`);

  const victims = Array.from({length: kRounds}, () => ['redis', 'ingest', 'store']).flat().sort(() => Math.random() - 0.5);
  for (const name of victims) {
    await sleep(some_ms());
    await running[name].kill();
    await sleep(Math.random() * 300);
    running[name] = await starters[name]();
    // A daemon that gives up because Redis is away for a moment is started again, as systemd would.
    for (const other of ['ingest', 'store']) if (running[other].result) running[other] = await starters[other]();
  }
  await sleep(300);
  const sent = await load.stop();
  t.diagnostic(`${sent} records, ${load.retries} retries, killed: ${victims.join(' ')}`);

  await wait_for(`${sent} records in the store`, () => Number(sql(directory, 'SELECT count(*) AS n FROM logs')[0].n) >= sent, kDrainSeconds);
  await sleep(500);  // Time for a double to show itself.
  load.assert_exact(directory);
  await await_ledger(running.ingest.url);
  await await_ledger(running.store.url);
  await running.ingest.stop();
  await running.store.stop();
  load.assert_exact(directory);
  await assert_at_rest(directory, sent);
});
