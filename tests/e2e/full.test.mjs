// The disk is full: senders are told to come back, readers go on, and when there is room again all
// goes on by itself. On a small file system of the test's own, which only root may mount.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {test} from 'node:test';

import {Load} from './lib/load.mjs';
import {assert_ledger_closes, kProtobuf, post, sql, start_ingest, start_store} from './lib/obs.mjs';
import {log_record, logs_request, next_time} from './lib/otlp.mjs';
import {free_port, sleep, temporary_directory, wait_for} from './lib/process.mjs';
import {redis_address, start_redis} from './lib/redis.mjs';

const kDiskMiB = 48;
const kDrainSeconds = 60;

// A file system of kDiskMiB, unmounted with the test; null where that is not allowed.
function mount_small(t) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'obs-e2e-full-'));
  // One hook for both, for hooks run in the order in which they were made.
  t.after(() => {
    spawnSync('umount', ['-l', directory]);
    fs.rmSync(directory, {recursive: true, force: true});
  });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kDiskMiB}m`, 'tmpfs', directory]);
  if (mounted.status !== 0) {
    t.skip(`cannot mount a small file system: ${mounted.error?.message || mounted.stderr.toString().trim()}`);
    return null;
  }
  return directory;
}

// Leaves so much room, and gives a function that makes room again.
function fill(directory, free_bytes) {
  const {bavail, bsize} = fs.statfsSync(directory);
  const ballast = path.join(directory, 'ballast');
  fs.writeFileSync(ballast, Buffer.alloc(Math.max(0, Number(bavail) * Number(bsize) - free_bytes)));
  return () => fs.rmSync(ballast);
}

const one_record = (id) => logs_request([log_record(id, next_time())]);

test('obs-ingest --to dir: on a full disk refuses with 503, serves readers, and recovers', async (t) => {
  const disk = mount_small(t);
  if (disk === null) return;
  const directory = path.join(disk, 'data');
  const ingest = await start_ingest(t, `dir:${directory}`);
  const load = new Load(() => ingest.url);
  await wait_for('records', () => load.acknowledged.size > 2000);
  const make_room = fill(disk, 2 << 20);
  await wait_for('a refusal', () => load.retries > 20, 60);

  const refused = await wait_for('503', async () => {
    const answer = await post(`${ingest.url}/v1/logs`, one_record('refused'), kProtobuf);
    if (answer.status === 200) load.acknowledged.add('refused');
    return answer.status === 503 && answer;
  });
  assert.ok(Number(refused.headers['retry-after']) >= 1, `Retry-After: ${refused.headers['retry-after']}`);
  const health = await (await fetch(`${ingest.url}/health`)).text();
  assert.match(health, /No space left|full/, health);
  assert.notEqual((await fetch(`${ingest.url}/ready`)).status, 200);
  const seen = Number(sql(directory, 'SELECT count(*) AS n FROM logs')[0].n);
  assert.ok(seen >= load.acknowledged.size - 200, `${seen} rows of ${load.acknowledged.size} are read on a full disk`);

  make_room();
  await wait_for('readiness', async () => (await fetch(`${ingest.url}/ready`)).status === 200, kDrainSeconds);
  const before = load.acknowledged.size;
  await wait_for('records after it', () => load.acknowledged.size > before + 200, kDrainSeconds);
  const sent = await load.stop();
  t.diagnostic(`${sent} records, ${load.retries} retries`);
  await assert_ledger_closes(ingest.url);
  load.assert_exact(directory);
  await ingest.stop();
  load.assert_exact(directory);
});

test('obs-store leaves in Redis what a full disk has no room for, and goes on by itself', async (t) => {
  const disk = mount_small(t);
  if (disk === null) return;
  const directory = path.join(disk, 'data');
  const redis_port = await free_port();
  await start_redis(t, temporary_directory(t), redis_port);
  const address = redis_address(redis_port);
  const ingest = await start_ingest(t, address);
  const store = await start_store(t, address, `dir:${directory}`, {env: {OBS_STORE_FLUSH_AGE: '200ms'}});
  const load = new Load(() => ingest.url);
  await wait_for('records', () => load.acknowledged.size > 2000);
  const make_room = fill(disk, 2 << 20);
  await wait_for('unreadiness', async () => (await fetch(`${store.url}/ready`)).status !== 200, 60);
  await sleep(1000);  // Senders go on meanwhile.
  make_room();
  const sent = await load.stop();
  await wait_for(`${sent} records in the store`,
                 () => Number(sql(directory, 'SELECT count(*) AS n FROM logs')[0].n) >= sent, kDrainSeconds);
  assert.equal(load.retries, 0, 'senders to Redis notice nothing');
  load.assert_exact(directory);
  await assert_ledger_closes(store.url);
  await store.stop();
  load.assert_exact(directory);
});
