// gRPC as the tests speak it: @grpc/grpc-js with messages as bytes, or with the classes of our
// .proto file.

import path from 'node:path';

import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';

import {sql, start_ingest} from './obs.mjs';
import {log_record, logs_request, next_time} from './otlp.mjs';
import {root, temporary_directory} from './process.mjs';

export const kExport = {
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
};

const as_is = (bytes) => bytes;

export function connect(t, port, options = {}) {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), options);
  t.after(() => client.close());
  return client;
}

// {code, name, details, retry_after_ms?, answer?} of one call; never throws.
export function call(client, method, message, {metadata = {}, ...options} = {}) {
  const sent = new grpc.Metadata();
  for (const [key, value] of Object.entries(metadata)) sent.set(key, value);
  return new Promise((resolve) => {
    client.makeUnaryRequest(method, as_is, as_is, message, sent, {deadline: Date.now() + 20000, ...options}, (error, answer) => {
      if (!error) return resolve({code: 0, name: 'OK', answer});
      resolve({code: error.code, name: grpc.status[error.code], details: error.details, has_retry_info: has_retry_info(error.metadata)});
    });
  });
}

function has_retry_info(metadata) {
  const [details] = metadata?.get('grpc-status-details-bin') || [];
  return details !== undefined && Buffer.from(details).includes('google.rpc.RetryInfo');
}

const definition = loader.loadSync('obs/v1/telemetry.proto', {includeDirs: [path.join(root, 'sdk/proto')], keepCase: true, longs: Number, oneofs: true});

export function telemetry_client(t, port, options = {}) {
  const {obs} = grpc.loadPackageDefinition(definition);
  const client = new obs.v1.Telemetry(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), options);
  t.after(() => client.close());
  return client;
}

// An agent stream: acknowledgements as they come, and how it ended.
export function open_stream(client, metadata = new grpc.Metadata()) {
  const stream = client.Stream(metadata);
  const open = {stream, acknowledgements: [], acknowledged: 0};
  stream.on('data', (answer) => {
    open.acknowledgements.push(answer);
    open.acknowledged = Number(answer.acknowledged);
  });
  open.ended = new Promise((resolve) => {
    stream.on('error', () => {});
    stream.on('status', ({code, details}) => resolve({code, name: grpc.status[code], details}));
  });
  return open;
}

export const one_log = (id) => logs_request([log_record(id, next_time())]);

// A receiver into a store of its own, which can be counted.
export async function start_store_ingest(t, options) {
  const directory = path.join(temporary_directory(t), 'data');
  const ingest = await start_ingest(t, `dir:${directory}`, options);
  ingest.directory = directory;
  ingest.count = (table = 'logs') => sql(directory, `SELECT count(*) AS n FROM ${table}`)[0].n;
  return ingest;
}

// One request of Node's HTTP/2 client: {headers, trailers, body}.
export function h2_request(session, headers, body) {
  return new Promise((resolve, reject) => {
    const stream = session.request({':method': 'GET', ...headers}, {endStream: body === undefined});
    const answer = {headers: {}, trailers: {}, body: []};
    stream.on('response', (got) => (answer.headers = got));
    stream.on('trailers', (got) => (answer.trailers = got));
    stream.on('data', (piece) => answer.body.push(piece));
    stream.on('error', reject);
    stream.on('close', () => resolve(answer));
    if (body !== undefined) stream.end(body);
  });
}

// A message as gRPC frames it.
export function framed(payload, flag = 0) {
  const out = Buffer.concat([Buffer.from([flag, 0, 0, 0, 0]), payload]);
  out.writeUInt32BE(payload.length, 1);
  return out;
}

export const kStart = 1763800000000000000n;

// A batch of an agent; the first of a stream says who it is.
export function batch(sequence, first) {
  const time_unix_nano = String(kStart + BigInt(sequence) * 20000000n);
  return {
    sequence, ...(first ? {service: 'pump', instance: 'pump-7', resource: [{key: 'site', value: 'north'}]} : {}),
    time_unix_nano, start_time_unix_nano: String(kStart),
    metrics: [
      {name: 'pressure', unit: 'bar', gauges: [{labels: [{key: 'valve', value: 'a'}], as_double: sequence + 0.5}, {labels: [{key: 'valve', value: 'b'}], as_int: -sequence}]},
      {name: 'strokes', counters: [{as_int: sequence * 10}]},
      {name: 'delay', unit: 's', temporality: 'TEMPORALITY_DELTA', histograms: [{count: 3, sum: 1.5, min: 0.1, max: 1, bounds: [0.5, 1], counts: [1, 1, 1]}]},
    ],
  };
}
