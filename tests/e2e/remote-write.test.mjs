// What a sender of remote write is told: which of what it sent is stored, and whether to send it again.

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {post, request, sql, start_ingest} from './lib/obs.mjs';
import {bytes_field, varint, varint_field} from './lib/otlp.mjs';
import {free_port, temporary_directory, wait_for} from './lib/process.mjs';

// A block of one literal.
function snappy(bytes) {
  return Buffer.concat([varint(bytes.length), Buffer.from([61 << 2, (bytes.length - 1) & 255, (bytes.length - 1) >> 8]), bytes]);
}

function double_field(number, value) {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint((number << 3) | 1), bytes]);
}

const sample = (time, value = 1) => Buffer.concat([double_field(1, value), varint_field(2, time)]);

// Requests of one sample a series; `series` are objects of labels.
function request_v1(series, time) {
  return snappy(Buffer.concat(series.map((labels) => bytes_field(1, Buffer.concat([
    ...Object.entries(labels).map(([name, value]) => bytes_field(1, Buffer.concat([bytes_field(1, name), bytes_field(2, value)]))),
    bytes_field(2, sample(time)),
  ])))));
}

function request_v2(series, time, {exemplar = false} = {}) {
  const symbols = [''];
  const refer = (text) => (symbols.includes(text) ? symbols.indexOf(text) : symbols.push(text) - 1);
  const refs = (labels) => Buffer.concat(Object.entries(labels).flat().map((text) => varint(refer(text))));
  const rows = series.map((labels) => Buffer.concat([
    bytes_field(1, refs(labels)), bytes_field(2, sample(time)),
    exemplar ? bytes_field(4, Buffer.concat([bytes_field(1, refs({trace_id: 'abc'})), double_field(2, 1), varint_field(3, time)])) : Buffer.alloc(0),
  ]));
  return snappy(Buffer.concat([...symbols.map((text) => bytes_field(4, text)), ...rows.map((row) => bytes_field(5, row))]));
}

const kV1 = {'content-type': 'application/x-protobuf', 'content-encoding': 'snappy', 'x-prometheus-remote-write-version': '0.1.0'};
const kV2 = {...kV1, 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request', 'x-prometheus-remote-write-version': '2.0.0'};
const good = {__name__: 'up', instance: 'a:1', job: 'node'};
const nameless = {instance: 'a:1', job: 'node'};

// "SAMPLES/HISTOGRAMS/EXEMPLARS" of the headers; "-" where one is missing.
const written = ({headers}) => ['samples', 'histograms', 'exemplars'].map((what) => headers[`x-prometheus-remote-write-${what}-written`] ?? '-').join('/');

test('senders of 2.0 are told exactly what is stored, those of 1.0 by the status', async (t) => {
  const directory = `${temporary_directory(t)}/data`;
  const {url} = await start_ingest(t, `dir:${directory}`, {args: ['--max-body', '4KiB']});
  const now = Date.now();
  const twice = {...good, instance: 'b:1'};
  const rows = [
    ['all of it', kV2, request_v2([good, twice], now), 204, '2/0/0'],
    ['with an exemplar', kV2, request_v2([good], now + 1, {exemplar: true}), 204, '1/0/1'],
    ['one that can never be stored', kV2, request_v2([good, nameless], now + 2), 400, '1/0/0'],
    ['none that can', kV2, request_v2([nameless], now + 3), 400, '0/0/0'],
    ['one of an hour ahead', kV2, request_v2([good], now + 3600000), 400, '0/0/0'],
    ['no protobuf', kV2, snappy(Buffer.from([255, 255, 255])), 400, '0/0/0'],
    ['no snappy', kV2, Buffer.from([255, 255, 255]), 400, '0/0/0'],
    ['another coding', {...kV2, 'content-encoding': 'gzip'}, Buffer.from('x'), 415, '0/0/0'],
    ['too long', kV2, request_v2(Array.from({length: 500}, (_, n) => ({...good, instance: `host-${n}`})), now), 413, '0/0/0'],
    ['all of it, by 1.0', kV1, request_v1([good, twice], now + 4), 204],
    ['one that can never be stored, by 1.0', kV1, request_v1([good, nameless], now + 5), 400],
  ];
  for (const [name, headers, body, status, told] of rows) {
    const answer = await post(`${url}/api/v1/write`, body, headers);
    assert.equal(answer.status, status, `${name}: ${answer.body}`);
    if (told) assert.equal(written(answer), told, name);
    assert.equal(answer.headers['retry-after'], undefined, name);
    assert.equal(answer.body.length > 0, status !== 204, name);
  }
  assert.equal(Number(sql(directory, 'SELECT count(*) AS n FROM metrics')[0].n), 2 + 1 + 1 + 2 + 1);
});

test('while the place is away nothing is written, and it is to be sent again', async (t) => {
  const {url} = await start_ingest(t, `redis://127.0.0.1:${await free_port()}/0`, {ready: false});
  await wait_for('the port', () => request(`${url}/health`));
  for (const [headers, body] of [[kV2, request_v2([good], Date.now())], [kV1, request_v1([good], Date.now())]]) {
    const answer = await post(`${url}/api/v1/write`, body, headers);
    assert.equal(answer.status, 503, String(answer.body));
    assert.match(answer.headers['retry-after'], /^\d+$/);
    if (headers === kV2) assert.equal(written(answer), '0/0/0');
  }
});

test('a metric at its limit keeps what it had, and its sender is told what was left out', async (t) => {
  const directory = `${temporary_directory(t)}/data`;
  const {url} = await start_ingest(t, `dir:${directory}`, {args: ['--max-series-per-metric', '3']});
  const series = Array.from({length: 5}, (_, n) => ({...good, instance: `host-${n}`}));
  const answer = await post(`${url}/api/v1/write`, request_v2(series, Date.now()), kV2);
  assert.deepEqual([answer.status, written(answer)], [400, '3/0/0']);
  assert.match(answer.body.toString(), /up/);
  const again = await post(`${url}/api/v1/write`, request_v2(series.slice(0, 3), Date.now() + 1), kV2);
  assert.deepEqual([again.status, written(again)], [204, '3/0/0']);
  assert.equal(Number(sql(directory, 'SELECT count(*) AS n FROM metrics')[0].n), 6);
});
