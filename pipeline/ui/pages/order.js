// An order: landed cost line by line and by component, estimates against actuals; its exceptions and shipments.

import { get, page as readPage, viewOf } from '../api.js';
import { barChart } from '../charts.js';
import { grouped, percent, sum } from '../decimal.js';
import { fill, h } from '../dom.js';
import { documentLink } from '../documents.js';
import { badge, baseCurrency } from '../format.js';
import { empty, facts, panel, pick, table, title } from '../panels.js';
import { link, rowPage, worklist } from '../route.js';
import { aboutException, valueName } from '../words.js';

/** The page. */
export async function show(main, { path }, page) {
  const order = path[1];
  page.title = `Order ${order}`;
  const [cost, exceptions, lineView] = await Promise.all([
    get(['orders', order, 'landed-cost']),
    readPage('exceptions', { filter: [`order_id:eq:${order}`], sort: '-amount_base', limit: 200 }).catch(() => ({
      rows: [],
    })),
    viewOf('landed_cost_lines').catch(() => ({ columns: [] })),
  ]);
  const { lines, components } = cost;
  const currency = baseCurrency();
  const total = (name) => `${grouped(sum(lines.map((line) => line[name])))} ${currency}`;
  fill(
    main,
    title(`Order ${order}`, { above: 'Landed cost' }),
    h(
      'div',
      { class: 'dashboard' },
      panel(
        'In all',
        {},
        facts([
          ['Goods', total('goods_value')],
          ['Estimated at first', total('estimate_total')],
          ['Actual so far', total('actual_total')],
          ['Best estimate now', total('best_total')],
          ['Difference', total('variance')],
          ['Raw event', documentLink('order', [order])],
          ['Its shipments', h('a', { href: link(['search'], [['q', order]]) }, 'find them')],
        ]),
      ),
      componentsPanel(components, currency),
      linesPanel(lines, components, lineView),
      exceptionsPanel(order, exceptions.rows),
    ),
  );
}

function componentsPanel(components, currency) {
  if (!components.length)
    return panel('By component', {}, empty('No cost yet', 'There is neither an estimate nor an actual.'));
  const names = [...new Set(components.map((row) => row.component))];
  const bars = names.map((name) => {
    const some = components.filter((row) => row.component === name);
    return {
      label: valueName(name),
      count: some.length,
      amount: sum(some.map((row) => row.best)),
      href: worklist('landed_cost', [`order_id:eq:${components[0].order_id}`, `component:eq:${name}`]),
    };
  });
  const { node, button } = barChart('Best estimate by component', bars, { currency, unit: 'lines' });
  return panel('Best estimate by component', { beside: button, note: `In ${currency}` }, node);
}

function linesPanel(lines, components, view) {
  if (!lines.length)
    return panel('Lines', { wide: true }, empty('No lines', 'The order was cancelled, or it is not known.'));
  const columns = pick(view, [
    'line_no',
    'goods_value',
    'estimate_total',
    'actual_total',
    'best_total',
    'variance',
    'variance_pct',
    'landed_unit_cost',
    'completeness',
  ]);
  const detail = [
    { name: 'component', show: (row) => valueName(row.component) },
    ...['estimate', 'actual', 'best', 'variance'].map((name) => ({
      name,
      kind: 'money',
    })),
    { name: 'coverage', kind: 'rate', show: (row) => (row.coverage ? percent(row.coverage) : '') },
  ];
  return panel(
    'Lines',
    {
      wide: true,
      note: `Amounts in ${baseCurrency()}; coverage says how much of the ordered quantity the actual cost covers`,
    },
    table('Lines of the order', columns, lines),
    lines.map((line) =>
      h(
        'details',
        { class: 'line', open: lines.length <= 3 },
        h('summary', null, `Line ${line.line_no} by component `, line.completeness ? badge(line.completeness) : null),
        table(
          `Components of line ${line.line_no}`,
          detail,
          components.filter((row) => row.line_no === line.line_no),
        ),
      ),
    ),
  );
}

function exceptionsPanel(order, rows) {
  if (!rows.length) return panel('Exceptions', { wide: true }, empty('No open exceptions', ''));
  return panel(
    'Exceptions',
    {
      wide: true,
      beside: h('a', { class: 'small', href: worklist('exceptions', [`order_id:eq:${order}`]) }, 'As a worklist'),
    },
    table(
      'Exceptions of the order',
      [
        { name: 'severity' },
        {
          name: 'category',
          show: (row) => h('a', { href: rowPage('exceptions', [row.exception_id]) }, valueName(row.category)),
        },
        { name: 'reason' },
        { name: 'partner' },
        { name: 'amount_base', kind: 'money' },
        { name: 'shipment_id' },
        { name: 'since', kind: 'time' },
        { name: 'detail', title: 'About', show: (row) => aboutException(row) },
      ],
      rows,
    ),
  );
}
