// The health side of the overview: headline rates, control totals and whether they balance, feeds, dead letters.

import { barChart, trackBar } from '../charts.js';
import { equal, grouped, percent, short, sum } from '../decimal.js';
import { h } from '../dom.js';
import { badge, baseCurrency, span, time } from '../format.js';
import { empty, errorPanel, panel, table } from '../panels.js';
import { link, worklist } from '../route.js';
import { valueName } from '../words.js';

const rows = (answer) => (answer.groups ?? []).reduce((all, group) => all + group.count, 0);

/** A count as it is, an amount short. */
const counted = (text) => (/^\d{1,5}$/.test(text) ? grouped(text) : short(text));

/** The headline figures, each a link to what stands behind it. */
export function tiles(kpis, categories, byReason, errors, totals) {
  const figure = (name) => (kpis.rows ?? []).find((row) => row.name === name);
  const rate = (name, href) => {
    const row = figure(name);
    return row?.value
      ? tile(
          valueName(name),
          percent(row.value),
          `${counted(row.numerator)} of ${counted(row.denominator)}`,
          href,
          Number(row.value),
        )
      : null;
  };
  const critical = (categories.groups ?? [])
    .filter(({ by }) => by.severity === 'critical')
    .reduce((all, one) => all + one.count, 0);
  const unmatched = sum((byReason.groups ?? []).map((group) => group.sums?.base_amount));
  const balance = totals.rows ? checks(totals.rows) : null;
  const failed = balance?.filter((check) => !check.holds).length;
  const nodes = [
    byReason.problem
      ? null
      : tile(
          'Unmatched money',
          `${short(unmatched)} ${baseCurrency()}`,
          `${grouped(rows(byReason))} charge lines`,
          link(['view', 'unmatched_freight_charges']),
        ),
    rate('match_rate', worklist('kpis', ['name:eq:match_rate'], [['sort', 'value']])),
    rate('match_rate_amount', worklist('kpis', ['name:eq:match_rate_amount'], [['sort', 'value']])),
    rate('on_time:delivered', worklist('kpis', ['name:eq:on_time:delivered'], [['sort', 'value']])),
    categories.problem
      ? null
      : tile(
          'Open exceptions',
          grouped(rows(categories)),
          `${grouped(critical)} critical`,
          critical ? worklist('exceptions', ['severity:eq:critical']) : link(['view', 'exceptions']),
        ),
    rate('order_has_shipment', worklist('kpis', ['name:eq:order_has_shipment'], [['sort', 'value']])),
    balance
      ? tile(
          'Control totals',
          failed ? `${failed} out of balance` : 'In balance',
          `${balance.length} checks`,
          link(['view', 'control_totals']),
          null,
          failed ? 'critical' : 'good',
        )
      : null,
    errors.problem
      ? null
      : tile(
          'Dead letters',
          grouped(rows(errors)),
          rows(errors) ? 'records refused or held' : 'none',
          link(['view', 'data_errors']),
        ),
  ].filter(Boolean);
  return h(
    'ul',
    { class: 'tiles', 'aria-label': 'Headline figures' },
    nodes.map((node) => h('li', null, node)),
  );
}

function tile(name, figure, note, href, share = null, mood = 'plain') {
  return h(
    'a',
    { class: `tile ${mood}`, href },
    h('span', { class: 'tile-name' }, name),
    h('span', { class: 'tile-figure' }, figure),
    h('span', { class: 'tile-note muted' }, note),
    share === null ? null : trackBar(share, 'accent'),
  );
}

/**
 * What must balance, from the rows of `control_totals`.
 * @returns {{name: string, left: string, right: string, holds: boolean, kind: string, part: string}[]}
 */
export function checks(totals) {
  const found = [];
  const at = (kind, name) => totals.filter((row) => row.kind === kind && row.name === name);
  const figureOf = (some, status, column) => String(some.find((row) => row.status === status)?.[column] ?? '0');
  const without = (some, status, column) =>
    sum(some.filter((row) => row.status !== status).map((row) => String(row[column] ?? '0')));
  const add = (kind, part, name, whole, parts) =>
    found.push({ kind, part, name, left: whole, right: parts, holds: equal(whole, parts) });
  for (const part of new Set(totals.map((row) => `${row.kind}|${row.name}`))) {
    const [kind, name] = part.split('|');
    const some = at(kind, name);
    if (kind === 'records') {
      add(
        kind,
        name,
        `Records received: ${name}`,
        figureOf(some, 'received', 'count'),
        without(some, 'received', 'count'),
      );
    } else if (kind === 'charges') {
      add(kind, name, 'Invoice lines, number', figureOf(some, 'total', 'count'), without(some, 'total', 'count'));
      add(
        kind,
        name,
        'Invoice lines, money',
        figureOf(some, 'total', 'base_amount'),
        without(some, 'total', 'base_amount'),
      );
    } else if (kind === 'landed_cost') {
      add(
        kind,
        name,
        `Landed cost: ${name}`,
        figureOf(some, 'total', 'base_amount'),
        without(some, 'total', 'base_amount'),
      );
    }
  }
  return found;
}

/** Control totals: do they balance? Out of balance comes first. */
export function controlPanel(answer) {
  const heading = 'Control totals';
  if (answer.problem) return panel(heading, {}, errorPanel(answer.problem));
  const found = checks(answer.rows).filter((check) => !(Number(check.left) === 0 && check.holds));
  if (!found.length) return panel(heading, {}, empty('Nothing received yet', 'Totals appear with the first events.'));
  const failed = found.filter((check) => !check.holds);
  found.sort((a, b) => Number(a.holds) - Number(b.holds));
  const verdict = failed.length
    ? h(
        'p',
        { class: 'verdict critical', role: 'alert' },
        `${failed.length} of ${found.length} do not balance. ` +
          'Figures below cannot be trusted until this is understood.',
      )
    : h(
        'p',
        { class: 'verdict good' },
        `✓ All ${found.length} balance: nothing got lost between what was received and what is shown.`,
      );
  return panel(
    heading,
    { beside: h('a', { href: link(['view', 'control_totals']), class: 'small' }, 'All totals') },
    verdict,
    table(
      'Control totals: the whole and the sum of its parts',
      [
        {
          name: 'name',
          title: 'What',
          show: (row) =>
            h('a', { href: worklist('control_totals', [`kind:eq:${row.kind}`, `name:eq:${row.part}`]) }, row.name),
        },
        { name: 'left', title: 'Whole', kind: 'money', show: (row) => grouped(row.left) },
        { name: 'right', title: 'Sum of parts', kind: 'money', show: (row) => grouped(row.right) },
        {
          name: 'holds',
          title: '',
          show: (row) =>
            h('span', { class: `badge ${row.holds ? 'good' : 'critical'}` }, row.holds ? 'balances' : 'differs'),
        },
      ],
      found,
    ),
  );
}

/** Feeds: who spoke when, and who fell silent. */
export function feedPanel(answer, clock) {
  const heading = 'Feed freshness';
  if (answer.problem) return panel(heading, {}, errorPanel(answer.problem));
  const found = [...answer.rows].sort(
    (a, b) =>
      String(b.state).localeCompare(String(a.state)) ||
      // Who never sent anything is of no interest beside who did.
      Number(b.documents > 0) - Number(a.documents > 0) ||
      String(a.last_recorded_at).localeCompare(String(b.last_recorded_at)),
  );
  if (!found.length)
    return panel(heading, {}, empty('No partners known', 'Feeds are watched for partners with a partner document.'));
  const ago = (row) => {
    const at = Date.parse(clock) - Date.parse(row.last_recorded_at);
    return Number.isFinite(at) && at >= 0 ? `${span(at / 1000)} ago` : time(row.last_recorded_at);
  };
  const stale = found.filter((row) => row.state === 'stale').length;
  return panel(
    heading,
    {
      note: stale
        ? `${stale} of ${found.length} feeds are silent for longer than agreed`
        : `All ${found.length} feeds speak`,
    },
    table(
      'Feeds by partner',
      [
        {
          name: 'partner',
          title: 'Partner',
          show: (row) => h('a', { href: link(['partner', row.partner]) }, row.partner),
        },
        { name: 'kind', title: 'Kind', show: (row) => valueName(row.kind) },
        { name: 'documents', title: 'Documents', kind: 'number', show: (row) => grouped(row.documents) },
        {
          name: 'last_recorded_at',
          title: 'Last heard',
          show: (row) => h('span', { title: time(row.last_recorded_at, true) }, ago(row)),
        },
        { name: 'state', title: 'State', show: (row) => badge(row.state) },
      ],
      found.slice(0, 12),
    ),
    found.length > 12
      ? h('p', { class: 'small' }, h('a', { href: link(['view', 'feed_health']) }, `All ${found.length} feeds`))
      : null,
  );
}

/** Dead letters by code. */
export function deadLetterPanel(answer) {
  const heading = 'Dead letters by code';
  if (answer.problem) return panel(heading, {}, errorPanel(answer.problem));
  if (!answer.groups.length)
    return panel(heading, {}, empty('No dead letters', 'Every record that was received could be read.'));
  const { node, button } = barChart(
    heading,
    answer.groups.map(({ by, count }) => ({
      label: valueName(by.error_code),
      count,
      tone: by.error_code === 'future_dated' ? 'low' : 'medium',
      href: worklist('data_errors', [`error_code:eq:${by.error_code}`]),
    })),
    { unit: 'records', more: link(['view', 'data_errors']) },
  );
  return panel(heading, { beside: button }, node);
}
