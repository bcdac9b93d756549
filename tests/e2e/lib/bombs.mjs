// Bodies that inflate to far more than they are, and what that does to a process.

import fs from 'node:fs';
import zlib from 'node:zlib';

import {varint} from './otlp.mjs';

// One of `size` spaces for each Content-Encoding.
export function make_bombs(size) {
  const plain = Buffer.alloc(size, 0x20);
  return {
    gzip: zlib.gzipSync(plain, {level: 1}), deflate: zlib.deflateSync(plain, {level: 1}), zstd: zstd_bomb(size),
    br: zlib.brotliCompressSync(plain, {params: {[zlib.constants.BROTLI_PARAM_QUALITY]: 1}}),
  };
}

// One frame of zstd whose blocks each say "128 KiB of spaces" (RFC 8878).
function zstd_bomb(size) {
  const blocks = Array.from({length: size >> 17}, (_, n) => {
    const block = Buffer.alloc(4, 0x20);
    block.writeUIntLE((1 << 20) | 2 | ((n + 1) << 17 >= size ? 1 : 0), 0, 3);
    return block;
  });
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]), ...blocks]);
}

// A space, and copies of what is one byte back.
export function snappy_bomb(size) {
  const copies = Buffer.alloc(3 * ((size - 1) >> 6), Buffer.from([(63 << 2) | 2, 1, 0]));
  return Buffer.concat([varint(size), Buffer.from([0, 0x20]), copies]);
}

// The most that a program ever had in memory.
export const peak_bytes = ({pid}) => 1024 * Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmHWM:\s+(\d+) kB/)[1]);
