// Load with a memory: clients that send records with ids of their own, retry until they are
// acknowledged, and know afterwards exactly what must be in the store.

import assert from 'node:assert/strict';

import {kJson, kProtobuf, post, sql} from './obs.mjs';
import {json_record, log_record, logs_json, logs_request, next_time} from './otlp.mjs';
import {sleep} from './process.mjs';

const kRetryMs = 20;
const kGiveUpMs = 60000;

export class Load {
  // `url` is asked for anew at each try, so that a server may come back elsewhere.
  constructor(url, {clients = 4, records = 20} = {}) {
    this.url = url;
    this.records = records;
    this.acknowledged = new Set();
    this.retries = 0;
    this.running = true;
    this.clients = Array.from({length: clients}, (_, index) => this.client(index));
  }

  async client(index) {
    for (let n = 0; this.running; ++n) {
      const ids = Array.from({length: this.records}, (_, k) => `${index}-${n}-${k}`);
      const json = (index + n) % 2 === 0;
      const body = json ? logs_json(ids.map((id) => json_record(id, next_time())))
                        : logs_request(ids.map((id) => log_record(id, next_time())));
      await this.deliver(body, json ? kJson : kProtobuf);
      for (const id of ids) this.acknowledged.add(id);
    }
  }

  // Sends the same bytes until somebody says 200, as an SDK would.
  async deliver(body, headers) {
    const deadline = Date.now() + kGiveUpMs;
    for (;;) {
      const answer = await post(`${this.url()}/v1/logs`, body, headers).catch((error) => ({status: error.code || error.message}));
      if (answer.status === 200) return;
      const retryable = typeof answer.status === 'string' || [429, 502, 503, 504].includes(answer.status);
      assert.ok(retryable, `${answer.status}: ${answer.body}`);
      assert.ok(Date.now() < deadline, `no 200 within ${kGiveUpMs / 1000} s, last: ${answer.status} ${answer.body || ''}`);
      ++this.retries;
      await sleep(kRetryMs);
    }
  }

  // Lets every client finish what it has begun. Everything that was ever sent is then acknowledged.
  async stop() {
    this.running = false;
    await Promise.all(this.clients);
    return this.acknowledged.size;
  }

  // Every acknowledged record is in the store once, and nothing else is.
  assert_exact(directory) {
    const rows = sql(directory, "SELECT attributes['id'] AS id, count(*) AS n FROM logs GROUP BY ALL");
    const stored = new Map(rows.map((row) => [row.id, Number(row.n)]));
    const lost = [...this.acknowledged].filter((id) => !stored.has(id));
    const doubled = [...stored].filter(([, n]) => n !== 1).map(([id, n]) => `${id} x${n}`);
    const strange = [...stored.keys()].filter((id) => !this.acknowledged.has(id));
    const show = (list) => `${list.length}: ${list.slice(0, 8).join(' ')}`;
    assert.deepEqual({lost: show(lost), doubled: show(doubled), strange: show(strange)},
                     {lost: '0: ', doubled: '0: ', strange: '0: '}, `of ${this.acknowledged.size} acknowledged`);
  }
}
