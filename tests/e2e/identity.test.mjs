// What goes in comes out: OpenTelemetry's own example requests, and one with every edge, through
// HTTP, ndjson, the WAL and Parquet, as the same lines.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {parse_lines} from './lib/json.mjs';
import {kJson, post, query, request, start_ingest} from './lib/obs.mjs';
import {free_port, root, run, start, temporary_directory} from './lib/process.mjs';

const kExamples = [['logs', 'logs.json'], ['logs', 'events.json'], ['traces', 'trace.json'], ['metrics', 'metrics.json']];
const kCommands = {logs: 'logs', traces: 'spans', metrics: 'metrics'};
const example = (name) => fs.readFileSync(path.join(root, 'tests/data/otlp', name), 'utf8');

const kEdges = JSON.stringify({
  resourceLogs: [{
    resource: {attributes: [{key: 'service.name', value: {stringValue: ''}}, {key: 'empty', value: {}}], droppedAttributesCount: 3},
    schemaUrl: 'https://example.com/schema',
    scopeLogs: [{
      scope: {name: 's', attributes: [{key: 'k', value: {intValue: '-9223372036854775808'}}], droppedAttributesCount: 1},
      schemaUrl: 'https://example.com/scope',
      logRecords: [
        {timeUnixNano: '9223372036854775807', severityNumber: 24, body: {intValue: '9223372036854775807'}},
        {timeUnixNano: '1', observedTimeUnixNano: '2', severityNumber: 99, body: {doubleValue: 'NaN'}, droppedAttributesCount: 4294967295},
        {timeUnixNano: '1763800000123456789', body: {doubleValue: '-Infinity'}, flags: 4294967295},
        {timeUnixNano: '1763800000123456790', body: {stringValue: 'é\u0000\u0001"\\/\u2028🚀'}, severityText: 'ünïcode'},
        {timeUnixNano: '1763800000123456791', body: {bytesValue: 'AAEC/w=='}, traceId: 'ABCDEF0123456789ABCDEF0123456789', spanId: 'ABCDEF0123456789'},
        {timeUnixNano: '1763800000123456792', body: {kvlistValue: {values: [{key: '$a', value: {stringValue: 'x'}}, {key: '', value: {boolValue: false}}]}}},
        {timeUnixNano: '1763800000123456793', body: {arrayValue: {values: [{}, {doubleValue: 1}, {intValue: 1}, {arrayValue: {}}, {kvlistValue: {}}]}}},
        {observedTimeUnixNano: '1763800000123456794', eventName: 'no.time.of.its.own', body: {stringValue: ''}},
        {timeUnixNano: '1763800000123456795', attributes: [{key: 'same', value: {intValue: 1}}, {key: 'a.b', value: {stringValue: 'dots'}}, {key: 'a', value: {stringValue: 'short'}}]},
        {timeUnixNano: '1763800000123456796', body: {doubleValue: 5e-324}},
        {timeUnixNano: '1763800000123456797', body: {doubleValue: 'minus zero'}},
      ],
    }],
  }],
}).replace('"minus zero"', '-0.0');

// The records of an obs-ingest --to -.
async function to_lines(t, signal, body) {
  const port = await free_port();
  const url = `http://127.0.0.1:${port}`;
  const ingest = start(t, 'obs-ingest', ['--http', `127.0.0.1:${port}`, '--to', '-']);
  await ingest.wait_for('/ready', async () => (await request(`${url}/ready`)).status === 200);
  const answer = await post(`${url}/v1/${signal}`, body, kJson);
  assert.deepEqual([answer.status, answer.body.toString()], [200, '{}']);
  await ingest.stop();
  return ingest.stdout;
}

// The members of the object that begins at `at`, as they are spelled, and where it ends.
function members_at(text, at) {
  const members = [];
  let depth = 0;
  for (let begin = at + 1, n = at; ; ++n) {
    if (text[n] === '"') {
      while (text[++n] !== '"') n += text[n] === '\\' ? 1 : 0;
    } else if ('{['.includes(text[n])) {
      ++depth;
    } else if ('}]'.includes(text[n]) && --depth === 0) {
      return {members: [...members, text.slice(begin, n)], end: n};
    } else if (text[n] === ',' && depth === 1) {
      members.push(text.slice(begin, n));
      begin = n + 1;
    }
  }
}

// A store does not keep the order of a record's attributes; it keeps everything else as it was.
function with_sorted_attributes(line) {
  const {members} = members_at(line, 0);
  const sort = (member) => {
    const at = member.indexOf('{');
    return member.startsWith('"attributes":{') ? `"attributes":{${members_at(member, at).members.sort().join(',')}}` : member;
  };
  return `{${members.map(sort).join(',')}}`;
}

const sorted = (lines) => lines.trim().split('\n').map(with_sorted_attributes).sort();
const without_seq = (text) => text.replace(/,"seq":\d+/g, '').replace(/"seq":\d+,/g, '');
const all = ['--since', '1677-09-22T00:00:00Z', '--limit', '1000'];

for (const [signal, name, body] of [...kExamples.map(([signal, file]) => [signal, file, example(file)]), ['logs', 'every edge', kEdges]]) {
  test(`${name}: HTTP → ndjson → store → ndjson gives the same lines`, async (t) => {
    const directory = path.join(temporary_directory(t), 'data');
    const lines = await to_lines(t, signal, body);
    assert.ok(lines.length > 0);
    const stored = run('obs-store', ['--from', '-', '--to', `dir:${directory}`], {input: lines});
    assert.equal(stored.code, 0, stored.stderr);
    const {stdout, stderr} = run('obs-query', [kCommands[signal], ...all, '-o', 'ndjson'], {env: {OBS_DIR: directory}});
    assert.deepEqual(sorted(without_seq(stdout)), sorted(lines), stderr);
  });

  test(`${name}: HTTP → store → ndjson gives the same lines, from the WAL and from parts`, async (t) => {
    const directory = path.join(temporary_directory(t), 'data');
    const lines = await to_lines(t, signal, body);
    const ingest = await start_ingest(t, `dir:${directory}`);
    assert.equal((await post(`${ingest.url}/v1/${signal}`, body, kJson)).status, 200);
    const ask = () => sorted(without_seq(run('obs-query', [kCommands[signal], ...all, '-o', 'ndjson'], {env: {OBS_DIR: directory}}).stdout));
    assert.deepEqual(ask(), sorted(lines), 'from the WAL');
    await ingest.stop();
    assert.deepEqual(ask(), sorted(lines), 'from parts');
  });
}

test('the example requests say what they say', async (t) => {
  const directory = path.join(temporary_directory(t), 'data');
  const ingest = await start_ingest(t, `dir:${directory}`);
  for (const [signal, file] of kExamples) assert.equal((await post(`${ingest.url}/v1/${signal}`, example(file), kJson)).status, 200);
  const [span] = query(directory, 'spans', ...all);
  assert.deepEqual([span.trace_id, span.span_id, span.parent_span_id, span.kind, span.service],
                   ['5b8efff798038103d269b633813fc60c', 'eee19b7ec3c1b174', 'eee19b7ec3c1b173', 'server', 'my.service']);
  const points = query(directory, 'metrics', ...all);
  assert.deepEqual(points.map((point) => point.type).sort(), ['exponential_histogram', 'gauge', 'histogram', 'sum']);
  const bodies = query(directory, 'logs', ...all).map((record) => record.body);
  assert.ok(bodies.includes('Example log record'), JSON.stringify(bodies, (_k, v) => typeof v === 'bigint' ? Number(v) : v));
  assert.equal(parse_lines(run('obs-query', ['logs', ...all, '-o', 'ndjson'], {env: {OBS_DIR: directory}}).stdout).length, bodies.length);
});
