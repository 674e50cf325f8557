// Overview, drill, shipment, order, dead letters, search: figures equal what the API says, and links lead where they say.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gridReady, hashOf, missing, rows, setUp } from './browser.mjs';

const number = (text) => text.replace(/,/g, '').replace('−', '-');

describe('pages', { skip: missing }, () => {
  let at;
  before(async () => {
    at = await setUp();
  });
  after(async () => {
    await at.close();
    assert.deepEqual(at.faults, []);
  });

  test('the overview shows sorted bars, and the table beside them has the exact sums', async () => {
    const page = await at.open('#/', { ready: '.bars' });
    const panel = page.locator('section.panel', { has: page.locator('h2', { hasText: 'Unmatched money by reason' }) });
    const { groups } = await at.api('views/unmatched_freight_charges/groups?by=status&sum=base_amount');
    groups.sort((a, b) => Math.abs(Number(b.sums.base_amount)) - Math.abs(Number(a.sums.base_amount)));
    assert.equal(
      await panel.locator('.bar-row').first().getAttribute('href'),
      `#/view/unmatched_freight_charges?filter=status:eq:${groups[0].by.status}`,
    );
    const widths = await panel
      .locator('.bar rect.fill')
      .evaluateAll((found) => found.map((rect) => rect.getBBox().width));
    assert.ok(widths.length > 1);
    assert.deepEqual(
      widths,
      [...widths].sort((a, b) => b - a),
    );
    await panel.locator('button', { hasText: 'Table' }).click();
    const cells = await panel
      .locator('tbody tr')
      .evaluateAll((found) => found.map((row) => row.querySelector('td').textContent));
    assert.deepEqual(
      cells.map(number),
      groups.map((group) => group.sums.base_amount ?? '0'),
    );
    await page.close();
  });

  test('the overview answers every question it is there for', async () => {
    const page = await at.open('#/', { ready: '.bars' });
    const headings = await page.$$eval('main h2', (found) => found.map((one) => one.textContent));
    for (const heading of [
      'Unmatched money by reason',
      'Unmatched money by partner',
      'Open exceptions by category',
      'Open exceptions by age',
      'Late milestones',
      'Late milestones by carrier',
      'Landed-cost variance by supplier',
      'Control totals',
      'Feed freshness',
    ])
      assert.ok(headings.includes(heading), heading);
    assert.match(await page.textContent('#as-of'), /as of ticks? [\d,]+/);
    const { rows: kpis } = await at.api('views/kpis?filter=partner:eq:*&filter=region:eq:*&filter=name:eq:match_rate');
    assert.ok((await page.textContent('.tiles')).includes(`${(Number(kpis[0].value) * 100).toFixed(1)} %`));
    assert.match(await page.textContent('.verdict'), /balance/);
    await page.close();
  });

  test('control totals that do not balance are said loudly', async () => {
    const page = await at.open('#/', {
      ready: '.verdict',
      before: (tab) =>
        tab.route('**/views/control_totals?**', async (route) => {
          const response = await route.fetch();
          const body = await response.json();
          const row = body.rows.find((one) => one.kind === 'charges' && one.status === 'total');
          row.base_amount = `${Number(row.base_amount).toFixed(2)}1`;
          await route.fulfill({ json: body });
        }),
    });
    assert.match(await page.textContent('.verdict.critical'), /1 of \d+ do not balance/);
    assert.ok((await page.textContent('.tile.critical')).includes('1 out of balance'));
    await page.close();
  });

  test('a panel whose view is not served says so and the others still show', async () => {
    const page = await at.open('#/', {
      ready: '.bars',
      before: (tab) =>
        tab.route('**/views/feed_health**', (route) =>
          route.fulfill({
            status: 404,
            contentType: 'application/problem+json',
            body: JSON.stringify({ title: 'The view feed_health is not served', status: 404 }),
          }),
        ),
    });
    assert.match(await page.textContent('.problem'), /feed_health is not served/);
    assert.ok((await page.locator('.bars').count()) >= 5);
    await page.close();
  });

  test('the drill goes from partner to invoice to charge to what was expected to the raw event', async () => {
    const found = await at.api(
      'views/freight_charges?filter=status:eq:over_tolerance&filter=expected_amount:filled&sort=-base_amount&limit=1',
    );
    const charge = found.rows[0];
    const page = await at.open(`#/partner/${encodeURIComponent(charge.issuer)}`);
    await page.click(
      `a[href="#/invoice/${encodeURIComponent(charge.issuer)}/${encodeURIComponent(charge.invoice_no)}"]`,
    );
    await page.waitForSelector(`h1:has-text("Invoice ${charge.invoice_no}")`);
    await page.click(`main a[href^="#/row/freight_charges/"]:text-is("${charge.line_no}")`);
    await page.waitForSelector(`h1:has-text("Charge ${charge.code} on")`);
    await page.waitForSelector('h3:has-text("Charges the shipment expects")');
    const body = await page.textContent('main');
    const compare = await page
      .locator('section', { has: page.locator('h2', { hasText: 'How it compares' }) })
      .textContent();
    assert.equal(number(compare).includes(`${charge.expected_amount} ${charge.expected_currency}`), true, compare);
    assert.equal(number(compare).includes(`${charge.variance_amount} ${charge.expected_currency}`), true, compare);
    assert.ok(body.includes('Over tolerance'));
    await page.click('main a[href^="#/document/invoice/"]');
    await page.waitForSelector('pre.json');
    const event = JSON.parse(await page.textContent('pre.json'));
    assert.equal((event.data ?? event).invoice_no, charge.invoice_no);
    await page.close();
  });

  test('an exception leads to its own row, its subject and its documents', async () => {
    const {
      rows: [row],
    } = await at.api('views/exceptions?filter=category:eq:freight_charge&sort=-amount_base&limit=1');
    const page = await at.open(`#/row/exceptions/${encodeURIComponent(row.exception_id)}`);
    await page.click('#drill a:has-text("Open the freight charge")');
    await page.waitForSelector('h1:has-text("Charge ")');
    assert.ok((await hashOf(page)).startsWith('#/row/freight_charges/'));
    await page.close();
  });

  test('a shipment page draws its milestones on one axis and lists what it is made of', async () => {
    const {
      rows: [row],
    } = await at.api('views/shipment_status?sort=-open_exceptions&limit=1');
    const answer = await at.api(`shipments/${encodeURIComponent(row.shipment_id)}`);
    const page = await at.open(`#/shipment/${encodeURIComponent(row.shipment_id)}`, { ready: '.axis-picture' });
    const { shipment } = answer;
    const count = (name) => page.locator(`.axis-picture .${name}`).count();
    assert.equal(await count('actual'), shipment.milestones.filter((one) => one.actual_at).length);
    assert.equal(await count('due'), shipment.milestones.filter((one) => one.due_at).length);
    assert.equal(await count('estimated'), shipment.milestones.filter((one) => one.estimated_at).length);
    assert.equal(await count('hold'), shipment.holds.length);
    const xs = await page.$$eval('.axis-picture .actual', (found) =>
      found.map((one) => Number(one.getAttribute('cx'))),
    );
    const width = await page.$eval('.axis-picture', (node) => node.clientWidth);
    assert.ok(
      xs.every((x) => x >= 0 && x <= width),
      String(xs),
    );
    assert.equal(await page.locator('.timeline li').count(), shipment.timeline.length);
    assert.match(await page.getAttribute('.axis-picture', 'aria-label'), /^Milestones: /);
    const headings = await page.$$eval('main h2', (found) => found.map((one) => one.textContent));
    for (const heading of [
      'Where it stands',
      'Customs holds',
      'Identifiers',
      'Milestones',
      'Exceptions',
      'Charges',
      'Timeline',
    ])
      assert.ok(headings.includes(heading), heading);
    await page.close();
  });

  test('an order page shows landed cost by component with exact sums', async () => {
    const {
      rows: [row],
    } = await at.api('views/landed_cost_variance?sort=-variance&limit=1');
    const cost = await at.api(`orders/${encodeURIComponent(row.order_id)}/landed-cost`);
    const page = await at.open(`#/order/${encodeURIComponent(row.order_id)}`);
    const panel = page.locator('section', { has: page.locator('h2', { hasText: 'Best estimate by component' }) });
    await panel.locator('button', { hasText: 'Table' }).click();
    const shown = await panel
      .locator('tbody tr')
      .evaluateAll((found) => found.map((one) => one.querySelector('td').textContent));
    const cents = (text) => Math.round(Number(number(text)) * 100);
    assert.equal(
      shown.reduce((all, one) => all + cents(one), 0),
      cost.components.reduce((all, one) => all + cents(one.best), 0),
    );
    await page.close();
  });

  test('dead letters show code, field and message, and filter by code', async () => {
    const { groups } = await at.api('views/data_errors/groups?by=error_code');
    if (!groups.length) return;
    const page = await at.open('#/view/data_errors');
    await gridReady(page);
    const heads = await page.$$eval('.grid thead th', (found) => found.map((one) => one.textContent.trim()));
    for (const head of ['Code', 'Field', 'Message']) assert.ok(heads.includes(head), head);
    const button = page.locator('.facet[aria-label="Code"] .facet-value').first();
    const count = await button.locator('.count').textContent();
    const code = (await button.textContent()).replace(count, '').trim();
    await button.click();
    await page.waitForFunction(() => location.hash.includes('error_code:eq:'));
    await gridReady(page);
    await page.waitForFunction(
      (total) => document.getElementById('count').textContent.startsWith(`${total} row`),
      count,
    );
    for (const row of await rows(page)) assert.equal(row.error_code, code);
    await page.close();
  });

  test('the search finds a shipment by an identifier and goes there at once', async () => {
    const {
      rows: [row],
    } = await at.api('views/shipment_status?limit=1');
    const page = await at.open('#/');
    await page.keyboard.press('s');
    await page.keyboard.type(row.shipment_id);
    await page.keyboard.press('Enter');
    await page.waitForSelector(`h1:text-is("${row.shipment_id}")`);
    await page.fill('#search', 'no such thing');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.empty-title:has-text("Nothing is named")');
    await page.close();
  });

  test('an unknown shipment is an error with advice, an unmatched filter an empty list with a way out', async () => {
    const page = await at.open('#/shipment/THERE-IS-NO-SUCH', { ready: '.problem' });
    assert.match(await page.textContent('.problem'), /Try the search|Check the spelling|search/i);
    await page.goto(`${at.base}#/view/exceptions?filter=partner:eq:NOBODY`);
    await page.waitForSelector('.empty-title:has-text("No rows match")');
    await page.click('button:has-text("Clear all filters")');
    await gridReady(page);
    await page.goto(`${at.base}#/view/exceptions?filter=colour:eq:red`);
    await page.waitForSelector('.problem:has-text("Remove or correct the filter")');
    await page.close();
  });
});
