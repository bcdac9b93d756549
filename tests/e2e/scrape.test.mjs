// Targets that let in only whom they know: TLS, certificates of clients, passwords and tokens; and what a scrape
// says of itself, read back out of the store.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import {test} from 'node:test';

import {assert_ledger_closes, sql, start_ingest} from './lib/obs.mjs';
import {free_port, start, temporary_directory} from './lib/process.mjs';
import {make_authority} from './lib/tls.mjs';

// A target of this process does not answer while a query runs here: time enough not to be taken for down.
const kGlobal = {scrape_interval: '2s', scrape_timeout: '2s'};

async function start_scraping(t, directory, scrape_configs) {
  const file = path.join(directory, 'scrape.yml');
  fs.writeFileSync(file, JSON.stringify({global: kGlobal, scrape_configs}));
  const store = path.join(directory, 'data');
  return {store, file, ingest: await start_ingest(t, `dir:${store}`, {args: ['--scrape', file]})};
}

const job = (name, port, more) => ({job_name: name, scheme: 'https', static_configs: [{targets: [`127.0.0.1:${port}`]}], ...more});
const count = (store, where) => Number(sql(store, `SELECT count(*) AS n FROM metrics WHERE ${where}`)[0].n);

// "open sesame", by bcrypt.
const kPasswordHash = '$2b$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy';

test('an exporter behind TLS, a password and certificates of clients is scraped by who has them all', async (t) => {
  const directory = temporary_directory(t);
  const authority = make_authority(directory, 'ca');
  const server = authority.sign('server', 'IP:127.0.0.1');
  const client = authority.sign('client', 'DNS:scraper');
  fs.writeFileSync(`${directory}/web.yml`, JSON.stringify({
    tls_server_config: {cert_file: server.cert_file, key_file: server.key_file, client_auth_type: 'RequireAndVerifyClientCert', client_ca_file: authority.file},
    basic_auth_users: {alice: kPasswordHash},
  }));
  const port = await free_port();
  const exporter = start(t, 'prometheus-node-exporter', [`--web.listen-address=127.0.0.1:${port}`, `--web.config.file=${directory}/web.yml`,
    '--collector.disable-defaults', '--collector.loadavg']);
  await exporter.wait_for('its port', () => /Listening on/i.test(exporter.stderr));

  fs.writeFileSync(`${directory}/password`, 'open sesame\n');
  const tls_config = {ca_file: authority.file, cert_file: client.cert_file, key_file: client.key_file};
  const basic_auth = {username: 'alice', password: 'open sesame'};
  const known = ['all', 'password_file', 'unchecked'];
  const unknown = ['wrong_password', 'no_password', 'no_certificate', 'no_authority', 'plain'];
  const {store, ingest} = await start_scraping(t, directory, [
    job('all', port, {tls_config, basic_auth}),
    job('password_file', port, {tls_config, basic_auth: {username: 'alice', password_file: 'password'}}),
    job('unchecked', port, {tls_config: {...tls_config, ca_file: undefined, insecure_skip_verify: true}, basic_auth}),
    job('wrong_password', port, {tls_config, basic_auth: {...basic_auth, password: 'sesame'}}),
    job('no_password', port, {tls_config}),
    job('no_certificate', port, {tls_config: {ca_file: authority.file}, basic_auth}),
    job('no_authority', port, {tls_config: {...tls_config, ca_file: undefined}, basic_auth}),
    job('plain', port, {scheme: 'http', basic_auth}),
  ]);
  for (const name of known) await ingest.wait_for(`up of ${name}`, () => count(store, `name = 'up' AND service = '${name}' AND value = 1`) > 0);
  for (const name of unknown) await ingest.wait_for(`word of ${name}`, () => count(store, `name = 'up' AND service = '${name}' AND value = 0`) > 0);
  for (const name of known) assert.ok(count(store, `name = 'node_load1' AND service = '${name}'`) > 0, name);
  for (const name of unknown) {
    assert.equal(count(store, `service = '${name}' AND (name LIKE 'node%' OR (name = 'up' AND value = 1))`), 0, name);
  }
  assert.ok(!ingest.stderr.includes('sesame'), 'no log says a password');
  await ingest.stop();
});

test('a token is read anew for each scrape', async (t) => {
  const directory = temporary_directory(t);
  const authority = make_authority(directory, 'ca');
  const {cert, key} = authority.sign('server', 'IP:127.0.0.1');
  let token = 'first';
  const target = https.createServer({cert, key}, (asked, answer) => {
    if (asked.headers.authorization !== `Bearer ${token}`) return answer.writeHead(401).end();
    answer.setHeader('content-type', 'text/plain; version=0.0.4').end(`opened{by="${token}"} 1\n`);
  });
  const port = await free_port();
  await new Promise((resolve) => target.listen(port, '127.0.0.1', resolve));
  t.after(() => target.close());
  fs.writeFileSync(`${directory}/token`, 'first\n');
  const tls_config = {ca_file: authority.file};
  const {store, ingest} = await start_scraping(t, directory, [
    job('file', port, {tls_config, authorization: {credentials_file: 'token'}}),
    job('fixed', port, {tls_config, authorization: {type: 'Bearer', credentials: 'first'}}),
  ]);
  const opened = (name, by) => count(store, `name = 'opened' AND service = '${name}' AND attributes['by'] = '${by}' AND value = 1`);
  await ingest.wait_for('both', () => opened('file', 'first') > 0 && opened('fixed', 'first') > 0);
  token = 'second';
  fs.writeFileSync(`${directory}/token`, 'second\n');
  await ingest.wait_for('the new token', () => opened('file', 'second') > 0);
  await ingest.wait_for('the old one to fail', () => count(store, `name = 'up' AND service = 'fixed' AND value = 0`) > 0);
  assert.equal(opened('fixed', 'second'), 0);
  await ingest.stop();
});

test('what a scrape says of itself can be asked for, and so can the end of a series', async (t) => {
  const directory = temporary_directory(t);
  const authority = make_authority(directory, 'ca');
  const {cert, key} = authority.sign('server', 'IP:127.0.0.1');
  let lines = 'kept{shop="a"} 1\nkept{shop="b"} 2\nleft 3\n';
  const target = https.createServer({cert, key}, (_, answer) => answer.setHeader('content-type', 'text/plain; version=0.0.4').end(lines));
  const port = await free_port();
  await new Promise((resolve) => target.listen(port, '127.0.0.1', resolve));
  t.after(() => target.close());
  const {store, ingest} = await start_scraping(t, directory, [
    job('shop', port, {tls_config: {ca_file: authority.file}, metric_relabel_configs: [{source_labels: ['__name__'], regex: 'left', action: 'drop'}]}),
  ]);
  await ingest.wait_for('two scrapes', () => count(store, "name = 'up' AND value = 1") >= 2);
  const first = (name) => sql(store, `SELECT value, service, resource FROM metrics WHERE name = '${name}' ORDER BY time LIMIT 1`)[0];
  const synthetic = {up: 1, scrape_samples_scraped: 3, scrape_samples_post_metric_relabeling: 2, scrape_series_added: 2};
  for (const [name, value] of Object.entries(synthetic)) {
    assert.deepEqual([Number(first(name)?.value), first(name)?.service], [value, 'shop'], name);
    assert.match(JSON.stringify(first(name).resource), new RegExp(`127.0.0.1:${port}`), name);
  }
  assert.ok(Number(first('scrape_duration_seconds').value) > 0);
  assert.equal(count(store, "name = 'left'"), 0);

  lines = 'kept{shop="a"} 1\n';
  const ends = "name = 'kept' AND value IS NULL AND flags = 1";
  await ingest.wait_for('the end of one', () => count(store, ends) === 1);
  assert.equal(count(store, `${ends} AND attributes['shop'] = 'b'`), 1);
  await ingest.wait_for('word of fewer', () => count(store, "name = 'scrape_samples_scraped' AND value = 1") > 0);
  await assert_ledger_closes(ingest.url);
  await ingest.stop();
});
