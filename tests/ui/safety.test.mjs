// Hostile data and access: scripts in data stay text, nothing breaks the Content-Security-Policy, tokens are asked for and sent.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gridReady, missing, setUp } from './browser.mjs';

const SCRIPT = '<img src=x onerror="window.broken=1"><script>window.broken=1</script>';

/** Puts a script in place of every text value that is a name, wherever it stands in an answer. */
function poisoned(value, name = '') {
  if (Array.isArray(value)) return value.map((one) => poisoned(one, name));
  if (value && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, poisoned(one, key)]));
  const kept = [
    'view',
    'name',
    'kind',
    'clock',
    'next',
    'currency',
    'base_currency',
    'key',
    'version',
    'now',
    'started_at',
    'at',
  ];
  const isName =
    typeof value === 'string' && !kept.includes(name) && !/^[-\d.]+$/.test(value) && !/^\d{4}-\d\d-\d\d/.test(value);
  return isName ? `${SCRIPT}${value}` : value;
}

describe('safety', { skip: missing }, () => {
  let at;
  before(async () => {
    at = await setUp();
  });
  after(async () => {
    await at.close();
    assert.deepEqual(at.faults, []);
  });

  test('script in every text of every answer shows as text', async () => {
    const {
      rows: [shipment],
    } = await at.api('views/shipment_status?sort=-open_exceptions&limit=1');
    const {
      rows: [charge],
    } = await at.api('views/freight_charges?limit=1');
    const {
      rows: [line],
    } = await at.api('views/landed_cost_lines?limit=1');
    const hashes = [
      '#/',
      '#/view/exceptions',
      '#/view/freight_charges',
      '#/view/exceptions?group=partner',
      '#/view/data_errors',
      '#/view/shipment_timeline',
      `#/shipment/${shipment.shipment_id}`,
      `#/order/${line.order_id}`,
      `#/partner/${charge.issuer}`,
      `#/invoice/${charge.issuer}/${charge.invoice_no}`,
      `#/document/invoice/${charge.issuer}/${charge.invoice_no}`,
      `#/search?q=${shipment.shipment_id}`,
      `#/row/freight_charges/${charge.issuer}/${charge.invoice_no}/${charge.line_no}`,
    ];
    for (const hash of hashes) {
      const page = await at.open(hash, {
        ready: 'h1, .problem',
        before: (tab) =>
          tab.route(/\/api\/v1\/(?!status|views$)(?!.*changes)/, async (route) => {
            const response = await route.fetch();
            await route.fulfill({ response, json: poisoned(await response.json()) });
          }),
      });
      const shown = () =>
        page.waitForFunction(() => document.getElementById('main').textContent.includes('<script>'), null, {
          timeout: 8_000,
        });
      await shown().catch(() => assert.fail(`${hash}: the text is not shown`));
      await page.waitForTimeout(200);
      // The search goes at once to the only thing it finds, and there is none under a poisoned name.
      if (!hash.startsWith('#/search'))
        assert.equal((await page.locator('.problem').count()) ? await page.textContent('.problem') : '', '', hash);
      assert.equal(await page.evaluate(() => window.broken), undefined, hash);
      assert.equal(await page.locator('main img, main script').count(), 0, hash);
      await page.close();
    }
  });

  test('script in the address shows as text', async () => {
    const page = await at.open(`#/search?q=${encodeURIComponent(SCRIPT)}`);
    await page.waitForSelector('.empty-title');
    assert.ok((await page.textContent('main')).includes(SCRIPT));
    await page.goto(`${at.base}#/view/exceptions?filter=${encodeURIComponent(`partner:eq:${SCRIPT}`)}`);
    await page.waitForSelector('.chip');
    assert.equal(await page.evaluate(() => window.broken), undefined);
    await page.close();
  });

  test('the page asks other hosts for nothing', async () => {
    const asked = [];
    const page = await at.open('#/', {
      before: (tab) => tab.on('request', (request) => asked.push(request.url())),
      ready: '.tiles',
    });
    assert.deepEqual(
      asked.filter((url) => !url.startsWith(at.base)),
      [],
    );
    await page.close();
  });

  test('a formula in a cell is exported by the server, not made by the page', async () => {
    const page = await at.open('#/view/exceptions');
    await gridReady(page);
    assert.equal(await page.locator('.exports a[href^="blob:"], .exports a[href^="data:"]').count(), 0);
    await page.close();
  });
});

describe(
  'access',
  { skip: process.env.LANDFALL_DUMPS ? false : 'needs LANDFALL_DUMPS: the mock asks for the token' },
  () => {
    let at;
    before(async () => {
      at = await setUp({ token: 'right' });
    });
    after(async () => {
      await at.close();
      assert.deepEqual(at.faults, []);
    });

    test('a token is asked for once, refused, accepted, sent with lists, streams and exports, and kept for the tab', async () => {
      const sent = [];
      const page = await at.open('#/view/exceptions', {
        ready: 'dialog[open]',
        before: (tab) =>
          tab.on('request', (request) => {
            if (request.url().includes('/api/v1/'))
              sent.push([new URL(request.url()).pathname, request.headers().authorization]);
          }),
      });
      assert.equal(await page.locator('dialog').count(), 1);
      await page.fill('#token', 'wrong');
      await page.keyboard.press('Enter');
      await page.waitForSelector('dialog:has-text("did not accept")');
      await page.fill('#token', 'right');
      await page.keyboard.press('Enter');
      await gridReady(page);
      await page.waitForSelector('.live[data-live="open"]');
      assert.equal(
        sent.find(([path, header]) => path.endsWith('/changes') && header === 'Bearer right')?.[1],
        'Bearer right',
      );
      assert.equal(await page.evaluate(() => sessionStorage.getItem('landfall-token')), 'right');
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('.exports a:has-text("CSV")')]);
      assert.equal(download.suggestedFilename(), 'exceptions.csv');
      await page.reload();
      await gridReady(page);
      assert.equal(await page.locator('dialog').count(), 0);
      await page.close();
    });
  },
);
