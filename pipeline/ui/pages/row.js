// One row of a view: all its values, what they mean, and the drill: where it leads, which documents stand behind it. A charge
// also shows how its expected amount and the billed total came about.

import { get, page as readPage, viewOf } from '../api.js';
import { sum } from '../decimal.js';
import { fill, h } from '../dom.js';
import { documentLink, documentsOf } from '../documents.js';
import { badge, content, target, text } from '../format.js';
import { columnsOf } from '../ages.js';
import { empty, facts, panel, pick, table, title, withCurrency } from '../panels.js';
import { keyParts, link, rowPage, worklist } from '../route.js';
import { columnName, meaning, tone, valueName, viewName } from '../words.js';

const CHARGE_VIEWS = ['freight_charges', 'unmatched_freight_charges'];

/** Reads a row by the parts of its key. */
async function rowOf(description, parts) {
  return (await get(['views', description.name, ...parts])).row;
}

/** Where a row is itself only a pointer: an exception about a charge has the charge's own page. */
function subject(view, row) {
  if (view !== 'exceptions') return null;
  const parts = keyParts(String(row.exception_id).replace(/^[a-z_]+:/, ''));
  const views = {
    freight_charge: 'freight_charges',
    unbilled_charge: 'unbilled_charges',
    late_milestone: 'late_milestones',
    landed_cost_variance: 'landed_cost_variance',
    stale_feed: 'feed_health',
  };
  return views[row.category] ? [views[row.category], parts] : null;
}

/** The page. */
export async function show(main, { path }, page) {
  const [, view, ...parts] = path;
  const description = await viewOf(view);
  const row = await rowOf(description, parts);
  const name = headline(view, row, parts);
  page.title = name;
  const state = row.status ?? row.state ?? row.reason;
  const pointed = subject(view, row);
  fill(
    main,
    title(name, {
      above: [h('a', { href: link(['view', view]) }, viewName(view)), ' / one row'],
      beside: [row.severity ? badge(row.severity) : null, state ? badge(state) : null],
      below: meaning(state),
    }),
    h(
      'div',
      { class: 'columns' },
      h('div', null, valuesPanel(view, description, row)),
      h(
        'div',
        { id: 'drill' },
        pointed
          ? panel(
              'About',
              {},
              h(
                'p',
                null,
                h(
                  'a',
                  { href: rowPage(...pointed) },
                  `Open the ${viewName(pointed[0]).toLowerCase().replace(/s$/, '')} itself`,
                ),
              ),
            )
          : null,
        CHARGE_VIEWS.includes(view) ? chargePanel(row) : null,
        documentsPanel(view, row),
      ),
    ),
  );
}

function headline(view, row, parts) {
  if (view === 'exceptions') {
    const reason = valueName(row.reason);
    return `${valueName(row.category)}: ${/^[a-z_]+$/.test(row.reason) ? reason.toLowerCase() : reason}`;
  }
  if (row.invoice_no !== undefined) return `Charge ${row.code} on ${row.invoice_no}, line ${row.line_no}`;
  return parts.map((part) => valueName(part)).join(' · ');
}

function valuesPanel(view, description, row) {
  const columns = columnsOf(description).filter(
    (column) => row[column.name] !== null && row[column.name] !== undefined,
  );
  const pairs = columns.map((column) => {
    const value = content(column, row);
    const shown = target(column.name, row) ? value : withCurrency(column.name, row, value);
    const others = h(
      'a',
      {
        class: 'others small',
        href: worklist(view, [`${column.name}:eq:${row[column.name]}`]),
        'aria-label': `Rows with the same ${columnName(column.name)}`,
      },
      'same',
    );
    return [
      h('span', { title: column.description || null }, columnName(column.name)),
      [typeof shown === 'string' || shown instanceof Node ? shown : text(column, row), ' ', others],
    ];
  });
  return panel('Values', {}, facts(pairs));
}

/** Expected charge, billed total and the lines that make it up. */
function chargePanel(row) {
  const node = panel('How it compares', {});
  const money = (name) => withCurrency(name, row, text({ name, kind: 'money' }, row));
  const known = row.expected_amount !== null && row.expected_amount !== undefined;
  node.append(
    facts([
      ['This line', money('amount')],
      ['Expected for the shipment', known ? money('expected_amount') : null],
      ['Billed for it in all', known ? money('billed_amount') : null],
      ['Difference', known ? h('strong', { class: `tone-${tone(row.status)}` }, money('variance_amount')) : null],
    ]),
  );
  if (!known) {
    node.append(
      h(
        'p',
        { class: 'muted small' },
        row.shipment_id
          ? 'The comparison was not reached: the line was stopped before, see its status.'
          : 'There is no single shipment to compare with.',
      ),
    );
  }
  if (row.shipment_id) {
    const holder = h('div');
    node.append(holder);
    siblings(holder, row).catch((problem) =>
      fill(holder, h('p', { class: 'muted small' }, problem.title ?? String(problem))),
    );
  }
  return node;
}

/** Customs charges are expected from the import declarations of the broker that bills them; the field that says so. */
const DECLARED = { DUTY: 'duty', TAX: 'tax', CUSTOMS_FEES: 'fees' };

/** The broker's import declarations that touch the shipment, with what each declares under the code. */
async function declarations(row) {
  const { timeline } = await get(['shipments', row.shipment_id, 'timeline']).catch(() => ({ timeline: [] }));
  const ids = [
    ...new Set(
      (timeline ?? [])
        .filter(({ kind, party }) => kind === 'declaration' && party === row.issuer)
        .map((one) => one.document),
    ),
  ];
  const found = await Promise.all(
    ids.map((id) => get(['documents', 'declaration', ...keyParts(id)]).catch(() => null)),
  );
  return found
    .filter(Boolean)
    .map((answer) => answer.data ?? answer.event?.data)
    .filter((data) => data?.kind === 'import')
    .map((data) => ({ ...data, declared: sum((data.lines ?? []).map((line) => line[DECLARED[row.code]])) }));
}

/** What a customs charge is expected to be, and from which declarations. */
async function declaredPanel(row) {
  if (!DECLARED[row.code]) return null;
  const rows = await declarations(row);
  if (!rows.length) return null;
  return [
    h('h3', null, `Declared by ${row.issuer}`),
    table(
      'Declarations',
      [
        { name: 'declaration_id' },
        { name: 'stage' },
        { name: 'declared_on', kind: 'date' },
        { name: 'declared', title: valueName(DECLARED[row.code]), kind: 'money' },
        { name: 'currency' },
      ],
      rows,
    ),
    h(
      'p',
      { class: 'muted small' },
      'Where the broker declared, its declarations are what is expected, not the shipment’s list of charges. ',
      'A declaration of several shipments is split over them by value.',
    ),
  ];
}

/** All lines for the same shipment, code and issuer: together they are what was billed; and where the expected charge stands. */
async function siblings(holder, row) {
  const view = await viewOf('freight_charges');
  const filter = [`shipment_id:eq:${row.shipment_id}`, `code:eq:${row.code}`, `issuer:eq:${row.issuer}`];
  const [lines, shipment, declared] = await Promise.all([
    readPage('freight_charges', { filter, limit: 100 }),
    get(['documents', 'shipment', row.shipment_id]).catch(() => null),
    declaredPanel(row),
  ]);
  const charges = (shipment?.data ?? shipment?.event?.data)?.charges ?? [];
  const expected = charges.filter((charge) => charge.code === row.code);
  const columns = pick(view, ['invoice_no', 'line_no', 'amount', 'currency', 'status', 'issued_on']);
  columns[1] = {
    ...columns[1],
    show: (line) =>
      h('a', { href: rowPage('freight_charges', [line.issuer, line.invoice_no, line.line_no]) }, String(line.line_no)),
  };
  fill(
    holder,
    declared,
    h('h3', null, 'Charges the shipment expects'),
    expected.length
      ? table(
          'Expected charges',
          [
            { name: 'code' },
            { name: 'amount', kind: 'money' },
            { name: 'currency' },
            {
              name: 'payee',
              show: (charge) => charge.payee ?? `${(shipment.data ?? shipment.event.data).carrier} (the carrier)`,
            },
          ],
          expected,
        )
      : h('p', { class: 'muted' }, `The shipment’s document lists no ${row.code}.`),
    h(
      'p',
      { class: 'small' },
      'From ',
      documentLink('shipment', [row.shipment_id], `the shipment document ${row.shipment_id}`),
    ),
    h('h3', null, `Billed by ${row.issuer} for the same`),
    table('Lines billed for the same', columns, lines.rows),
  );
}

function documentsPanel(view, row) {
  const found = documentsOf(view, row);
  return panel(
    'Behind it',
    { note: 'The events in force that this row leans on, as they were received' },
    found.length
      ? h(
          'ul',
          { class: 'links' },
          found.map(([type, parts]) => h('li', null, documentLink(type, parts))),
        )
      : empty('No document', 'This row counts many documents, or the record could not be read.'),
  );
}
