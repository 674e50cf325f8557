// A partner: what it billed and what of it does not match, invoice by invoice; its exceptions; its rates; its feed. The top
// of the drill: partner, invoice, charge, expected charge, raw event.

import { groups, page as readPage } from '../api.js';
import { barChart } from '../charts.js';
import { grouped, percent, sum } from '../decimal.js';
import { fill, h } from '../dom.js';
import { documentLink } from '../documents.js';
import { badge, baseCurrency, time } from '../format.js';
import { empty, errorPanel, facts, panel, table, title } from '../panels.js';
import { link, worklist } from '../route.js';
import { meaning, tone, valueName } from '../words.js';

const soft = (promise) => promise.catch((problem) => ({ problem, groups: [], rows: [] }));

/** The page. */
export async function show(main, { path }, page) {
  const code = path[1];
  page.title = code;
  const mine = (column) => `${column}:eq:${code}`;
  const [invoices, open, statuses, exceptions, rates, feed] = await Promise.all([
    soft(groups('freight_charges', { by: 'invoice_no', sum: 'base_amount', filter: [mine('issuer')] })),
    soft(groups('unmatched_freight_charges', { by: 'invoice_no', sum: 'base_amount', filter: [mine('issuer')] })),
    soft(groups('freight_charges', { by: 'status', sum: 'base_amount', filter: [mine('issuer')] })),
    soft(groups('exceptions', { by: 'category,severity', filter: [mine('partner')] })),
    soft(readPage('kpis', { filter: [mine('partner')], limit: 1000 })),
    soft(readPage('feed_health', { filter: [mine('partner')] })),
  ]);
  const own = feed.rows[0];
  fill(
    main,
    title(code, { above: 'Partner', beside: own ? [badge(own.state)] : null, below: own ? valueName(own.kind) : null }),
    h(
      'div',
      { class: 'dashboard' },
      chargesPanel(code, statuses),
      exceptionsPanel(code, exceptions),
      ratesPanel(code, rates),
      feedFacts(code, own),
      invoicesPanel(code, invoices, open),
    ),
  );
}

function chargesPanel(code, statuses) {
  if (statuses.problem) return panel('What it billed', {}, errorPanel(statuses.problem));
  if (!statuses.groups.length)
    return panel('What it billed', {}, empty('No charges', 'This partner billed nothing, or does not issue invoices.'));
  const bars = statuses.groups.map(({ by, count, sums }) => ({
    label: valueName(by.status),
    tone: tone(by.status),
    count,
    amount: sums.base_amount ?? '0',
    hint: meaning(by.status),
    href: worklist('freight_charges', [`issuer:eq:${code}`, `status:eq:${by.status}`]),
  }));
  const { node, button } = barChart('What it billed, by status', bars, { currency: baseCurrency(), unit: 'lines' });
  return panel(
    'What it billed, by status',
    { beside: button, note: `In ${baseCurrency()}, with the number of lines` },
    node,
  );
}

function exceptionsPanel(code, answer) {
  if (!answer.groups.length) return panel('Open exceptions', {}, empty('No open exceptions', ''));
  const byCategory = new Map();
  for (const { by, count } of answer.groups) byCategory.set(by.category, (byCategory.get(by.category) ?? 0) + count);
  const { node, button } = barChart(
    'Open exceptions',
    [...byCategory].map(([category, count]) => ({
      label: valueName(category),
      count,
      href: worklist('exceptions', [`partner:eq:${code}`, `category:eq:${category}`]),
    })),
    { unit: 'exceptions' },
  );
  return panel('Open exceptions', { beside: button }, node);
}

function ratesPanel(code, { rows }) {
  const shown = rows.filter((row) => row.value !== null && row.value !== undefined);
  if (!shown.length) return null;
  return panel(
    'Rates by region',
    {},
    table(
      'Rates by region',
      [
        { name: 'name', title: 'Rate', show: (row) => valueName(row.name) },
        { name: 'region', show: (row) => row.region || '(none)' },
        { name: 'value', title: 'Rate', kind: 'rate', show: (row) => percent(row.value) },
        { name: 'of', title: 'Of', kind: 'number', show: (row) => grouped(row.denominator) },
      ],
      shown.slice(0, 30),
    ),
    shown.length > 30
      ? h('p', { class: 'small' }, h('a', { href: worklist('kpis', [`partner:eq:${code}`]) }, `All ${shown.length}`))
      : null,
  );
}

function feedFacts(code, row) {
  if (!row) return null;
  return panel(
    'Its feed',
    {},
    facts([
      ['Documents', grouped(row.documents)],
      ['Last heard', time(row.last_recorded_at, true)],
      ['Counts as silent from', time(row.stale_at, true)],
      ['Document', documentLink('partner', [code])],
    ]),
  );
}

/** Invoices, those with most unmatched money first. */
function invoicesPanel(code, invoices, open) {
  if (invoices.problem || !invoices.groups.length) return null;
  const unmatched = new Map(
    open.groups.map(({ by, count, sums }) => [by.invoice_no, { count, amount: sums.base_amount ?? '0' }]),
  );
  const rows = invoices.groups.map(({ by, count, sums }) => ({
    invoice_no: by.invoice_no,
    lines: count,
    amount: sums.base_amount ?? '0',
    open: unmatched.get(by.invoice_no) ?? { count: 0, amount: '0' },
  }));
  rows.sort(
    (a, b) =>
      Math.abs(Number(b.open.amount)) - Math.abs(Number(a.open.amount)) || a.invoice_no.localeCompare(b.invoice_no),
  );
  const currency = baseCurrency();
  return panel(
    'Invoices',
    {
      wide: true,
      note: `${grouped(rows.length)}${invoices.truncated ? ' or more' : ''} invoices, ${grouped(
        sum(rows.map((row) => row.amount)),
      )} ${currency} in all; most unmatched money first`,
    },
    table(
      'Invoices',
      [
        {
          name: 'invoice_no',
          title: 'Invoice',
          show: (row) => h('a', { href: link(['invoice', code, row.invoice_no]) }, row.invoice_no),
        },
        { name: 'lines', title: 'Lines', kind: 'number', show: (row) => grouped(row.lines) },
        { name: 'open', title: 'Not matched', kind: 'number', show: (row) => grouped(row.open.count) },
        { name: 'amount', title: `Billed, ${currency}`, kind: 'money', show: (row) => grouped(row.amount) },
        {
          name: 'unmatched',
          title: `Not matched, ${currency}`,
          kind: 'money',
          show: (row) => grouped(row.open.amount),
        },
      ],
      rows.slice(0, 100),
    ),
    rows.length > 100
      ? h(
          'p',
          { class: 'small' },
          h(
            'a',
            { href: worklist('freight_charges', [`issuer:eq:${code}`], [['group', 'invoice_no']]) },
            'All of them, grouped',
          ),
        )
      : null,
  );
}
