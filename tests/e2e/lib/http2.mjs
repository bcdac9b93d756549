// HTTP/2 by hand, for peers that no library would be.

import fs from 'node:fs';
import net from 'node:net';

import {kExport} from './grpc.mjs';

export const kGreeting = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0), frame(4, 1, 0)]);

export function frame(type, flags, stream, payload = Buffer.alloc(0)) {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export const literal = (name, value) => Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)]);
export const kHead = Buffer.concat([literal(':method', 'POST'), literal(':scheme', 'http'), literal(':authority', 'a'), literal(':path', kExport.logs),
                             literal('content-type', 'application/grpc'), literal('te', 'trailers')]);
export const empty_call = (stream) => Buffer.concat([frame(1, 4, stream, kHead), frame(0, 1, stream, Buffer.alloc(5))]);

export function raw_connection(t, port, bytes) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
    t.after(() => socket.destroy());
    socket.once('data', () => resolve(socket));
    socket.on('error', reject);
  });
}

export const resident_bytes = (pid) => 1024 * Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+) kB/)[1]);
