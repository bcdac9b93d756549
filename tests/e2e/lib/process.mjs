// Programs under test: started with a directory and ports of their own, and gone when the test is.

import {spawn, spawnSync} from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const bin = process.env.OBS_BIN || path.join(root, 'build/bin');

// Our own variables do not leak in from whoever runs the tests. Receivers side by side cannot all have
// the default port of gRPC; a test of it asks for one of its own.
function environment(extra = {}) {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('OBS_') && !name.startsWith('NODE_'));
  return {...Object.fromEntries(kept), PATH: `${bin}:${process.env.PATH}`, TZ: 'UTC', LC_ALL: 'C.UTF-8', OBS_INGEST_GRPC: 'none', ...extra};
}

export function temporary_directory(t) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'obs-e2e-'));
  t.after(() => fs.rmSync(directory, {recursive: true, force: true}));
  return directory;
}

export function free_port() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const {port} = server.address();
      server.close(() => resolve(port));
    });
  });
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Asks until the answer is truthy; an exception is a no, unless it is hopeless. Fails saying what it
// waited for.
export async function wait_for(what, ask, seconds = 20) {
  const deadline = Date.now() + seconds * 1000;
  for (let last = 'no';;) {
    try {
      const answer = await ask();
      if (answer) return answer;
    } catch (error) {
      if (error.hopeless) throw error;
      last = error.message;
    }
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s for ${what}: ${last}`);
    await sleep(10);
  }
}

// A program that runs beside the test.
export class Program {
  constructor(command, args, options = {}) {
    this.name = command;
    this.stdout = '';
    this.stderr = '';
    this.child = spawn(command, args, {
      env: environment(options.env), cwd: options.cwd, stdio: [options.stdin || 'ignore', 'pipe', 'pipe'],
    });
    this.child.stdout.on('data', (bytes) => (this.stdout += bytes));
    this.child.stderr.on('data', (bytes) => (this.stderr += bytes));
    this.exited = new Promise((resolve) => {
      this.child.on('error', (error) => resolve({code: null, signal: null, error}));
      this.child.on('close', (code, signal) => resolve({code, signal}));
    });
    this.exited.then((result) => (this.result = result));
  }

  get pid() { return this.child.pid; }

  kill(signal = 'SIGKILL') {
    if (!this.result) this.child.kill(signal);
    return this.exited;
  }

  describe_end() {
    const {code, signal, error} = this.result;
    return error ? error.message : signal || `exit ${code}`;
  }

  // Ends it in good order; the exit must be 0.
  async stop(signal = 'SIGTERM') {
    const {code} = await this.kill(signal);
    if (code !== 0) throw new Error(`${this.name} ended with ${this.describe_end()}: ${this.stderr.slice(-2000)}`);
  }

  // Waits for something, and fails at once when the program has died.
  wait_for(what, ask, seconds) {
    return wait_for(`${what} of ${this.name}`, async () => {
      if (this.result) throw Object.assign(new Error(`${this.name} ended with ${this.describe_end()}`), {hopeless: true});
      return ask();
    }, seconds).catch((error) => {
      throw new Error(`${error.message}\n${this.stderr.slice(-2000)}`);
    });
  }
}

export function start(t, command, args, options) {
  const program = new Program(command, args, options);
  t.after(() => program.kill());
  return program;
}

// Runs a program to its end.
export function run(command, args, {input, env, cwd, timeout = 60} = {}) {
  const result = spawnSync(command, args, {
    env: environment(env), cwd, input, timeout: timeout * 1000, killSignal: 'SIGKILL', maxBuffer: 1 << 30,
  });
  if (result.error && result.error.code !== 'EPIPE') throw result.error;
  return {code: result.status, signal: result.signal, stdout: result.stdout.toString(), stderr: result.stderr.toString()};
}
