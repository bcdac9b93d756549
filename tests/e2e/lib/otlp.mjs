// OTLP requests made by hand: JSON for what is easy to read, protobuf for what must be exact to the
// byte. The SDK's own are in sdk.test.mjs.

export function varint(value) {
  let rest = BigInt.asUintN(64, BigInt(value));
  const out = [];
  for (; rest >= 128n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  out.push(Number(rest));
  return Buffer.from(out);
}

export function bytes_field(number, content) {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

export const varint_field = (number, value) => Buffer.concat([varint(number << 3), varint(value)]);

export function fixed64_field(number, value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return Buffer.concat([varint((number << 3) | 1), bytes]);
}

const string_value = (text) => bytes_field(1, text);
const attribute = (key, text) => Buffer.concat([bytes_field(1, key), bytes_field(2, string_value(text))]);

// A LogRecord with an `id` attribute; `more` is appended raw.
export function log_record(id, time, more = Buffer.alloc(0)) {
  return Buffer.concat([
    fixed64_field(1, time), varint_field(2, 9), bytes_field(5, string_value(`record ${id}`)),
    bytes_field(6, attribute('id', id)), more,
  ]);
}

// An ExportLogsServiceRequest of one resource and scope.
export function logs_request(records, service = 'e2e') {
  const resource = bytes_field(1, bytes_field(1, attribute('service.name', service)));
  const scope = bytes_field(2, Buffer.concat(records.map((record) => bytes_field(2, record))));
  return bytes_field(1, Buffer.concat([resource, scope]));
}

// The same as JSON; records are objects in OTLP's spelling.
export function logs_json(records, service = 'e2e') {
  return JSON.stringify({
    resourceLogs: [{
      resource: {attributes: [{key: 'service.name', value: {stringValue: service}}]},
      scopeLogs: [{logRecords: records}],
    }],
  });
}

export function json_record(id, time) {
  return {
    timeUnixNano: String(time), severityNumber: 9, body: {stringValue: `record ${id}`},
    attributes: [{key: 'id', value: {stringValue: id}}],
  };
}

let last_time = 0n;
// A time of its own for each record, so that retries of a request are seen to be the same batch.
export function next_time() {
  const now = BigInt(Date.now()) * 1000000n;
  last_time = now > last_time ? now : last_time + 1n;
  return last_time;
}
