// Live changes: rows stay where they are, changed ones are marked, new ones wait to be accepted; resuming; staleness. Streams are
// put in place of the server's, so that the test says what changes and when.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gate, gridReady, missing, rows, setUp, sse } from './browser.mjs';

describe('live changes', { skip: missing }, () => {
  let at;
  before(async () => {
    at = await setUp();
  });
  after(async () => {
    await at.close();
    assert.deepEqual(at.faults, []);
  });

  /** Opens the exceptions with a stream that says `frames(tick, rows)` once the gate opens. */
  async function withStream(frames) {
    const hold = gate();
    const calls = [];
    let list = null;
    const page = await at.open('#/view/exceptions?sort=-amount_base', {
      before: async (tab) => {
        await tab.route('**/api/v1/views/exceptions?**', async (route) => {
          const response = await route.fetch();
          list ??= await response.json();
          await route.fulfill({ response });
        });
        await tab.route('**/api/v1/views/exceptions/changes**', async (route) => {
          calls.push({ id: route.request().headers()['last-event-id'], url: new URL(route.request().url()) });
          if (calls.length === 1) {
            await hold.opened;
            await route.fulfill({ contentType: 'text/event-stream', body: sse(frames(list)) }).catch(() => {});
          } else {
            await new Promise((resolve) => {
              setTimeout(resolve, 20_000).unref();
            });
            await route.abort().catch(() => {});
          }
        });
      },
    });
    await gridReady(page);
    return { page, hold, calls, list: () => list };
  }

  const frame = (list, changes) => ({
    event: 'tick',
    id: list.tick + 1,
    data: { tick: list.tick + 1, clock: list.clock, inserts: [], updates: [], deletes: [], ...changes },
  });

  test('changed rows change in place, new rows wait, and the selected row does not move', async () => {
    const { page, hold, list } = await withStream((now) => [
      frame(now, {
        updates: [{ before: now.rows[3], after: { ...now.rows[3], amount_base: '999999.99' } }],
        deletes: [now.rows[5]],
        inserts: [1, 2].map((number) => ({
          ...now.rows[0],
          exception_id: `freight_charge:NEW/${number}/1`,
          amount_base: '8888888.00',
        })),
      }),
    ]);
    for (let turn = 0; turn < 5; turn += 1) await page.keyboard.press('j');
    const place = () =>
      page.$eval('tr.selected', (row) => ({ key: row.dataset.key, top: row.getBoundingClientRect().top }));
    const selected = await place();
    const order = (await rows(page)).map((row) => row.key);
    hold.release();
    await page.waitForSelector('.news:not([hidden])');
    assert.match(await page.textContent('.news'), /^2 new rows · 1 gone · order changed/);
    assert.deepEqual(await place(), selected);
    const shown = await rows(page);
    assert.deepEqual(
      shown.map((row) => row.key),
      order,
    );
    assert.match(shown[3].classes, /changed/);
    assert.equal(shown[3].amount_base, '999,999.99');
    assert.match(shown[5].classes, /gone/);
    assert.equal(
      await page.$eval('tr[data-at="3"] td[data-column="amount_base"]', (cell) =>
        cell.classList.contains('cell-changed'),
      ),
      true,
    );
    const total = (list().total + 1).toLocaleString('en');
    assert.match(await page.textContent('#count'), new RegExp(`^${total} `));
    assert.equal(await page.textContent('#announce'), '2 new rows · 1 gone · order changed');
    await page.close();
  });

  test('accepting new rows keeps the selected row under the eye', async () => {
    const { page, hold, list } = await withStream((now) => [
      frame(now, { inserts: [{ ...now.rows[0], exception_id: 'freight_charge:NEW/1/1' }] }),
    ]);
    for (let turn = 0; turn < 12; turn += 1) await page.keyboard.press('j');
    await page.$eval('.grid-scroll', (node) => {
      node.scrollTop = 200;
    });
    const place = () =>
      page.$eval('tr.selected', (row) => ({ key: row.dataset.key, top: Math.round(row.getBoundingClientRect().top) }));
    const before = await place();
    hold.release();
    await page.waitForSelector('.news:not([hidden])');
    // The list that is read again has a new row above all others.
    await page.route('**/api/v1/views/exceptions?**', async (route) => {
      const body = structuredClone(list());
      body.tick += 1;
      body.rows.unshift({ ...body.rows[0], exception_id: 'freight_charge:NEW/1/1' });
      await route.fulfill({ json: body });
    });
    await page.keyboard.press('r');
    await page.waitForSelector('.news[hidden]', { state: 'attached' });
    await page.waitForFunction((key) => document.querySelector('tr.selected')?.dataset.key === key, before.key);
    assert.deepEqual(await place(), before);
    await page.close();
  });

  test('at the top and idle the list takes new rows by itself', async () => {
    const { page, hold } = await withStream((now) => [
      frame(now, { inserts: [{ ...now.rows[0], exception_id: 'freight_charge:NEW/1/1' }] }),
    ]);
    hold.release();
    await page.waitForSelector('.news:not([hidden])');
    await page.waitForSelector('.news[hidden]', { state: 'attached', timeout: 12_000 });
    await page.close();
  });

  test('a lost stream resumes after the last tick it saw', async () => {
    const { page, hold, calls, list } = await withStream((now) => [
      frame(now, { updates: [{ before: now.rows[1], after: { ...now.rows[1], detail: 'changed' } }] }),
    ]);
    hold.release();
    for (let turn = 0; calls.length < 2 && turn < 80; turn += 1) await page.waitForTimeout(100);
    assert.equal(calls[0].url.searchParams.get('after'), String(list().tick));
    assert.equal(calls[1].url.searchParams.get('after'), String(list().tick + 1));
    assert.equal(calls[1].id, String(list().tick + 1));
    await page.close();
  });

  test('when the tick has left the window the list says that it is behind and reads a new snapshot', async () => {
    let streams = 0;
    const page = await at.open('#/view/exceptions', {
      before: (tab) =>
        tab.route('**/changes**', async (route) => {
          streams += 1;
          if (streams === 1)
            await route.fulfill({
              status: 410,
              contentType: 'application/problem+json',
              body: JSON.stringify({ title: 'Gone', status: 410 }),
            });
          else
            await new Promise((resolve) => {
              setTimeout(resolve, 20_000).unref();
            });
        }),
    });
    await gridReady(page);
    await page.keyboard.press('j');
    await page.waitForSelector('.news:not([hidden])');
    assert.match(await page.textContent('.news'), /The list is behind/);
    await page.keyboard.press('r');
    await page.waitForSelector('.news[hidden]', { state: 'attached' });
    assert.ok((await rows(page)).length > 0);
    await page.close();
  });

  test('a list filtered by age stays live: the stream is asked without the age, and its rows are held against it', async () => {
    const asked = [];
    const { groups } = await at.api('views/exceptions/groups?by=age_bucket');
    const [{ by }] = groups.filter((group) => group.by.age_bucket !== '>90').sort((a, b) => b.count - a.count);
    let list = null;
    const page = await at.open(`#/view/exceptions?filter=severity:eq:high&filter=age_bucket:eq:${by.age_bucket}`, {
      before: async (tab) => {
        await tab.route('**/api/v1/views/exceptions?**', async (route) => {
          const response = await route.fetch();
          list ??= await response.json();
          await route.fulfill({ response });
        });
        await tab.route('**/changes**', async (route) => {
          asked.push(new URL(route.request().url()).searchParams.getAll('filter'));
          if (asked.length > 1) return route.abort();
          const { age_days, age_bucket, ...row } = list.rows[0];
          const young = { ...row, exception_id: 'freight_charge:AGE/1/1' };
          const old = { ...row, exception_id: 'freight_charge:AGE/2/1', since: '1999-01-01T00:00:00Z' };
          const data = { tick: list.tick + 1, clock: list.clock, inserts: [young, old], updates: [], deletes: [] };
          return route.fulfill({
            contentType: 'text/event-stream',
            body: sse([{ event: 'tick', id: data.tick, data }]),
          });
        });
      },
    });
    await gridReady(page);
    await page.keyboard.press('j');
    await page.waitForSelector('.news:not([hidden])');
    assert.match(await page.textContent('.news'), /^1 new row ·/);
    assert.deepEqual(asked[0], ['severity:eq:high']);
    await page.close();
  });

  test('a stream that is refused is said so and the list is still told of new ticks', async () => {
    const page = await at.open('#/view/exceptions', {
      before: (tab) =>
        tab.route('**/changes**', (route) => route.fulfill({ status: 400, json: { title: 'No', status: 400 } })),
    });
    await gridReady(page);
    await page.waitForSelector('.live:has-text("Not live")');
    await page.keyboard.press('j');
    await page.waitForSelector('.news:not([hidden]):has-text("The list is behind")', { timeout: 20_000 });
    await page.close();
  });

  test('the tick and its age are visible, and a lost connection is plain to see', async () => {
    const page = await at.open('#/view/exceptions');
    await page.waitForSelector('.pulse[data-mood="live"]');
    assert.match(await page.textContent('.pulse'), /Tick [\d,]+.*ago/);
    await page.route('**/api/v1/**', (route) => route.abort());
    await page.waitForSelector('.pulse[data-mood="lost"]', { timeout: 15_000 });
    assert.match(await page.textContent('.pulse'), /Connection lost/);
    await page.unroute('**/api/v1/**');
    await page.waitForSelector('.pulse[data-mood="live"]', { timeout: 15_000 });
    await page.close();
  });

  test(
    'changes arrive over a real stream',
    { skip: process.env.LANDFALL_URL ? 'the server decides what changes' : false },
    async () => {
      const page = await at.open('#/view/exceptions?sort=-amount_base');
      await gridReady(page);
      await page.waitForSelector('.live[data-live="open"]');
      const {
        rows: [row],
      } = await at.api('views/exceptions?sort=-amount_base&limit=1');
      at.mock.tick('exceptions', { updates: [{ before: row, after: { ...row, detail: 'now' } }] });
      await page.waitForSelector('tr.changed');
      at.mock.tick('exceptions', { inserts: [{ ...row, exception_id: 'freight_charge:LATE/1/1' }] });
      await page.waitForSelector('.news:not([hidden])');
      await page.close();
    },
  );
});
