// Following files: through rotation by rename and by truncation, and through kill -9: every line is stored, and none twice.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {assert_ledger_closes, read_ledger, sql, start_ingest} from './lib/obs.mjs';
import {sleep, temporary_directory, wait_for} from './lib/process.mjs';

function prepare(t) {
  const work = temporary_directory(t);
  const logs = path.join(work, 'logs');
  fs.mkdirSync(logs);
  const place = {work, logs, directory: path.join(work, 'data'), file: path.join(logs, 'app.log')};
  place.start = (glob = '*.log', args = []) => start_ingest(t, `dir:${place.directory}`, {
    args: ['--grpc', 'none', '--tail', path.join(logs, glob), '--tail-state', path.join(work, 'state'), ...args],
  });
  return place;
}

const sent = async (ingest) => (await read_ledger(ingest.url)).tail?.logs?.sent || 0;
const lines = (from, to) => Array.from({length: to - from}, (_, i) => `line ${from + i}\n`).join('');

// Lines 0 to `count` - 1 are stored, each once.
function assert_exact(directory, count) {
  const rows = sql(directory, 'SELECT body, count(*) AS n FROM logs GROUP BY body');
  const stored = new Map(rows.map((row) => [row.body, Number(row.n)]));
  const lost = Array.from({length: count}, (_, i) => `line ${i}`).filter((line) => !stored.has(line));
  const doubled = [...stored].filter(([, n]) => n !== 1).map(([line, n]) => `${line} x${n}`);
  assert.deepEqual({lost: lost.slice(0, 5), doubled: doubled.slice(0, 5), stored: stored.size}, {lost: [], doubled: [], stored: count});
}

test('a file is followed as it grows, and its lines say where they were written', async (t) => {
  const {directory, file, start} = prepare(t);
  fs.writeFileSync(file, 'line 0\n{"level":40,"msg":"line 1"}\nline');
  const ingest = await start();
  await wait_for('two lines', async () => (await sent(ingest)) === 2);
  fs.appendFileSync(file, ' 2\n' + lines(3, 5000));
  await wait_for('all lines', async () => (await sent(ingest)) === 5000);
  assert_exact(directory, 5000);
  const [row] = sql(directory, "SELECT severity, resource['log.file.path'] AS path FROM logs WHERE body = 'line 1'");
  assert.deepEqual([row.severity, row.path], ['warn', file]);
  await assert_ledger_closes(ingest.url);
});

test('a file that is renamed is read to its end, and its successor from its start', async (t) => {
  const {directory, file, start} = prepare(t);
  fs.writeFileSync(file, lines(0, 100));
  const ingest = await start();
  await wait_for('the first lines', async () => (await sent(ingest)) === 100);
  const old = fs.openSync(file, 'a');
  fs.appendFileSync(file, lines(100, 200));
  fs.renameSync(file, file + '.1');
  fs.writeFileSync(file, lines(200, 300));
  // Who has it open goes on writing for a moment.
  fs.writeSync(old, lines(300, 310));
  fs.closeSync(old);
  await wait_for('all lines', async () => (await sent(ingest)) === 310);
  assert_exact(directory, 310);
});

test('a file that is copied and cut is read from its start again, and the copy is not', async (t) => {
  const {directory, file, start} = prepare(t);
  const ingest = await start('app.log*');
  fs.writeFileSync(file, lines(0, 500));
  await wait_for('the first lines', async () => (await sent(ingest)) === 500);
  fs.copyFileSync(file, file + '.1');
  fs.truncateSync(file);
  fs.appendFileSync(file, lines(500, 520));
  await wait_for('lines after the cut', async () => (await sent(ingest)) >= 520);
  fs.truncateSync(file);
  fs.appendFileSync(file, lines(520, 1500));  // Longer than what was cut.
  await wait_for('lines after the second cut', async () => (await sent(ingest)) >= 1500);
  await sleep(1500);
  assert_exact(directory, 1500);
});

test('stack traces are one record', async (t) => {
  const {directory, file, start} = prepare(t);
  fs.writeFileSync(file, 'ERROR no\njava.lang.X: no\n\tat a.b(C.java:1)\nCaused by: e\n\t... 3 more\nnext\n');
  const ingest = await start('*.log', ['--multiline', 'auto']);
  await wait_for('the records', async () => (await sent(ingest)) === 3);
  const bodies = sql(directory, 'SELECT body FROM logs ORDER BY seq').map((row) => row.body);
  assert.deepEqual(bodies, ['ERROR no', 'java.lang.X: no\n\tat a.b(C.java:1)\nCaused by: e\n\t... 3 more', 'next']);
});

test('kill -9 and rotation lose no line and store none twice', async (t) => {
  const {directory, file, start} = prepare(t);
  const rounds = Number(process.env.OBS_KILL_ROUNDS) || 5;
  let next = 0;
  const write = (count) => {
    fs.appendFileSync(file, lines(next, next + count));
    next += count;
  };
  for (let round = 0; round < rounds; ++round) {
    // What comes and goes while nobody looks must match under its new name too.
    const ingest = await start('app.log*');
    for (let i = 0; i < 10; ++i) {
      write(700);
      await sleep(10 + 13 * round);
      if (i === 5) fs.renameSync(file, `${file}.${round}`);
    }
    await ingest.kill();
    write(300);  // While nobody looks: to a file that is there, or to its successor.
    if (round % 2) fs.renameSync(file, `${file}.down${round}`);
  }
  const last = await start('app.log*');
  await wait_for('all lines', async () => Number(sql(directory, 'SELECT count(DISTINCT body) AS n FROM logs')[0].n) === next, 30);
  await sleep(300);
  assert_exact(directory, next);
  await last.stop();
});

test('a restart reads on where it stood', async (t) => {
  const {directory, file, start} = prepare(t);
  fs.writeFileSync(file, lines(0, 1000));
  const first = await start();
  await wait_for('the first lines', async () => (await sent(first)) === 1000);
  await first.stop();
  fs.appendFileSync(file, lines(1000, 1010));
  const second = await start();
  await wait_for('the rest', async () => (await sent(second)) === 10);
  assert_exact(directory, 1010);
  await second.stop();
});
