// A shipment, found by any of its identifiers: where it stands, milestones on one axis, what happened, how its identifiers
// are linked, holds, charges, landed cost, exceptions.

import { get, viewOf } from '../api.js';
import { timeAxis } from '../axis.js';
import { grouped, percent, sum } from '../decimal.js';
import { fill, h } from '../dom.js';
import { documentLink, namedDocument } from '../documents.js';
import { badge, baseCurrency, span, time } from '../format.js';
import { empty, facts, panel, pick, table, title } from '../panels.js';
import { keyParts, link, rowPage, worklist } from '../route.js';
import { aboutException, readableWhat, valueName } from '../words.js';

const REFRESH_MS = 15_000;
const bare = { columns: [] };

/** The page. */
export async function show(main, { path }, page) {
  const query = path[1];
  page.title = `Shipment ${query}`;
  const charges = await viewOf('freight_charges').catch(() => bare);
  let shown = '';
  const load = async () => {
    const answer = await get(['shipments', query]);
    const { tick, ...rest } = answer;
    const figures = JSON.stringify({ ...rest, clock: null });
    if (figures === shown || !page.open) return;
    shown = figures;
    if (!answer.shipment) several(main, answer);
    else draw(main, answer, charges, page);
  };
  await load();
  const timer = setInterval(() => {
    if (!document.hidden) load().catch(() => {});
  }, REFRESH_MS);
  page.closing(() => clearInterval(timer));
}

function several(main, { query, shipments }) {
  fill(
    main,
    title(`${query} names ${shipments.length} shipments`, { above: 'Shipments', below: 'Which one do you mean?' }),
    panel(
      'Shipments',
      {},
      h(
        'ul',
        { class: 'links' },
        shipments.map((id) => h('li', null, h('a', { href: link(['shipment', id]) }, id))),
      ),
    ),
  );
}

function draw(main, { query, clock, shipment, shipments }, charges, page) {
  const { status } = shipment;
  const id = status?.shipment_id ?? shipments[0];
  page.title = `Shipment ${id}`;
  const holds = shipment.holds ?? [];
  fill(
    main,
    title(id, {
      above: query === id ? 'Shipment' : ['Shipment, found by ', h('code', null, query)],
      beside: [
        holds.length
          ? h('span', { class: 'badge critical' }, `${holds.length} open ${holds.length === 1 ? 'hold' : 'holds'}`)
          : null,
        status?.next_state ? badge(status.next_state) : null,
      ],
    }),
    h(
      'div',
      { class: 'dashboard' },
      statusPanel(id, status, clock),
      h('div', { class: 'stack' }, holdsPanel(holds, clock), identifiersPanel(shipment.identifiers ?? [])),
      milestonesPanel(shipment, holds, clock),
      exceptionsPanel(id, shipment.exceptions ?? []),
      chargesPanel(id, shipment, charges),
      costPanel(shipment),
      timelinePanel(shipment.timeline ?? []),
    ),
  );
}

function statusPanel(id, status, clock) {
  if (!status) return panel('Where it stands', {}, empty('No status', 'The shipment is not in force.'));
  const until = (stamp) => {
    const seconds = (Date.parse(stamp) - Date.parse(clock)) / 1000;
    return `${time(stamp)} (${seconds > 0 ? `in ${span(seconds)}` : `${span(seconds)} ago`})`;
  };
  return panel(
    'Where it stands',
    {},
    facts([
      [
        'Now',
        status.current_milestone
          ? `${valueName(status.current_milestone)}, ${until(status.current_at)}`
          : 'nothing happened yet',
      ],
      [
        'Next',
        status.next_milestone
          ? [`${valueName(status.next_milestone)}, due ${until(status.next_due_at)} `, badge(status.next_state)]
          : null,
      ],
      ['ETA', status.eta_at ? `${until(status.eta_at)}, ${status.eta_source}` : null],
      ['Carrier', status.carrier ? h('a', { href: link(['partner', status.carrier]) }, status.carrier) : null],
      ['Mode', valueName(status.mode)],
      ['Region', status.region],
      ['Last seen at', status.last_location],
      ['Last reason', status.last_reason],
      ['Document', documentLink('shipment', [id])],
    ]),
  );
}

function holdsPanel(holds, clock) {
  if (!holds.length) return panel('Customs holds', {}, h('p', { class: 'muted' }, 'No hold is open.'));
  return panel(
    'Customs holds',
    {},
    table(
      'Open holds',
      [
        { name: 'declaration_id' },
        { name: 'hold_type', title: 'Hold', show: (row) => row.hold_type || 'unspecified' },
        { name: 'broker' },
        { name: 'since', kind: 'time' },
        { name: 'for', title: 'For', show: (row) => span((Date.parse(clock) - Date.parse(row.since)) / 1000) },
      ],
      holds,
    ),
  );
}

function milestonesPanel({ milestones = [] }, holds, clock) {
  if (!milestones.length)
    return panel('Milestones', { wide: true }, empty('No milestones', 'Nothing is planned, due, or has happened.'));
  const sorted = [...milestones].sort((a, b) =>
    String(a.due_at ?? a.actual_at).localeCompare(String(b.due_at ?? b.actual_at)),
  );
  return panel(
    'Milestones',
    { wide: true, note: 'Times are UTC' },
    timeAxis(milestones, holds, clock),
    h(
      'details',
      { class: 'line' },
      h('summary', null, 'As a table'),
      table(
        'Milestones',
        [
          {
            name: 'milestone',
            show: (row) =>
              h('a', { href: rowPage('milestones', [row.shipment_id, row.milestone]) }, valueName(row.milestone)),
          },
          { name: 'state' },
          { name: 'due_at', kind: 'time' },
          { name: 'due_source', title: 'Due from' },
          { name: 'estimated_at', kind: 'time' },
          { name: 'actual_at', kind: 'time' },
          { name: 'lateness_seconds', title: 'Late by', kind: 'number' },
        ],
        sorted,
      ),
    ),
  );
}

function exceptionsPanel(id, rows) {
  if (!rows.length) return panel('Exceptions', { wide: true }, empty('No open exceptions', ''));
  return panel(
    'Exceptions',
    {
      wide: true,
      beside: h('a', { class: 'small', href: worklist('exceptions', [`shipment_id:eq:${id}`]) }, 'As a worklist'),
    },
    table(
      'Open exceptions',
      [
        { name: 'severity' },
        {
          name: 'category',
          show: (row) => h('a', { href: rowPage('exceptions', [row.exception_id]) }, valueName(row.category)),
        },
        { name: 'reason' },
        { name: 'partner' },
        { name: 'amount_base', title: `Amount, ${baseCurrency()}`, kind: 'money' },
        { name: 'since', kind: 'time' },
        { name: 'detail', title: 'About', show: (row) => aboutException(row) },
      ],
      rows,
    ),
  );
}

function chargesPanel(id, { charges = [], unbilled = [] }, view) {
  if (!charges.length && !unbilled.length)
    return panel(
      'Charges',
      { wide: true },
      empty('No charges yet', 'Nothing was billed and nothing is overdue for billing.'),
    );
  const columns = pick(view, [
    'issuer',
    'invoice_no',
    'line_no',
    'code',
    'status',
    'amount',
    'currency',
    'expected_amount',
    'billed_amount',
    'variance_amount',
    'expected_currency',
  ]);
  columns[2] = {
    ...columns[2],
    show: (row) =>
      h('a', { href: rowPage('freight_charges', [row.issuer, row.invoice_no, row.line_no]) }, String(row.line_no)),
  };
  return panel(
    'Charges',
    {
      wide: true,
      beside: h('a', { class: 'small', href: worklist('freight_charges', [`shipment_id:eq:${id}`]) }, 'As a worklist'),
    },
    charges.length ? table('Charges billed', columns, charges) : null,
    unbilled.length
      ? [
          h('h3', null, 'Expected, and not billed yet'),
          table(
            'Expected and not billed',
            [
              { name: 'code' },
              { name: 'payee' },
              { name: 'expected_amount', kind: 'money' },
              { name: 'expected_currency' },
              { name: 'delivered_at', kind: 'time' },
            ],
            unbilled,
          ),
        ]
      : null,
  );
}

function costPanel({ landed_cost: components = [], lines = [] }) {
  if (!components.length) return null;
  const currency = baseCurrency();
  const money = (name) => ({ name, kind: 'money' });
  return panel(
    'Landed cost of the order lines aboard',
    {
      wide: true,
      note: `In ${currency}; an order line may also be on other shipments. Best estimate in all: ${grouped(
        sum(lines.map((line) => line.best_total)),
      )} ${currency}`,
    },
    table(
      'Landed cost by component',
      [
        { name: 'order_id' },
        { name: 'line_no', kind: 'number' },
        { name: 'component' },
        money('estimate'),
        money('actual'),
        money('best'),
        money('variance'),
        { name: 'coverage', kind: 'rate', show: (row) => (row.coverage ? percent(row.coverage) : '') },
      ],
      components,
    ),
  );
}

function identifiersPanel(identifiers) {
  if (!identifiers.length) return null;
  return panel(
    'Identifiers',
    { note: 'Claimed: the shipment’s own document names it. Linked: a link ties it to one that is claimed.' },
    table(
      'Identifiers',
      [
        { name: 'type', title: 'Type', show: (row) => row.type.toUpperCase().replace('_', ' ') },
        { name: 'value', title: 'Value' },
        {
          name: 'how',
          title: 'How',
          show: (row) => h('span', { class: `badge ${row.how === 'linked' ? 'low' : 'plain'}` }, row.how),
        },
        { name: 'by', title: 'By', show: (row) => namedDocument(row.by) },
      ],
      identifiers,
    ),
  );
}

function timelinePanel(rows) {
  if (!rows.length) return panel('Timeline', { wide: true }, empty('Nothing happened yet', ''));
  const sorted = [...rows].sort((a, b) => a.at.localeCompare(b.at));
  return panel(
    'Timeline',
    { wide: true, note: 'Every document in force that touches the shipment, in business time' },
    h(
      'ol',
      { class: 'timeline' },
      sorted.map((row) =>
        h(
          'li',
          { class: `kind-${row.kind}` },
          h('time', { datetime: row.at }, time(row.at)),
          h(
            'span',
            { class: 'what' },
            h('strong', null, valueName(row.kind)),
            ' ',
            readableWhat(row),
            row.location ? ` at ${row.location}` : null,
            row.reason ? ` (${row.reason})` : null,
          ),
          h(
            'span',
            { class: 'muted small' },
            row.party,
            ' · ',
            documentLink(row.kind, keyParts(row.document), row.document),
            ` · ${row.origin ?? ''} ${row.partition ?? ''}/${row.offset ?? ''}`,
          ),
        ),
      ),
    ),
  );
}
