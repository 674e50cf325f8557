// The charts of the overview: from groups to sorted bars with links into the worklists.

import { barChart, legend } from '../charts.js';
import { grouped, short, sum } from '../decimal.js';
import { baseCurrency } from '../format.js';
import { empty, errorPanel, panel } from '../panels.js';
import { link, worklist } from '../route.js';
import { meaning, tone, valueName } from '../words.js';

const SEVERITIES = ['critical', 'high', 'medium', 'low'];
const AGES = ['0-30', '31-60', '61-90', '>90'];

/** A panel around a chart; says what is the matter when there is none. */
function chartPanel(heading, answer, make, { note, none, wide } = {}) {
  if (answer.problem) return panel(heading, { wide }, errorPanel(answer.problem));
  if (!answer.groups.length) return panel(heading, { wide }, empty(none ?? 'Nothing here', ''));
  const { node, button, before } = make();
  return panel(heading, { beside: button, note, wide }, before, node);
}

const eq = (column, value) =>
  value === null || value === undefined || value === '' ? `${column}:empty` : `${column}:eq:${value}`;

/** Groups by one column, the second column's values as pieces. */
function stacked(found, main, second, order) {
  const bars = new Map();
  for (const { by, count, sums } of found) {
    const key = by[main] ?? '';
    const bar = bars.get(key) ?? { value: by[main], count: 0, amounts: [], pieces: [] };
    bar.count += count;
    bar.amounts.push(...Object.values(sums ?? {}));
    bar.pieces.push({ name: valueName(by[second]), value: by[second], tone: tone(by[second]), count });
    bars.set(key, bar);
  }
  for (const bar of bars.values()) bar.pieces.sort((a, b) => order.indexOf(a.value) - order.indexOf(b.value));
  return [...bars.values()];
}

const total = (answer, column) => sum(answer.groups.map((group) => group.sums?.[column]));
const rows = (answer) => answer.groups.reduce((all, group) => all + group.count, 0);

/** Money unmatched, by reason and by partner. */
export function unmatchedPanels(byReason, byIssuer) {
  const view = 'unmatched_freight_charges';
  const currency = baseCurrency();
  const note = byReason.problem
    ? ''
    : `${short(total(byReason, 'base_amount'))} ${currency} billed on ${grouped(rows(byReason))} ` +
      'charge lines that do not match; credits count against it';
  const bars = (answer, column) =>
    answer.groups.map(({ by, count, sums }) => ({
      label: column === 'status' ? valueName(by[column]) : (by[column] ?? '(none)'),
      href: worklist(view, [eq(column, by[column])]),
      amount: sums.base_amount ?? '0',
      count,
      tone: column === 'status' ? tone(by[column]) : 'plain',
      hint: meaning(by[column]),
    }));
  const none = 'Every billed charge matches';
  return [
    chartPanel(
      'Unmatched money by reason',
      byReason,
      () => barChart('Unmatched money by reason', bars(byReason, 'status'), { currency, unit: 'lines' }),
      { note, none },
    ),
    chartPanel(
      'Unmatched money by partner',
      byIssuer,
      () =>
        barChart('Unmatched money by partner', bars(byIssuer, 'issuer'), {
          currency,
          unit: 'lines',
          more: worklist(view, [], [['group', 'issuer']]),
        }),
      { note: `Amounts in ${currency}, with the number of lines`, none },
    ),
  ];
}

/** Open exceptions by category, coloured by severity. */
export function categoryPanel(answer) {
  return chartPanel(
    'Open exceptions by category',
    answer,
    () => {
      const bars = stacked(answer.groups, 'category', 'severity', SEVERITIES).map((bar) => ({
        ...bar,
        label: valueName(bar.value),
        href: worklist('exceptions', [eq('category', bar.value)]),
      }));
      return {
        ...barChart('Open exceptions by category', bars, { unit: 'exceptions', more: link(['view', 'exceptions']) }),
        before: legend(SEVERITIES.map((name) => [name, name])),
      };
    },
    { none: 'No open exceptions' },
  );
}

/** Open exceptions by age, coloured by severity. */
export function agePanel(answer) {
  return chartPanel(
    'Open exceptions by age',
    answer,
    () => {
      const found = stacked(answer.groups, 'age_bucket', 'severity', SEVERITIES);
      found.sort((a, b) => AGES.indexOf(a.value) - AGES.indexOf(b.value));
      const bars = found.map((bar) => ({
        ...bar,
        label: `${bar.value} days`,
        href: worklist('exceptions', [eq('age_bucket', bar.value)]),
      }));
      return {
        ...barChart('Open exceptions by age', bars, { unit: 'exceptions', keepOrder: true }),
        before: legend(SEVERITIES.map((name) => [name, name])),
      };
    },
    { none: 'No open exceptions' },
  );
}

/** Late milestones by milestone and by carrier. */
export function latePanels(byMilestone, byCarrier) {
  const states = ['overdue', 'late', 'at_risk'];
  const make = (name, answer, column, second, href, more) => () => {
    const bars = stacked(answer.groups, column, second, states).map((bar) => ({
      ...bar,
      label: column === 'partner' ? (bar.value ?? '(no carrier)') : valueName(bar.value),
      href: href(bar.value),
    }));
    return {
      ...barChart(name, bars, { unit: 'milestones', more }),
      before: legend(states.map((state) => [state, state])),
    };
  };
  const none = 'No milestone is late';
  return [
    chartPanel(
      'Late milestones',
      byMilestone,
      make('Late milestones by milestone', byMilestone, 'milestone', 'state', (value) =>
        worklist('late_milestones', [eq('milestone', value)]),
      ),
      { none, note: 'By milestone' },
    ),
    chartPanel(
      'Late milestones by carrier',
      byCarrier,
      make(
        'Late milestones by carrier',
        byCarrier,
        'partner',
        'reason',
        (value) => worklist('exceptions', ['category:eq:late_milestone', eq('partner', value)]),
        worklist('exceptions', ['category:eq:late_milestone'], [['group', 'partner']]),
      ),
      { none },
    ),
  ];
}

/** Landed-cost variance by supplier: what is above and below the estimates. */
export function variancePanel(answer) {
  const currency = baseCurrency();
  const base = ['category:eq:landed_cost_variance'];
  return chartPanel(
    'Landed-cost variance by supplier',
    answer,
    () => {
      const bySupplier = new Map();
      for (const { by, count, sums } of answer.groups) {
        const had = bySupplier.get(by.partner) ?? { count: 0, amounts: [] };
        bySupplier.set(by.partner, { count: had.count + count, amounts: [...had.amounts, sums.amount_base ?? '0'] });
      }
      const bars = [...bySupplier].map(([supplier, { count, amounts }]) => {
        const amount = sum(amounts);
        return {
          label: supplier ?? '(no supplier)',
          href: worklist('exceptions', [...base, eq('partner', supplier)]),
          amount,
          count,
          tone: amount.startsWith('-') ? 'good' : 'high',
        };
      });
      return barChart('Landed-cost variance by supplier', bars, {
        currency,
        unit: 'lines',
        more: worklist('exceptions', base, [['group', 'partner']]),
      });
    },
    {
      none: 'Landed cost is within tolerance',
      note: `Best estimate less first estimate, in ${currency}: above in orange, below in green`,
    },
  );
}
