// obs-ingest --to redis:// → a real Redis → obs-store --from redis://.

import assert from 'node:assert/strict';
import path from 'node:path';
import {test} from 'node:test';

import {Load} from './lib/load.mjs';
import {assert_ledger_closes, buffered, kProtobuf, post, read_ledger, request, sql, start_ingest, start_store} from './lib/obs.mjs';
import {log_record, logs_request, next_time} from './lib/otlp.mjs';
import {free_port, run, sleep, temporary_directory, wait_for} from './lib/process.mjs';
import {redis_address, redis_command, start_redis} from './lib/redis.mjs';

const stored = (directory) => Number(sql(directory, 'SELECT count(*) AS n FROM logs')[0].n);

test('records go through Redis once, and both ledgers close', async (t) => {
  const top = temporary_directory(t);
  const directory = path.join(top, 'data');
  const redis = await start_redis(t, top, await free_port());
  const ingest = await start_ingest(t, redis_address(redis.port));
  const store = await start_store(t, redis_address(redis.port), `dir:${directory}`);
  const load = new Load(() => ingest.url);
  await sleep(1000);
  const sent = await load.stop();
  await wait_for(`${sent} records in the store`, () => stored(directory) === sent, 60);
  load.assert_exact(directory);
  await wait_for('the ledger of obs-store to close', async () =>
    Object.values(await read_ledger(store.url)).every((signals) => Object.values(signals).every((counts) => buffered(counts) === 0)));
  const ledger = await assert_ledger_closes(ingest.url);
  assert.ok(Object.values(ledger).some((stage) => stage.logs?.received === sent), JSON.stringify(ledger));
  await ingest.stop();
  await store.stop();
  load.assert_exact(directory);
});

test('two obs-store consumers of one group share the stream, and one takes over what a dead one held', async (t) => {
  const top = temporary_directory(t);
  const redis = await start_redis(t, top, await free_port());
  const address = redis_address(redis.port);
  const ingest = await start_ingest(t, address);
  const directories = [path.join(top, 'one'), path.join(top, 'two')];
  const stores = [await start_store(t, address, `dir:${directories[0]}`), await start_store(t, address, `dir:${directories[1]}`)];
  const load = new Load(() => ingest.url);
  await sleep(1000);
  await stores[1].kill();
  await sleep(1000);
  const sent = await load.stop();
  const total = () => directories.reduce((sum, directory) => sum + stored(directory), 0);
  await wait_for(`${sent} records in the two stores`, () => total() >= sent, 90);
  await sleep(500);
  // What the dead one had stored and not yet acknowledged to Redis may be in both: its id is then
  // in another store's catalog. Nothing is lost, and each store holds a record once.
  const ids = new Set();
  for (const directory of directories) {
    const rows = sql(directory, "SELECT attributes['id'] AS id, count(*) AS n FROM logs GROUP BY ALL");
    assert.ok(rows.every((row) => row.n === 1n));
    for (const row of rows) ids.add(row.id);
  }
  assert.deepEqual(ids, load.acknowledged);
});

test('a Redis without an append-only file is refused, and says why', async (t) => {
  const top = temporary_directory(t);
  const redis = await start_redis(t, top, await free_port(), ['--appendonly', 'no']);
  const ingest = await start_ingest(t, redis_address(redis.port), {ready: false});
  const said = await wait_for('a word about appendonly', async () => {
    if (/append/i.test(ingest.stderr)) return ingest.stderr;
    const {status, body} = await request(`${ingest.url}/ready`);
    return status === 503 && /append/i.test(body) && body.toString();
  });
  assert.match(said, /append/i);
  const answer = await post(`${ingest.url}/v1/logs`, logs_request([log_record('1', next_time())])).catch(() => ({status: 503}));
  assert.equal(answer.status, 503);
});

test('a volatile Redis is accepted when the address says so', async (t) => {
  const top = temporary_directory(t);
  const redis = await start_redis(t, top, await free_port(), ['--appendonly', 'no']);
  const ingest = await start_ingest(t, redis_address(redis.port, '&durability=memory'));
  const answer = await post(`${ingest.url}/v1/logs`, logs_request([log_record('1', next_time())]));
  assert.equal(answer.status, 200);
});

test('while Redis is gone: 503 with Retry-After, /ready names it; when it is back, all is well', async (t) => {
  const top = temporary_directory(t);
  const port = await free_port();
  let redis = await start_redis(t, top, port);
  const ingest = await start_ingest(t, redis_address(port));
  const body = logs_request([log_record('1', next_time())]);
  assert.equal((await post(`${ingest.url}/v1/logs`, body)).status, 200);

  await redis.kill();
  const refused = await wait_for('503', async () => {
    const answer = await post(`${ingest.url}/v1/logs`, body);
    return answer.status === 503 && answer;
  });
  assert.match(refused.headers['retry-after'], /^\d+$/);
  assert.equal(refused.headers['content-type'], kProtobuf['content-type']);
  const ready = await wait_for('/ready to say no', async () => {
    const answer = await request(`${ingest.url}/ready`);
    return answer.status === 503 && answer;
  });
  assert.match(ready.body.toString(), new RegExp(`redis://127\\.0\\.0\\.1:${port}`));

  redis = await start_redis(t, top, port);
  await wait_for('200 again', async () => (await post(`${ingest.url}/v1/logs`, body)).status === 200);
  await ingest.wait_for('/ready', async () => (await request(`${ingest.url}/ready`)).status === 200);
  assert.match(await redis_command(port, 'PING'), /PONG/);
});

test('a password in an address is never shown', async (t) => {
  const result = run('obs-store', ['--from', 'redis://me:hunter2@127.0.0.1:1/0?stream=obs&group=g&nonsense=1', '--to', `dir:${temporary_directory(t)}/data`], {timeout: 20});
  assert.notEqual(result.code, 0);
  assert.doesNotMatch(result.stderr + result.stdout, /hunter2/);
});
