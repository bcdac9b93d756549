// gRPC as the tests speak it: @grpc/grpc-js with messages as bytes, or with the classes of our
// .proto file.

import path from 'node:path';

import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';

import {root} from './process.mjs';

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
export function open_stream(client) {
  const stream = client.Stream();
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
