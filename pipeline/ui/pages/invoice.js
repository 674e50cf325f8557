// An invoice: its charges with what was expected for each, and its raw event.

import { page as readPage, viewOf } from '../api.js';
import { grouped, sum } from '../decimal.js';
import { fill, h } from '../dom.js';
import { documentLink } from '../documents.js';
import { badge } from '../format.js';
import { empty, facts, panel, pick, table, title } from '../panels.js';
import { link, rowPage, worklist } from '../route.js';
import { valueName } from '../words.js';

/** The page. */
export async function show(main, { path }, page) {
  const [, issuer, number] = path;
  page.title = `Invoice ${number}`;
  const filter = [`issuer:eq:${issuer}`, `invoice_no:eq:${number}`];
  const [description, { rows }] = await Promise.all([
    viewOf('freight_charges'),
    readPage('freight_charges', { filter, sort: 'line_no', limit: 1000 }),
  ]);
  const head = title(`Invoice ${number}`, {
    above: ['Issued by ', h('a', { href: link(['partner', issuer]) }, issuer)],
    beside: rows.some((row) => row.status !== 'matched') ? null : badge('matched'),
  });
  if (!rows.length) {
    fill(
      main,
      head,
      empty(
        'No charges of this invoice are in force',
        'It was replaced or withdrawn, or it was never received.',
        h('p', null, documentLink('invoice', [issuer, number], 'Look for its raw event')),
      ),
    );
    return;
  }
  const statuses = [...new Set(rows.map((row) => row.status))];
  const currency = rows[0].currency;
  const columns = [
    {
      name: 'line_no',
      title: 'Line',
      kind: 'number',
      show: (row) =>
        h(
          'a',
          {
            href: rowPage('freight_charges', [issuer, number, row.line_no]),
          },
          String(row.line_no),
        ),
    },
    ...pick(description, [
      'partner_code',
      'code',
      'component',
      'status',
      'amount',
      'currency',
      'expected_amount',
      'billed_amount',
      'variance_amount',
      'expected_currency',
      'shipment_id',
    ]),
  ];
  fill(
    main,
    head,
    panel(
      'Invoice',
      {},
      facts([
        ['Issued', rows[0].issued_on],
        ['Total of its lines', `${grouped(sum(rows.map((row) => row.amount)))} ${currency}`],
        ['Lines', grouped(rows.length)],
        [
          'Statuses',
          statuses
            .map((status) => `${valueName(status)}: ${rows.filter((row) => row.status === status).length}`)
            .join(', '),
        ],
        ['Raw event', documentLink('invoice', [issuer, number])],
        ['As a worklist', h('a', { href: worklist('freight_charges', filter) }, 'filter, export')],
      ]),
    ),
    panel(
      'Charges',
      { note: 'The line’s number leads to how it compares with what was expected' },
      table('Charges of the invoice', columns, rows),
    ),
  );
}
