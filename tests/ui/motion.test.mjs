// A server whose business goes on (LANDFALL_MOTION_URL): real changes reach the page, and nothing moves under the reader.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gridReady, rows, setUp } from './browser.mjs';

const url = process.env.LANDFALL_MOTION_URL;

describe('motion', { skip: url ? false : 'needs LANDFALL_MOTION_URL: a server in motion' }, () => {
  let at;
  before(async () => {
    at = await setUp({ url });
  });
  after(async () => {
    await at.close();
    assert.deepEqual(at.faults, []);
  });

  /** Waits until the stream brought something new for the list. */
  const told = (page) => page.waitForSelector('.news:not([hidden])', { timeout: 60_000 });

  test('rows under the pointer stay where they are while changes come in, until they are asked for', async () => {
    const page = await at.open('#/view/shipment_timeline?sort=-recorded_at');
    await gridReady(page);
    const row = page.locator('table.grid tbody:not(.spacer) tr').nth(4);
    await row.hover();
    const place = async () => {
      const under = (await rows(page)).slice(0, 10).map(({ key }) => key);
      return { under, top: (await row.boundingBox()).y };
    };
    const before = await place();
    await told(page);
    // The pointer rests on the list for longer than an idle list waits.
    await page.waitForTimeout(6_000);
    assert.deepEqual(await place(), before);
    await page.keyboard.press('r');
    await page.waitForFunction(
      (key) => document.querySelector('table.grid tbody:not(.spacer) tr').dataset.key !== key,
      before.under[0],
    );
    await page.close();
  });

  test('a selected row keeps its place on the screen when new rows are taken in above it', async () => {
    const page = await at.open('#/view/shipment_timeline?sort=-recorded_at');
    await gridReady(page);
    for (let turn = 0; turn < 6; turn += 1) await page.keyboard.press('j');
    const selected = () => page.$eval('tr.selected', (row) => ({ key: row.dataset.key, at: Number(row.dataset.at) }));
    const before = await selected();
    await told(page);
    assert.deepEqual(await selected(), before);
    await page.keyboard.press('r');
    await page.waitForFunction((at) => Number(document.querySelector('tr.selected')?.dataset.at) > at, before.at);
    assert.equal((await selected()).key, before.key);
    await page.close();
  });

  test('all figures of the overview are of one tick, and they follow the ticks', async () => {
    const asked = new Map();
    const page = await at.open('#/', {
      ready: '.bars',
      before: (tab) =>
        tab.on('response', async (response) => {
          const { pathname, searchParams } = new URL(response.url());
          if (!pathname.includes('/api/v1/views/') || !searchParams.has('as_of_tick')) return;
          const body = await response.json().catch(() => null);
          if (body) asked.set(response.url(), { pinned: Number(searchParams.get('as_of_tick')), tick: body.tick });
        }),
    });
    const tick = async () => Number(/tick ([\d,]+)/.exec(await page.textContent('#as-of'))[1].replace(/,/g, ''));
    const first = await tick();
    const answers = [...asked.values()].filter((one) => one.pinned === first);
    assert.ok(answers.length >= 10, `${answers.length} answers of tick ${first}`);
    for (const answer of asked.values()) assert.equal(answer.tick, answer.pinned);
    await page.waitForFunction(
      (text) => document.getElementById('as-of').textContent !== text,
      await page.textContent('#as-of'),
      { timeout: 30_000 },
    );
    assert.ok((await tick()) > first);
    assert.match(await page.textContent('.verdict'), /balance/);
    await page.close();
  });
});
