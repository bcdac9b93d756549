// `make run` shows first answers, and stops.

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {free_port, root, run, temporary_directory} from './lib/process.mjs';

test('the demo fills a store, answers, and with ONCE=1 ends with 0', async (t) => {
  const directory = `${temporary_directory(t)}/data`;
  const {code, stdout, stderr} = run(`${root}/scripts/run-demo`, [], {
    env: {ONCE: '1', OBS_DIR: `dir:${directory}`, DEMO_PORT: String(await free_port())}, timeout: 120,
  });
  assert.equal(code, 0, stderr + stdout);
  for (const service of ['checkout', 'payment']) assert.ok(stdout.includes(service), `${service} in\n${stdout}`);
  assert.match(stdout, /obs-query/);
});
