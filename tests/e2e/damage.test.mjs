// Damage on disk, met by the real binaries: named with path and offset, left out, and the rest is
// served. A store of a newer format: refused, untouched.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {post, start_ingest} from './lib/obs.mjs';
import {log_record, logs_request, next_time} from './lib/otlp.mjs';
import {run, temporary_directory, wait_for} from './lib/process.mjs';

const kRecords = 500;

// A store of two parts, with no writer; the files of both.
async function make_store(t) {
  const directory = path.join(temporary_directory(t), 'data');
  for (const name of ['first', 'second']) {
    const ingest = await start_ingest(t, `dir:${directory}`);
    const records = Array.from({length: kRecords}, (_, k) => log_record(`${name}-${k}`, next_time()));
    assert.equal((await post(`${ingest.url}/v1/logs`, logs_request(records))).status, 200);
    await ingest.stop();
  }
  const parts = fs.readdirSync(path.join(directory, 'logs'), {recursive: true})
      .filter((name) => name.endsWith('.parquet')).map((name) => path.join('logs', name));
  assert.equal(parts.length, 2);
  return {directory, parts};
}

const count = (directory) => run('obs-query', ['sql', 'SELECT count(*) AS n FROM logs', '-o', 'ndjson'], {env: {OBS_DIR: directory}});

test('a truncated part is named, left out, and the exit is 3; a writer sets it aside', async (t) => {
  const {directory, parts} = await make_store(t);
  fs.truncateSync(path.join(directory, parts[0]), 700);
  const answer = count(directory);
  assert.equal(answer.code, 3, answer.stderr);
  assert.ok(answer.stderr.includes(parts[0]) && answer.stderr.includes('offset 700'), answer.stderr);
  assert.equal(JSON.parse(answer.stdout).n, kRecords);

  const ingest = await start_ingest(t, `dir:${directory}`);
  await wait_for('health to tell', async () => (await (await fetch(`${ingest.url}/health`)).text()).includes(parts[0]));
  assert.equal((await fetch(`${ingest.url}/ready`)).status, 200, 'it goes on');
  assert.ok(fs.existsSync(path.join(directory, 'damaged', parts[0])));
  const beside = count(directory);
  assert.equal(beside.code, 3);
  assert.equal(JSON.parse(beside.stdout).n, kRecords);
  await ingest.stop();
});

test('a flipped byte is found by the writer, whatever DuckDB makes of it', async (t) => {
  const {directory, parts} = await make_store(t);
  const file = path.join(directory, parts[1]);
  const bytes = fs.readFileSync(file);
  bytes[bytes.length >> 1] ^= 0x20;
  fs.writeFileSync(file, bytes);
  const ingest = await start_ingest(t, `dir:${directory}`);
  await wait_for('health to tell', async () => (await (await fetch(`${ingest.url}/health`)).text()).includes(parts[1]));
  const answer = count(directory);
  assert.equal(answer.code, 3, answer.stderr);
  assert.match(answer.stderr, /at offset \d+/);
  assert.equal(JSON.parse(answer.stdout).n, kRecords);
  await ingest.stop();
});

test('a store of a newer format is refused with exit 4, untouched', async (t) => {
  const {directory} = await make_store(t);
  const catalog = path.join(directory, 'catalog.sqlite');
  const bytes = fs.readFileSync(catalog);
  bytes.writeUInt32BE(999, 60);  // PRAGMA user_version.
  fs.writeFileSync(catalog, bytes);
  const files = () => fs.readdirSync(directory, {recursive: true}).sort();
  const before = files();
  for (const [command, ...args] of [['obs-query', 'sql', 'SELECT 1'], ['obs-store', '--from', '-'], ['obs-ingest', '--http', '127.0.0.1:0']]) {
    const refused = run(command, args, {env: {OBS_DIR: directory}, timeout: 20});
    assert.equal(refused.code, 4, `${command}: ${refused.stderr}`);
    assert.match(refused.stderr, /format 999/);
  }
  assert.deepEqual(fs.readFileSync(catalog), bytes);
  assert.deepEqual(files(), before);
});
