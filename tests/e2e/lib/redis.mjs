// A redis-server of the test's own.

import net from 'node:net';

import {start} from './process.mjs';

export const redis_address = (port, options = '') => `redis://127.0.0.1:${port}/0?stream=obs&group=store${options}`;

// One command over a connection of its own; answers the raw reply.
export function redis_command(port, ...words) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1');
    const message = `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(String(word))}\r\n${word}\r\n`).join('')}`;
    socket.setTimeout(5000, () => socket.destroy(new Error('Redis does not answer')));
    socket.on('error', reject);
    socket.on('data', (bytes) => {
      resolve(bytes.toString());
      socket.destroy();
    });
    socket.write(message);
  });
}

// Starts redis-server in `directory`. Acknowledged is on disk: its append-only file is on, and
// synced at each write, unless `options` say otherwise.
export async function start_redis(t, directory, port, options = ['--appendonly', 'yes', '--appendfsync', 'always']) {
  const program = start(t, 'redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--save', '', ...options]);
  program.port = port;
  await program.wait_for('an answer', async () => (await redis_command(port, 'PING')).startsWith('+PONG'));
  return program;
}

// How many entries lie in the stream's slots.
export async function count_entries(port, stream = 'obs') {
  let entries = 0;
  for (let slot = 0; slot < 64; ++slot) {
    const reply = await redis_command(port, 'XLEN', `${stream}:${String(slot).padStart(2, '0')}`);
    entries += Number(reply.slice(1));
  }
  return entries;
}
