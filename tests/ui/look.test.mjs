// How it looks and who can use it: no sideways scrolling of the page on a phone, dark and light, axe-core without serious violations.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { DESK, PHONE, gridReady, missing, rows, setUp } from './browser.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Pages that are looked at in dark colours. */
const DARK = {
  desk: [
    'overview',
    'exceptions',
    'grouped',
    'shipment',
    'order',
    'charge',
    'exception',
    'document',
    'search',
    'not found',
  ],
  phone: ['overview', 'exceptions', 'shipment', 'charge'],
};

/** Every kind of page, on data that the server has. */
async function addresses(at) {
  const {
    rows: [shipment],
  } = await at.api('views/shipment_status?sort=-open_exceptions&limit=1');
  const {
    rows: [charge],
  } = await at.api('views/freight_charges?filter=expected_amount:filled&limit=1');
  const {
    rows: [line],
  } = await at.api('views/landed_cost_variance?limit=1');
  const {
    rows: [exception],
  } = await at.api('views/exceptions?limit=1');
  return {
    overview: '#/',
    exceptions: '#/view/exceptions',
    filtered: '#/view/unmatched_freight_charges?filter=status:eq:over_tolerance',
    grouped: '#/view/exceptions?group=partner,severity',
    'dead letters': '#/view/data_errors',
    timelines: '#/view/shipment_timeline',
    shipment: `#/shipment/${shipment.shipment_id}`,
    order: `#/order/${line.order_id}`,
    partner: `#/partner/${charge.issuer}`,
    invoice: `#/invoice/${charge.issuer}/${charge.invoice_no}`,
    charge: `#/row/freight_charges/${charge.issuer}/${charge.invoice_no}/${charge.line_no}`,
    exception: `#/row/exceptions/${encodeURIComponent(exception.exception_id)}`,
    document: `#/document/invoice/${charge.issuer}/${charge.invoice_no}`,
    search: '#/search?q=1',
    'not found': '#/shipment/THERE-IS-NO-SUCH',
    'no rows': '#/view/exceptions?filter=partner:eq:NOBODY',
  };
}

describe('look', { skip: missing }, () => {
  let at;
  let pages;
  before(async () => {
    at = await setUp();
    pages = await addresses(at);
  });
  after(async () => {
    await at.close();
    assert.deepEqual(at.faults, []);
  });

  for (const scheme of ['light', 'dark']) {
    for (const [size, viewport] of Object.entries({ desk: DESK, phone: PHONE })) {
      test(`axe finds nothing serious: ${size}, ${scheme}`, async () => {
        // What a page is made of is seen on one screen in light; colours also in dark, and what is laid out otherwise on a phone.
        const looked = scheme === 'light' ? Object.keys(pages) : DARK[size];
        const options = scheme === 'light' ? {} : { runOnly: ['color-contrast'] };
        for (const [name, hash] of Object.entries(pages).filter(([one]) => looked.includes(one))) {
          const page = await at.open(hash, { scheme, viewport, ready: 'h1, .problem' });
          await page.waitForTimeout(300);
          // The policy of the page forbids inline scripts; axe comes in through the debugger.
          await page.evaluate(AXE);
          const { violations } = await page.evaluate(
            (more) => globalThis.axe.run(document, { resultTypes: ['violations'], ...more }),
            options,
          );
          const serious = violations
            .filter(({ impact }) => ['serious', 'critical'].includes(impact))
            .map(
              ({ id, nodes }) =>
                `${id}: ${nodes
                  .slice(0, 3)
                  .map((node) => `${node.html.slice(0, 160)} ${node.failureSummary?.slice(0, 200)}`)
                  .join(' | ')}`,
            );
          assert.deepEqual(serious, [], name);
          await page.close();
        }
      });
    }
  }

  test('a phone never scrolls the page sideways', async () => {
    for (const [name, hash] of Object.entries(pages)) {
      const page = await at.open(hash, { viewport: PHONE, ready: 'h1, .problem' });
      await page.waitForTimeout(300);
      const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
      assert.ok(inner <= outer, `${name}: ${inner} > ${outer}`);
      await page.close();
    }
  });

  test('on a phone rows are cards with a name and a figure, and the menu opens and closes', async () => {
    const page = await at.open('#/view/exceptions', { viewport: PHONE });
    await gridReady(page);
    const card = page.locator('table.grid tbody:not(.spacer) tr').first();
    assert.ok((await card.boundingBox()).width <= PHONE.width);
    assert.equal(await card.locator('td[data-column="category"]').isVisible(), true);
    assert.equal(await card.locator('td[data-column="detail"]').isVisible(), false);
    assert.equal(await page.isVisible('#side'), false);
    await page.click('.menu-button');
    assert.equal(await page.getAttribute('.menu-button', 'aria-expanded'), 'true');
    await page.click('#side a:has-text("Late milestones")');
    await page.waitForSelector('h1:has-text("Late milestones")');
    assert.equal(await page.isVisible('#side'), false);
    await page.close();
  });

  test('colours follow the system, and the switch wins and is remembered', async () => {
    const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await at.open('#/', { scheme: 'light' });
    const dark = await at.open('#/', { scheme: 'dark' });
    const [bright, dim] = [await ground(light), await ground(dark)];
    assert.notEqual(bright, dim);
    await light.click('.theme-button');
    await light.click('.theme-button');
    assert.equal(await ground(light), dim);
    await light.reload();
    await light.waitForSelector('h1');
    assert.equal(await ground(light), dim);
    await light.click('.theme-button');
    assert.equal(await ground(light), bright);
    await light.close();
    await dark.close();
  });

  test('landmarks, one first heading, a link past the menu, and focus that can be seen', async () => {
    const page = await at.open('#/view/exceptions');
    await gridReady(page);
    for (const landmark of ['header', 'nav[aria-label]', 'main'])
      assert.equal(await page.locator(`body ${landmark}`).first().isVisible(), true, landmark);
    assert.equal(await page.locator('h1').count(), 1);
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
    await page.focus('.choice summary');
    await page.keyboard.press('Tab');
    assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle), 'none');
    await page.close();
  });

  test('the grid tells assistive technology its size and where a row stands', async () => {
    const page = await at.open('#/view/milestones');
    await gridReady(page);
    const { total } = await at.api('views/milestones?limit=1&total=true');
    assert.equal(await page.getAttribute('.grid', 'aria-rowcount'), String(total + 1));
    const first = (await rows(page))[0];
    assert.equal(await page.getAttribute(`tr[data-at="${first.at}"]`, 'aria-rowindex'), String(first.at + 2));
    await page.close();
  });
});
