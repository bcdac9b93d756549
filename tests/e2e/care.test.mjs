// Care of a store, by the commands, beside a writer under load and alone: nothing acknowledged is lost
// by it, and what was deleted is gone.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {count_rows} from './lib/duckdb.mjs';
import {parse_lines} from './lib/json.mjs';
import {Load} from './lib/load.mjs';
import {assert_ledger_closes, kJson, post, sql, start_ingest, start_store} from './lib/obs.mjs';
import {json_record, logs_json, next_time} from './lib/otlp.mjs';
import {root, run, sleep, start, temporary_directory, wait_for} from './lib/process.mjs';

// Small parts, so that there is something to do.
const kRestless = {OBS_STORE_FLUSH_AGE: '100ms'};

// A sub-command of obs-store that succeeds: its one row, or all of them.
function care(...args) {
  const {code, stdout, stderr} = run('obs-store', args);
  assert.equal(code, 0, `obs-store ${args.join(' ')}: ${stderr}`);
  return parse_lines(stdout).map((row) => Object.fromEntries(Object.entries(row).map(([k, v]) => [k, typeof v === 'bigint' ? Number(v) : v])));
}

const count = (directory, where = 'true') => Number(sql(directory, `SELECT count(*) AS n FROM logs WHERE ${where}`)[0].n);

async function send(url, ids, service) {
  const answer = await post(`${url}/v1/logs`, logs_json(ids.map((id) => json_record(id, next_time())), service), kJson);
  assert.equal(answer.status, 200);
}

function fill(directory, seconds = 5) {
  const made = run('sh', ['-c', `obs-sim --seed 3 --rate 20 --flat --duration ${seconds}s --fast | obs-store --from - --to dir:${directory}`]);
  assert.equal(made.code, 0, made.stderr);
}

const kViews = ['logs', 'spans', 'metrics'];
const dump = (directory, signal) => {
  const {code, stdout, stderr} = run('obs-query', [signal, '--since', '1677-09-22T00:00:00Z', '--limit', '0', '-o', 'ndjson'], {env: {OBS_DIR: directory}});
  assert.equal(code, 0, stderr);
  return stdout.replace(/,"seq":\d+/g, '').split('\n').sort().join('\n');
};

test('compact, delete, backup and verify beside a writer under load', async (t) => {
  const top = temporary_directory(t);
  const directory = path.join(top, 'data');
  const ingest = await start_ingest(t, `dir:${directory}`, {env: kRestless});
  const victims = Array.from({length: 50}, (_, n) => `victim-${n}`);
  await send(ingest.url, victims, 'forget-me');
  const load = new Load(() => ingest.url);
  for (let round = 0; round < 3; ++round) {
    await sleep(300);
    care('compact', `dir:${directory}`);
    care('verify', directory);
    care('backup', `dir:${directory}`, path.join(top, 'copy'));
  }
  const [removed] = care('delete', `dir:${directory}`, '--where', "attributes['id'] LIKE 'victim-%'");
  assert.deepEqual([removed.rows_removed, removed.rows_left], [50, 0]);
  assert.equal(count(directory, "service = 'forget-me'"), 0);
  care('backup', directory, path.join(top, 'copy'));
  const sent = await load.stop();
  t.diagnostic(`${sent} records`);
  load.assert_exact(directory);
  await assert_ledger_closes(ingest.url);
  assert.equal(count(path.join(top, 'copy'), "service = 'forget-me'"), 0);
  assert.equal(await count_rows(directory, "SELECT 1 FROM logs WHERE service = 'forget-me'"), 0);
  await ingest.stop();
  load.assert_exact(directory);
  care('verify', directory);
});

test('a second writer is refused by name and pid, and commands go through the first', async (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  const ingest = await start_ingest(t, `dir:${directory}`);
  const second = run('obs-store', ['--from', '-', '--to', `dir:${directory}`], {input: '{"msg":"x"}\n'});
  assert.equal(second.code, 4);
  assert.match(second.stderr, new RegExp(`in use by pid ${ingest.pid} \\(obs-ingest\\)`));
  assert.equal(fs.statSync(path.join(directory, 'writer.sock')).mode & 0o777, 0o600);
  const lines = run('obs-store', ['import', directory, '-'], {input: '{"level":"info","msg":"through the socket"}\n'});
  assert.equal(lines.code, 0, lines.stderr);
  assert.equal(count(directory, "body = 'through the socket'"), 1);
  await ingest.stop();
  assert.ok(!fs.existsSync(path.join(directory, 'writer.sock')));
});

test('a delete whose command is killed leaves the writer well', async (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  const ingest = await start_ingest(t, `dir:${directory}`, {env: kRestless});
  for (let n = 0; n < 10; ++n) {
    await send(ingest.url, [`a-${n}`, `b-${n}`], 's');
    await sleep(110);
  }
  const remove = start(t, 'obs-store', ['delete', directory, '--where', "attributes['id'] LIKE 'a-%'"]);
  await sleep(150);
  await remove.kill();
  await wait_for('the writer to be free', () => run('obs-store', ['delete', directory, '--where', "attributes['id'] LIKE 'a-%'"]).code === 0);
  assert.equal(count(directory), 10);
  await ingest.stop();
  care('verify', directory);
});

const kRounds = Number(process.env.OBS_KILL_ROUNDS || 5);

test(`a writer killed ${kRounds} times in the midst of care loses nothing and keeps nothing`, async (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  let kept = 0;
  for (let round = 0; round < kRounds; ++round) {
    const ingest = await start_ingest(t, `dir:${directory}`, {env: kRestless});
    for (let n = 0; n < 4; ++n) {
      await send(ingest.url, Array.from({length: 200}, (_, k) => `${k % 2 ? 'keep' : 'drop'}-${round}-${n}-${k}`), 's');
      await sleep(110);
    }
    kept += 400;
    const commands = [['delete', directory, '--where', "attributes['id'] LIKE 'drop-%'"], ['compact', directory]];
    const begun = commands.map((args) => start(t, 'obs-store', args));
    await sleep(40 + Math.random() * 160);
    await ingest.kill();
    await Promise.all(begun.map((program) => program.exited));
    assert.equal(count(directory, "attributes['id'] LIKE 'keep-%'"), kept, `round ${round}`);
  }
  // Without a writer the command is one, and finishes what the others began.
  const [removed] = care('delete', directory, '--where', "attributes['id'] LIKE 'drop-%'");
  assert.equal(removed.rows_left, 0);
  assert.equal(count(directory), kept);
  assert.equal(Number(sql(directory, 'SELECT count(DISTINCT seq) AS n FROM logs')[0].n), kept);
  assert.equal(await count_rows(directory, `SELECT 1 FROM (SELECT count(*) AS n FROM logs) WHERE n = ${kept}`), 1);
  care('verify', directory);
});

test('expressions that do not parse or match everything are refused', (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  fill(directory);
  const before = count(directory);
  for (const [args, code] of [
    [['delete', directory, '--where', 'severity ='], 2], [['delete', directory, '--where', "read_text('/etc/passwd') = ''"], 2],
    [['delete', directory, '--where', 'no_such_column = 1'], 2], [['delete', directory], 2], [['delete', directory, '--where', 'true'], 2],
    [['delete', directory, '--signal', 'logs', '--where', 'duration_ns > 0'], 2], [['retain', directory], 2],
    [['retain', directory, '--max-age', '1d', '--where', 'true'], 2], [['retain', directory, '--max-age', 'soon'], 2],
    [['delete', `${directory}-not`, '--where', 'true', '--yes'], 4], [['verify', `${directory}-not`], 4], [['stats', '/'], 4],
    [['restore', directory, `${directory}-new`], 4],
  ]) {
    const result = run('obs-store', args);
    assert.equal(result.code, code, `${args.join(' ')}: ${result.stdout}${result.stderr}`);
  }
  assert.equal(count(directory), before);
  care('delete', directory, '--yes', '--signal', 'logs');
  assert.equal(count(directory), 0);
  assert.ok(Number(sql(directory, 'SELECT count(*) AS n FROM spans')[0].n) > 0);
});

test('a backup killed at any moment leaves one that restores', async (t) => {
  const top = temporary_directory(t);
  const [directory, copy] = [path.join(top, 'data'), path.join(top, 'copy')];
  const ingest = await start_ingest(t, `dir:${directory}`, {env: kRestless});
  await send(ingest.url, ['first'], 's');
  care('backup', directory, copy);
  let backed_up = 1;
  for (let round = 1; round <= 12; ++round) {
    await send(ingest.url, [`round-${round}`], 's');
    const backup = start(t, 'obs-store', ['backup', directory, copy]);
    await sleep(Math.random() * 120);
    await backup.kill();
    const again = path.join(top, `again-${round}`);
    const [restored] = care('restore', copy, again);
    assert.ok(restored.logs >= backed_up && restored.logs <= round + 1, `${restored.logs} of ${round + 1}`);
    assert.equal(count(again), restored.logs);
    backed_up = restored.logs;
  }
  const [last] = care('backup', directory, copy);
  assert.equal(last.logs, 13);
});

test('restore refuses a directory with something in it, and a damaged backup', (t) => {
  const top = temporary_directory(t);
  const [directory, copy] = [path.join(top, 'data'), path.join(top, 'copy')];
  fill(directory);
  const [saved] = care('backup', directory, copy);
  const [restored] = care('restore', copy, path.join(top, 'again'));
  assert.deepEqual([restored.logs, restored.spans, restored.metrics], [saved.logs, saved.spans, saved.metrics]);
  for (const signal of kViews) assert.equal(dump(path.join(top, 'again'), signal), dump(directory, signal));
  assert.notEqual(run('obs-store', ['restore', copy, directory]).code, 0);
  const part = run('find', [copy, '-name', '*.parquet']).stdout.split('\n')[0];
  const bytes = fs.readFileSync(part);
  bytes[bytes.length >> 1] ^= 1;
  fs.rmSync(part);  // The link, not the store's file.
  fs.writeFileSync(part, bytes);
  const refused = run('obs-store', ['restore', copy, path.join(top, 'never')]);
  assert.equal(refused.code, 3);
  assert.ok(refused.stderr.includes(path.basename(part)), refused.stderr);
  care('verify', directory);
});

test('verify names what is wrong, and exits 3', (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  fill(directory);
  care('verify', directory);
  const part = run('find', [path.join(directory, 'logs'), '-name', '*.parquet']).stdout.split('\n')[0];
  const bytes = fs.readFileSync(part);
  bytes[bytes.length >> 1] ^= 1;
  fs.writeFileSync(part, bytes);
  const bad = run('obs-store', ['verify', directory]);
  assert.equal(bad.code, 3, bad.stderr);
  assert.ok(parse_lines(bad.stdout).every((row) => row.path === path.relative(directory, part)), bad.stdout);
  fs.rmSync(part);
  const gone = run('obs-store', ['verify', directory]);
  assert.equal(gone.code, 3, gone.stderr);
});

for (const format of ['ndjson', 'otlp', 'otlp-protobuf']) {
  test(`${format}: export → import gives the same records`, (t) => {
    const top = temporary_directory(t);
    const [directory, again] = [path.join(top, 'data'), path.join(top, 'again')];
    fill(directory);
    // One file a signal, as a collector writes them.
    for (const signal of kViews) {
      care('export', directory, '--format', format, '--signal', signal, '--to', path.join(top, signal));
      care('import', again, path.join(top, signal));
      assert.equal(dump(again, signal), dump(directory, signal));
      const twice = path.join(top, `${signal}-twice`);
      care('export', again, '--format', format, '--signal', signal, '--to', twice);
      const [first, second] = [path.join(top, signal), twice].map((name) => fs.readFileSync(name, 'latin1').replace(/,"seq":\d+/g, ''));
      assert.ok(first === second, `${twice} is not what was imported`);
    }
  });
}

test('parquet: export → import gives the same records', (t) => {
  const top = temporary_directory(t);
  const [directory, again] = [path.join(top, 'data'), path.join(top, 'again')];
  fill(directory);
  for (const signal of kViews) {
    const file = path.join(top, `${signal}.data`);
    care('export', directory, '--format', 'parquet', '--signal', signal, '--to', file);
    care('import', again, file);
    assert.equal(dump(again, signal), dump(directory, signal));
  }
});

test('the standing policy removes what is too old, and counts it', async (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  fill(directory);
  const before = count(directory);
  const old = `{"signal":"log","time":"2020-01-01T00:00:00Z","body":"old"}\n`;
  assert.equal(run('obs-store', ['--from', '-', '--to', `dir:${directory}`], {input: old}).code, 0);
  assert.equal(count(directory), before + 1);
  const store = await start_store(t, 'redis://127.0.0.1:1/0', `dir:${directory}`, {ready: false, args: ['--retain', 'spans=100GB', '--retain', 'logs=1000d']});
  await wait_for('the old record to go', () => count(directory) === before);
  const metrics = await (await fetch(`${store.url}/metrics`)).text();
  assert.match(metrics, /^obs_store_rows_removed_total 1$/m);
});

test('the example reads a live directory with stock DuckDB', async (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  const ingest = await start_ingest(t, `dir:${directory}`, {env: kRestless});
  await send(ingest.url, ['one', 'two'], 'shop');
  care('compact', directory);
  const shown = run('node', [path.join(root, 'examples/live-duckdb.mjs'), directory, "SELECT service, count(*) AS n FROM logs GROUP BY service"]);
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /shop\s+2/);
  await ingest.stop();
});
