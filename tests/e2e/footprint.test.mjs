// How small and how quick obs-ingest is before its first flush. The marks (10 MB, 20 ms) are
// reported; what is asserted leaves room for a busy machine.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import {test} from 'node:test';

import {post, start_ingest} from './lib/obs.mjs';
import {log_record, logs_request, next_time} from './lib/otlp.mjs';
import {free_port, run, start, temporary_directory} from './lib/process.mjs';

const kMostIdleKiB = 10 << 10;
const kMostUsedKiB = 12 << 10;
const kMostMs = 200;

const read_kib = (pid, key) => Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`${key}:\\s+(\\d+) kB`))[1]);

// Connects, again and again without a pause, until somebody listens.
function until_listening(port, give_up) {
  return new Promise((resolve, reject) => {
    const attempt = () => {
      const socket = net.connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve();
      });
      socket.on('error', () => (Date.now() > give_up ? reject(new Error('never listened')) : setImmediate(attempt)));
    };
    attempt();
  });
}

test('obs-ingest is under 10 MB before its first flush', async (t) => {
  const ingest = await start_ingest(t, `dir:${path.join(temporary_directory(t), 'data')}`);
  const idle = read_kib(ingest.pid, 'VmRSS');
  for (let n = 0; n < 20; ++n) {
    const records = Array.from({length: 100}, (_, k) => log_record(`${n}-${k}`, next_time()));
    assert.equal((await post(`${ingest.url}/v1/logs`, logs_request(records))).status, 200);
  }
  const used = read_kib(ingest.pid, 'VmRSS');
  t.diagnostic(`resident: idle ${idle} KiB, after 2,000 records ${used} KiB`);
  assert.ok(idle < kMostIdleKiB, `idle: ${idle} KiB`);
  assert.ok(used < kMostUsedKiB, `after 2,000 records: ${used} KiB`);
});

test('obs-ingest listens within 20 ms of its start', async (t) => {
  const times = [];
  for (let n = 0; n < 7; ++n) {
    const port = await free_port();
    const since = process.hrtime.bigint();
    const ingest = start(t, 'obs-ingest', ['--http', `127.0.0.1:${port}`, '--to', `dir:${path.join(temporary_directory(t), 'data')}`]);
    await until_listening(port, Date.now() + 10000);
    times.push(Number(process.hrtime.bigint() - since) / 1e6);
    await ingest.stop();
  }
  times.sort((a, b) => a - b);
  t.diagnostic(`start to listening, ms: median ${times[3].toFixed(1)}, most ${times[6].toFixed(1)}`);
  assert.ok(times[3] < kMostMs, `median ${times[3]} ms`);
});

test('every command starts, and says its version and its help', () => {
  for (const command of ['obs', 'obs-ingest', 'obs-query', 'obs-sim', 'obs-store']) {
    const version = run(command, ['--version']);
    assert.deepEqual([version.code, version.stderr], [0, '']);
    assert.match(version.stdout, new RegExp(`^${command} \\d+\\.\\d+\\.\\d+\n$`));
    const help = run(command, ['--help']);
    assert.deepEqual([help.code, help.stderr], [0, '']);
    assert.ok(help.stdout.split('\n').every((line) => line.length <= 120), `${command} --help fits a window`);
  }
});
