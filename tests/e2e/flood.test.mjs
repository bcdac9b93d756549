// A flood of wide logs, sent as fast as they are answered: what obs-ingest needs stays below what
// --memory says, whatever is too much is refused and nothing that was acknowledged is lost.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import {test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {post, sql, start_ingest} from './lib/obs.mjs';
import {bytes_field, log_record, logs_request, next_time} from './lib/otlp.mjs';
import {temporary_directory} from './lib/process.mjs';

const kMemory = 256 * 1024 * 1024;
const kSenders = 6;
const kRequests = 60;  // Of each sender.
const kRecords = 500;  // Of each request, 3 KB and 40 attributes each.

const anonymous_bytes = (pid) => 1024 * Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(/RssAnon:\s+(\d+) kB/)[1]);

const attribute = (key, text) => bytes_field(6, Buffer.concat([bytes_field(1, key), bytes_field(2, bytes_field(1, text))]));

// Made once: to make them anew would take longer than to store them.
const kWide = Array.from({length: kRecords}, (_, n) => Buffer.concat(Array.from({length: 40}, (_, key) =>
  attribute(`team.field_${key * (1 + (n % 7))}`, `value ${(n * 2654435761 + key * 40503) % 1e9} of a field that is long`))));

const wide_request = (sender, number) =>
  logs_request(kWide.map((more, n) => log_record(`${sender}-${number}-${n}`, next_time(), more)), `flood-${sender}`);

test('a flood of wide logs stays within --memory and loses nothing', {timeout: 240000}, async (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  const ingest = await start_ingest(t, `dir:${directory}`, {args: ['--memory', '256MiB']});
  let most = 0;
  let refused = 0;
  const watch = setInterval(() => (most = Math.max(most, anonymous_bytes(ingest.pid))), 20).unref();
  const send = async (sender) => {
    for (let number = 0; number < kRequests; ++number) {
      const body = wide_request(sender, number);
      for (;;) {
        const {status} = await post(`${ingest.url}/v1/logs`, body).catch(() => ({status: 503}));
        if (status === 200) break;
        assert.equal(status, 503);
        ++refused;
        await sleep(50);
      }
    }
  };
  await Promise.all(Array.from({length: kSenders}, (_, sender) => send(sender)));
  clearInterval(watch);
  t.diagnostic(`at most ${(most / 1e6).toFixed(0)} MB; ${refused} refused`);
  assert.ok(most < kMemory, `${most} bytes`);
  const all = kSenders * kRequests * kRecords;
  const [counted] = sql(directory, "SELECT count(*) AS n, count(DISTINCT attributes['id']) AS d FROM logs");
  assert.deepEqual({n: Number(counted.n), d: Number(counted.d)}, {n: all, d: all});
});

const logs_of = (record, bytes) => `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${Array(Math.floor(bytes / (record.length + 1))).fill(record)}]}]}]}`;
const kLine = JSON.stringify({timeUnixNano: '1763806600000000000', body: {stringValue: 'a line as there are many '.repeat(8)}});
const kBombMemory = 320 * 1024 * 1024;
const most_resident = (pid) => 1024 * Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmHWM:\s+(\d+) kB/)[1]);

for (const [what, record, expected] of [
  ['become many lines', kLine, 200],
  ['become nothing but tokens', '{}', 413],
]) {
  test(`bodies that ${what} stay within --memory, and one after the other gets its answer`, {timeout: 240000}, async (t) => {
    const ingest = await start_ingest(t, 'null:', {args: ['--memory', '320MiB']});
    const body = zlib.gzipSync(logs_of(record, 28e6), {level: 1});
    const headers = {'content-type': 'application/json', 'content-encoding': 'gzip'};
    let refused = 0;
    const send = async () => {
      for (;;) {
        const {status, headers: answered} = await post(`${ingest.url}/v1/logs`, body, headers);
        if (status !== 503) return status;
        assert.ok(Number(answered['retry-after']) > 0);
        ++refused;
        await sleep(100);
      }
    };
    const statuses = await Promise.all(Array.from({length: 24}, send));
    t.diagnostic(`at most ${(most_resident(ingest.pid) / 1e6).toFixed(0)} MB; ${refused} refused`);
    assert.deepEqual(new Set(statuses), new Set([expected]));
    assert.ok(most_resident(ingest.pid) < 1.15 * kBombMemory, `${most_resident(ingest.pid)} bytes`);
  });
}
