// Stock DuckDB, the library as its makers ship it, over a store's duckdb.sql: what any other program sees.

import fs from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';

import {root} from './process.mjs';

const cpu = process.arch === 'arm64' ? 'arm64' : 'x64';
const duckdb = createRequire(import.meta.url)(path.join(root, `scripts/duckdb/node_modules/@duckdb/node-bindings-linux-${cpu}/duckdb.node`));

// How many rows a SELECT over the views logs, spans and metrics has; at most 2,048.
export async function count_rows(directory, select) {
  const database = await duckdb.open(':memory:');
  const connection = await duckdb.connect(database);
  await duckdb.query(connection, fs.readFileSync(path.join(directory, 'duckdb.sql'), 'utf8'));
  const chunk = await duckdb.fetch_chunk(await duckdb.query(connection, select));
  return chunk ? duckdb.data_chunk_get_size(chunk) : 0;
}
