// Worklists: filter, facets, order, groups, columns, paging, keys, exports; all of it in the address.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gridReady, hashOf, missing, rows, setUp } from './browser.mjs';

describe('worklists', { skip: missing }, () => {
  let at;
  before(async () => {
    at = await setUp();
  });
  after(async () => {
    await at.close();
    assert.deepEqual(at.faults, []);
  });

  test('a typed filter narrows the list and stands in the address', async () => {
    const page = await at.open('#/view/exceptions');
    await gridReady(page);
    const all = await at.api('views/exceptions?limit=1&total=true');
    await page.keyboard.press('/');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'filter');
    await page.keyboard.type('severity = High');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => location.hash.includes('filter=severity:eq:high'));
    await gridReady(page);
    const some = await at.api('views/exceptions?limit=1&total=true&filter=severity:eq:high');
    assert.ok(some.total < all.total);
    await page.waitForFunction(
      (count) => document.getElementById('count').textContent.startsWith(count),
      some.total.toLocaleString('en'),
    );
    for (const row of await rows(page)) assert.equal(row.severity, 'High');
    await page.click('.chip');
    await page.waitForFunction(() => !location.hash.includes('filter'));
    await page.close();
  });

  test('a filter on an unknown column is refused with the columns there are', async () => {
    const page = await at.open('#/view/exceptions');
    await gridReady(page);
    await page.fill('#filter', 'colour = red');
    await page.keyboard.press('Enter');
    assert.match(await page.textContent('#filter-wrong'), /no column “colour”.*severity/);
    await page.close();
  });

  test('facets count, switch on and off, and combine with aging buckets', async () => {
    const page = await at.open('#/view/exceptions');
    await page.waitForSelector('.facet-value');
    const buckets = await at.api('views/exceptions/groups?by=age_bucket');
    const bucket = buckets.groups[0];
    const name = `${bucket.by.age_bucket} days`;
    await page.click(`.facet-value:has-text("${name}")`);
    await page.waitForFunction(
      (value) => decodeURIComponent(location.hash).includes(`age_bucket:eq:${value}`),
      bucket.by.age_bucket,
    );
    await page.waitForFunction(
      (count) => document.getElementById('count')?.textContent.startsWith(count),
      bucket.count.toLocaleString('en'),
    );
    const pressed = page.locator('.facet-value[aria-pressed="true"]');
    await pressed.waitFor();
    assert.match(await pressed.textContent(), new RegExp(`${bucket.count.toLocaleString('en')}$`));
    await pressed.click();
    await page.waitForFunction(() => !location.hash.includes('age_bucket'));
    await page.close();
  });

  test('a click on a head orders by it, a second one turns it, Shift adds', async () => {
    const page = await at.open('#/view/freight_charges?sort=');
    await gridReady(page);
    await page.click('th:has-text("Amount (base)") button');
    await page.waitForFunction(() => /sort=base_amount/.test(location.hash));
    await page.click('th:has-text("Amount (base)") button');
    await page.waitForFunction(() => /sort=-base_amount/.test(location.hash));
    await gridReady(page);
    const figures = (await rows(page))
      .map((row) => Number(row.base_amount.replace(/,/g, '').replace('−', '-')))
      .filter((figure) => !Number.isNaN(figure));
    assert.deepEqual(
      figures,
      [...figures].sort((a, b) => b - a),
    );
    assert.equal(await page.getAttribute('th:has-text("Amount (base)")', 'aria-sort'), 'descending');
    await page.click('th:has-text("Issuer") button', { modifiers: ['Shift'] });
    await page.waitForFunction(() => /sort=-base_amount,issuer/.test(location.hash));
    await page.close();
  });

  test('groups show counts and exact sums and lead to their rows', async () => {
    const page = await at.open('#/view/unmatched_freight_charges');
    await gridReady(page);
    await page.selectOption('.grouping select', 'status');
    await page.waitForSelector('table.groups tbody tr');
    const answer = await at.api('views/unmatched_freight_charges/groups?by=status&sum=base_amount');
    const largest = [...answer.groups].sort(
      (a, b) => Math.abs(Number(b.sums.base_amount)) - Math.abs(Number(a.sums.base_amount)),
    )[0];
    const first = await page.$$eval('table.groups tbody tr:first-child td', (cells) =>
      cells.map((cell) => cell.textContent),
    );
    assert.equal(first[1], largest.count.toLocaleString('en'));
    assert.equal(first[2].replace(/,/g, '').replace('−', '-'), largest.sums.base_amount);
    await page.click('table.groups tbody tr:first-child a');
    await gridReady(page);
    assert.ok((await hashOf(page)).includes(`filter=status:eq:${largest.by.status}`));
    await page.close();
  });

  test('two groupings nest', async () => {
    const page = await at.open('#/view/exceptions?group=category,severity');
    await page.waitForSelector('table.groups tr.whole');
    const counts = await page.$$eval('table.groups tbody tr', (found) =>
      found.map((row) => ({
        whole: row.classList.contains('whole'),
        count: Number(row.querySelector('td.number').textContent.replace(/,/g, '')),
      })),
    );
    const first = counts.findIndex((row, place) => place > 0 && row.whole);
    const parts = counts.slice(1, first < 0 ? undefined : first).reduce((all, row) => all + row.count, 0);
    assert.equal(counts[0].count, parts);
    await page.close();
  });

  test('columns are chosen and kept in the address', async () => {
    const page = await at.open('#/view/exceptions?columns=category,partner,since');
    await gridReady(page);
    assert.deepEqual(
      await page.$$eval('.grid thead th button', (found) => found.map((one) => one.textContent.trim())),
      ['Category', 'Partner', 'Since'],
    );
    await page.click('.choice summary');
    const box = await page.locator('.popover').boundingBox();
    assert.ok(box.x >= 0 && box.x + box.width <= 1360);
    await page.check('.popover input[name="owner"]');
    await page.waitForFunction(() => location.hash.includes('columns=category,partner,since,owner'));
    await page.waitForFunction(() => document.activeElement.name === 'owner');
    assert.equal(await page.isVisible('.popover'), true);
    await page.click('h1');
    assert.equal(await page.isVisible('.popover'), false);
    await page.close();
  });

  test('a shared address shows the same list', async () => {
    const hash =
      '#/view/exceptions?filter=severity:eq:high&filter=category:eq:late_milestone&sort=-since&columns=since,category,severity';
    const page = await at.open(hash);
    await gridReady(page);
    const expected = await at.api(
      'views/exceptions?filter=severity:eq:high&filter=category:eq:late_milestone&sort=-since&limit=20',
    );
    const shown = (await rows(page)).slice(0, 10).map((row) => row.since);
    assert.deepEqual(
      shown,
      expected.rows.slice(0, 10).map((row) => `${row.since.slice(0, 10)} ${row.since.slice(11, 16)}`),
    );
    await page.close();
  });

  test('pages are read as the list is scrolled, each row once, and only some are drawn', async () => {
    const page = await at.open('#/view/milestones');
    await gridReady(page);
    for (let turn = 0; turn < 6; turn += 1) {
      await page.$eval('.grid-scroll', (node) => {
        node.scrollTop = node.scrollHeight;
      });
      await page.waitForTimeout(150);
    }
    await page.waitForFunction(
      () =>
        Number(/^(?:All )?([\d,]+)/.exec(document.querySelector('.foot').textContent)?.[1].replace(/,/g, '')) >= 300,
    );
    const drawn = await rows(page);
    assert.ok(drawn.length < 80, `${drawn.length} rows in the document`);
    const expected = await at.api('views/milestones?limit=1000');
    assert.ok(drawn.at(-1).at >= 299);
    for (const row of drawn) {
      const { shipment_id, milestone } = expected.rows[row.at];
      assert.equal(row.key, JSON.stringify([shipment_id, milestone]), `row ${row.at}`);
    }
    await page.close();
  });

  test('keys move through the list, open a row, and Back returns to it', async () => {
    const page = await at.open('#/view/exceptions');
    await gridReady(page);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('k');
    const selected = await page.$eval('tr.selected', (row) => ({
      key: row.dataset.key,
      at: row.dataset.at,
      id: row.id,
    }));
    assert.equal(selected.at, '1');
    assert.equal(await page.getAttribute('.grid', 'aria-activedescendant'), selected.id);
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => location.hash.startsWith('#/row/exceptions/'));
    await page.waitForSelector('.facts');
    await page.goBack();
    await page.waitForSelector('tr.selected');
    assert.equal(await page.$eval('tr.selected', (row) => row.dataset.key), selected.key);
    await page.keyboard.press('?');
    assert.ok(await page.isVisible('dialog.help'));
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    await page.waitForSelector('h1:has-text("Overview")');
    await page.close();
  });

  test('keys reach rows far below and bring them into sight', async () => {
    const page = await at.open('#/view/milestones');
    await gridReady(page);
    for (let turn = 0; turn < 5; turn += 1) await page.keyboard.press('PageDown');
    const inside = await page.$eval('tr.selected', (row) => {
      const frame = document.querySelector('.grid-scroll').getBoundingClientRect();
      const own = row.getBoundingClientRect();
      return Number(row.dataset.at) > 40 && own.top >= frame.top && own.bottom <= frame.bottom + 1;
    });
    assert.ok(inside);
    await page.close();
  });

  test('everything can be done with keys alone, and the focus stays where it was', async () => {
    const page = await at.open('#/view/exceptions');
    await gridReady(page);
    await page.focus('th:has-text("Since") button');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => location.hash.includes('sort=since'));
    await gridReady(page);
    assert.equal(await page.evaluate(() => document.activeElement.dataset.focus), 'sort:since');
    await page.focus('.facet-value');
    const facet = await page.evaluate(() => document.activeElement.dataset.focus);
    await page.keyboard.press('Space');
    await page.waitForFunction(() => location.hash.includes('filter='));
    await page.waitForFunction((name) => document.activeElement.dataset.focus === name, facet);
    await page.close();
  });

  test('exports carry filter and order', async () => {
    const page = await at.open('#/view/exceptions?filter=severity:eq:critical&sort=since');
    await gridReady(page);
    const links = await page.$$eval('.exports a', (found) => found.map((one) => one.href));
    for (const [place, ending] of ['csv', 'xlsx'].entries()) {
      const url = new URL(links[place]);
      assert.equal(url.pathname.endsWith(`/api/v1/views/exceptions.${ending}`), true);
      assert.deepEqual(url.searchParams.getAll('filter'), ['severity:eq:critical']);
      assert.equal(url.searchParams.get('sort'), 'since');
    }
    const [csv, xlsx] = await Promise.all(links.map(async (href) => (await fetch(href)).arrayBuffer()));
    const { total } = await at.api('views/exceptions?filter=severity:eq:critical&limit=1&total=true');
    assert.ok(new TextDecoder().decode(csv).trimEnd().split('\n').length >= total + 1);
    if (!at.mock) assert.equal(new TextDecoder().decode(xlsx.slice(0, 2)), 'PK');
    await page.close();
  });
});
