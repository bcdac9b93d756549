// What error trackers and browsers send: real SDKs, and real pages in Chromium.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import {createRequire} from 'node:module';
import path from 'node:path';
import {test} from 'node:test';

import * as sentry from '@sentry/node';
import {chromium} from 'playwright-core';

import {assert_ledger_closes, query, request, start_ingest} from './lib/obs.mjs';
import {root, temporary_directory, wait_for} from './lib/process.mjs';

const kChromium = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
const modules = path.join(root, 'tests/e2e/node_modules');
const kScripts = {
  '/faro.js': '@grafana/faro-web-sdk/dist/bundle/faro-web-sdk.iife.js',
  '/vitals.js': 'web-vitals/dist/web-vitals.iife.js',
  '/sentry.js': '@sentry/browser/build/bundles/bundle.tracing.min.js',
};

async function start(t) {
  const directory = temporary_directory(t);
  return {directory, ingest: await start_ingest(t, `dir:${directory}`)};
}

// The attributes of each event, by its name.
function events(directory, ...args) {
  const found = {};
  for (const record of query(directory, 'logs', '--limit', '1000', ...args)) {
    (found[record.event_name || ''] ||= []).push({...record.attributes, body: record.body, service: record.service});
  }
  return found;
}

test('what the SDK of Sentry for Node.js sends is found again', async (t) => {
  const {directory, ingest} = await start(t);
  sentry.init({
    dsn: `http://0123456789abcdef0123456789abcdef@127.0.0.1:${ingest.port}/42`, release: 'shop@1.2.3', environment: 'test',
    tracesSampleRate: 1, enableLogs: true, registerEsmLoaderHooks: false, defaultIntegrations: false,
  });
  sentry.setTag('region', 'eu');
  const id = sentry.captureException(new TypeError('x is undefined'));
  sentry.captureMessage('hello', 'warning');
  sentry.startSpan({name: 'GET /cart', op: 'http.server'}, () => sentry.startSpan({name: 'SELECT 1', op: 'db.query'}, () => 1));
  sentry.logger.info('stock is low', {left: 3});
  sentry.metrics.count('cart.adds', 2, {attributes: {shelf: 'a'}});
  sentry.metrics.distribution('cart.total', 12.5, {unit: 'euro'});
  assert.equal(await sentry.flush(10000), true);
  await sentry.close(10000);

  const logs = await wait_for('the events', () => {
    const found = events(directory);
    return found.exception && found['']?.length >= 2 && found;
  });
  const [exception] = logs.exception;
  assert.equal(exception.service, 'shop');
  assert.equal(exception.body, 'TypeError: x is undefined');
  assert.equal(exception['sentry.event_id'], id);
  assert.equal(exception['sentry.tag.region'], 'eu');
  assert.match(exception['exception.stacktrace'], /at .*events\.test\.mjs/);
  assert.deepEqual(logs[''].map((log) => [log.body, log.service]).sort(), [['hello', 'shop'], ['stock is low', 'shop']]);
  const spans = query(directory, 'spans', '--limit', '10');
  assert.deepEqual(spans.map((span) => [span.name, span.kind]).sort(), [['GET /cart', 'server'], ['SELECT 1', 'client']]);
  assert.equal(spans[0].trace_id, spans[1].trace_id);
  const points = await wait_for('the metrics', () => {
    const found = query(directory, 'metrics', '--limit', '10');
    return found.length >= 2 && found;
  });
  const told = points.map((point) => [point.name, point.type, point.temporality, Number(point.value ?? point.sum), point.unit, point.service]);
  assert.deepEqual(told.sort(), [['cart.adds', 'sum', 'delta', 2, undefined, 'shop'],
    ['cart.total', 'exponential_histogram', 'delta', 12.5, 'euro', 'shop']]);
  for (const point of points) assert.deepEqual(Object.keys(point.attributes ?? {}).filter((key) => key.includes('sequence')), []);
  await assert_ledger_closes(ingest.url);
});

// Serves a page and the SDKs' own bundles.
async function serve(t, html) {
  const server = http.createServer((asked, answer) => {
    const script = kScripts[asked.url];
    answer.setHeader('Content-Type', script ? 'text/javascript' : 'text/html');
    answer.end(script ? fs.readFileSync(path.join(modules, script)) : html);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}/`;
}

async function visit(t, url) {
  const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: kChromium});
  t.after(() => browser.close());
  const page = await browser.newPage();
  await page.goto(url);
  return {browser, page};
}

test('what Faro sends from a page is found again', async (t) => {
  const {directory, ingest} = await start(t);
  const url = await serve(t, `<!doctype html><h1>shop</h1><button id=b>buy</button><script src=/faro.js></script><script>
    const faro = GrafanaFaroWebSdk.initializeFaro({url: '${ingest.url}/collect', apiKey: 'k', app: {name: 'shop', version: '1.2'},
      batching: {sendTimeout: 50}});
    faro.api.pushLog(['hello from a page']);
    faro.api.pushEvent('checkout', {items: '3'});
    faro.api.pushError(new Error('no stock'));
  </script>`);
  const {page} = await visit(t, url);
  await page.click('#b');
  await page.goto('about:blank');
  const found = await wait_for('the events', () => {
    const now = events(directory);
    return now.exception && now.checkout && now['browser.web_vital'] && now;
  });
  assert.equal(found.checkout[0].items, '3');
  assert.equal(found.checkout[0].service, 'shop');
  assert.equal(found.exception[0].body, 'Error: no stock');
  assert.ok(found[''].some((log) => log.body === 'hello from a page'));
  assert.ok(found['browser.web_vital'].some((vital) => vital['browser.web_vital.name'] === 'TTFB'));
  assert.ok(found['session.start'][0]['session.id']);
  assert.equal(found.checkout[0]['url.full'], url);
});

test('beacons of a page that closes arrive, with genuine vitals', async (t) => {
  const {directory, ingest} = await start(t);
  const url = await serve(t, `<!doctype html><h1>shop</h1><button id=b>buy</button><script src=/vitals.js></script><script>
    const events = [{type: 'page_view', time: Date.now(), url: location.href}];
    const note = ({name, value, delta, id, rating, navigationType}) =>
      events.push({type: 'vital', time: Date.now(), name, value, delta, id, rating, navigation: navigationType});
    webVitals.onLCP(note); webVitals.onCLS(note); webVitals.onTTFB(note); webVitals.onFCP(note); webVitals.onINP(note);
    document.getElementById('b').addEventListener('click', () => events.push({type: 'click', time: Date.now(), target: 'button#b'}));
    addEventListener('visibilitychange', () => {
      if (document.visibilityState !== 'hidden') return;
      for (const entry of performance.getEntriesByType('resource'))
        events.push({type: 'resource', time: performance.timeOrigin + entry.startTime, url: entry.name, initiator: entry.initiatorType,
          duration: entry.duration, transfer_size: entry.transferSize});
      navigator.sendBeacon('${ingest.url}/rum/v1', JSON.stringify({sdk: {name: 'page'}, app: {name: 'shop'}, session: {id: 's1'}, events}));
    });
  </script>`);
  const {page} = await visit(t, url);
  await page.click('#b');
  await page.goto('about:blank');
  const found = await wait_for('the beacon', () => {
    const now = events(directory);
    return now['browser.page_view'] && now;
  });
  assert.equal(found['browser.page_view'][0]['url.full'], url);
  assert.equal(found['browser.user_action.click'][0]['browser.element.selector'], 'button#b');
  assert.ok(found['browser.resource_timing'].some((timing) => timing['url.full'] === `${url}vitals.js`));
  const vitals = found['browser.web_vital'].map((vital) => vital['browser.web_vital.name']);
  for (const name of ['TTFB', 'FCP', 'LCP', 'CLS']) assert.ok(vitals.includes(name), `${name} among ${vitals}`);
  assert.ok(found['browser.web_vital'].every((vital) => vital['session.id'] === 's1'));
  await assert_ledger_closes(ingest.url);
});

test('a page of another origin than the key allows is refused, and may read why', async (t) => {
  const directory = temporary_directory(t);
  const hash = createRequire(import.meta.url)('node:crypto').createHash('sha256').update('k').digest('hex');
  fs.writeFileSync(`${directory}/keys`, JSON.stringify({hash: `sha256:${hash}`, project: 'web', origins: ['https://shop.example']}));
  const ingest = await start_ingest(t, 'null:', {args: ['--keys', `${directory}/keys`]});
  const url = await serve(t, '<!doctype html>');
  const {page} = await visit(t, url);
  const answer = await page.evaluate(async (to) => {
    const response = await fetch(to, {method: 'POST', headers: {'content-type': 'application/json'}, body: '{"events":[]}'});
    return [response.status, await response.text()];
  }, `${ingest.url}/rum/v1?key=k`);
  assert.equal(answer[0], 403);
  assert.match(answer[1], /not for pages of http:\/\/127/);
  assert.equal((await request(`${ingest.url}/rum/v1?key=k`, {method: 'POST', body: '{"events":[]}'})).status, 204);
});
