// What examples/ shows works.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {free_port, root, run, start, temporary_directory} from './lib/process.mjs';
import {count_entries, redis_address, redis_command} from './lib/redis.mjs';

test('every statement of queries.sql runs', (t) => {
  const directory = temporary_directory(t);
  const filled = run('sh', ['-c', 'obs-sim --seed 3 --rate 20 --flat --duration 10s --fast | obs-store --from - --to dir:data'], {cwd: directory});
  assert.equal(filled.code, 0, filled.stderr);
  const text = fs.readFileSync(path.join(root, 'examples/queries.sql'), 'utf8').replace(/^--.*$/gm, '');
  const statements = text.split(';').map((statement) => statement.trim()).filter(Boolean);
  assert.ok(statements.length >= 6);
  for (const statement of statements) {
    const {code, stderr} = run('obs-query', ['sql', statement], {cwd: directory});
    assert.equal(code, 0, `${statement}\n${stderr}`);
  }
});

test('ci-gate.sh passes a run without errors, and fails one with errors or without spans', async (t) => {
  const gate = async (...command) => run(path.join(root, 'examples/ci-gate.sh'), command,
                                         {cwd: temporary_directory(t), env: {OBS_ENDPOINT: `127.0.0.1:${await free_port()}`}});
  const span = (status) => JSON.stringify({
    resourceSpans: [{resource: {attributes: [{key: 'service.name', value: {stringValue: 'shop'}}]}, scopeSpans: [{spans: [{
      traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), name: 'GET /', kind: 2, startTimeUnixNano: '1763800000000000000',
      endTimeUnixNano: '1763800000010000000', status: {code: status},
    }]}]}],
  });
  const send = (body) => ['sh', '-c', `curl -fsS -H 'Content-Type: application/json' -d '${body}' $OTEL_EXPORTER_OTLP_ENDPOINT/v1/traces`];
  const clean = await gate(...send(span(0)));
  assert.equal(clean.code, 0, clean.stderr);
  assert.equal((await gate(...send(span(2)))).code, 1);
  assert.equal((await gate('true')).code, 1);
});

test('records rest in a Redis of redis.conf', async (t) => {
  const directory = temporary_directory(t);
  const port = await free_port();
  const redis = start(t, 'redis-server', [path.join(root, 'examples/redis.conf'), '--port', String(port), '--dir', directory]);
  await redis.wait_for('an answer', async () => (await redis_command(port, 'PING')).startsWith('+PONG'));
  const sent = run('sh', ['-c', `obs-sim --seed 3 --rate 20 --flat --duration 2s --fast --to '${redis_address(port)}'`], {cwd: directory});
  assert.equal(sent.code, 0, sent.stderr);
  assert.ok(await count_entries(port) > 0);
  assert.match(await redis_command(port, 'CONFIG', 'GET', 'rdbcompression'), /no/);
});
