#!/usr/bin/env node
// Reads a store with stock DuckDB, its makers' own library and nothing of obs, while it is written:
//
//   examples/live-duckdb.mjs ./data "SELECT service, count(*) FROM logs GROUP BY service" [SECONDS]
//
// With SECONDS it asks again every so often, until it is stopped. duckdb.sql names the parts that are
// live; it is replaced whenever they change, so it is read anew before each question. A part may be
// merged into another between the two; then the question is asked again.

import fs from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const kAttempts = 5;

const [directory, statement, seconds] = process.argv.slice(2);
if (!directory || !statement) {
  console.error('usage: live-duckdb.mjs DIRECTORY SELECT [SECONDS]');
  process.exit(2);
}

// Where scripts/setup puts it; elsewhere, `npm install @duckdb/node-bindings` and import that.
const top = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const cpu = process.arch === 'arm64' ? 'arm64' : 'x64';
const duckdb = createRequire(import.meta.url)(path.join(top, `scripts/duckdb/node_modules/@duckdb/node-bindings-linux-${cpu}/duckdb.node`));

const database = await duckdb.open(':memory:');
const connection = await duckdb.connect(database);

async function ask() {
  await duckdb.query(connection, fs.readFileSync(path.join(directory, 'duckdb.sql'), 'utf8'));
  // Everything as text, a tab between the columns: enough for an example.
  const result = await duckdb.query(connection, `SELECT concat_ws(chr(9), *COLUMNS(*)) FROM (${statement})`);
  const lines = [];
  for (let chunk = await duckdb.fetch_chunk(result); chunk && duckdb.data_chunk_get_size(chunk) > 0; chunk = await duckdb.fetch_chunk(result)) {
    const column = duckdb.data_chunk_get_vector(chunk, 0);
    const rows = duckdb.data_chunk_get_size(chunk);
    const data = duckdb.vector_get_data(column, rows * 16);
    for (let row = 0; row < rows; ++row) lines.push(read_text(data, row));
  }
  return lines;
}

// A string of DuckDB: its length, then its bytes, or from 13 on a pointer to them.
function read_text(data, row) {
  const at = row * 16;
  const length = new DataView(data.buffer, data.byteOffset).getUint32(at, true);
  if (length <= 12) return Buffer.from(data.buffer, data.byteOffset + at + 4, length).toString();
  return Buffer.from(duckdb.get_data_from_pointer(data.buffer, data.byteOffset + at + 8, length)).toString();
}

for (let attempt = 1;;) {
  try {
    console.log((await ask()).join('\n'));
    attempt = 1;
    if (!seconds) break;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  } catch (error) {
    if (++attempt > kAttempts) throw error;
  }
}
