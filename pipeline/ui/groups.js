// A worklist grouped by one or two columns: how many rows each group has, its sums, its share as a bar. A group leads to its
// rows.

import { groups } from './api.js';
import { grouped, sum } from './decimal.js';
import { fill, h } from './dom.js';
import { print } from './filters.js';
import { badge, baseCurrency } from './format.js';
import { empty, errorPanel } from './panels.js';
import { worklist } from './route.js';
import { CODED, columnName, tone } from './words.js';
import { trackBar } from './charts.js';

const REFRESH_MS = 10_000;

/** Draws the groups into a node and keeps them fresh. */
export async function groupTable(node, { view, chosen, filters, count, page }) {
  const sums = (chosen.preset.sums ?? []).filter((name) => !chosen.group.includes(name));
  let selected = -1;
  let shown = '';
  const load = async () => {
    try {
      const answer = await groups(view, { by: chosen.group.join(','), sum: sums.join(','), filter: filters });
      const key = JSON.stringify(answer.groups);
      if (key === shown) return;
      shown = key;
      count.textContent = `${grouped(answer.groups.length)}${answer.truncated ? ' or more' : ''} groups`;
      draw(node, answer, { view, chosen, sums });
    } catch (error) {
      fill(node, errorPanel(error, load));
    }
  };
  const timer = setInterval(load, REFRESH_MS);
  page.closing(() => clearInterval(timer));
  page.key = (name) => {
    const links = [...node.querySelectorAll('a.group-link')];
    const steps = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
    if (!(name in steps) || !links.length) return false;
    selected = Math.max(0, Math.min(links.length - 1, selected + steps[name]));
    links[selected].focus();
    return true;
  };
  await load();
}

function byValue(found, column) {
  const some = new Map();
  for (const group of found) some.set(group.by[column], [...(some.get(group.by[column]) ?? []), group]);
  return some;
}

/** Exact sums of some groups under a name of their own. */
function whole(some, sums) {
  return {
    count: some.reduce((all, group) => all + group.count, 0),
    sums: Object.fromEntries(sums.map((name) => [name, sum(some.map((group) => group.sums?.[name]))])),
  };
}

function draw(node, answer, { view, chosen, sums }) {
  if (!answer.groups.length) {
    fill(node, empty('No groups', 'No rows match these filters.'));
    return;
  }
  const figure = (group) => (sums.length ? Math.abs(Number(group.sums?.[sums[0]] ?? 0)) : group.count);
  const bySize = (a, b) => figure(b) - figure(a) || b.count - a.count;
  const extra = Object.keys(answer.groups[0].by).filter((name) => !chosen.group.includes(name));
  // Amounts of several currencies have no common sum, so such groups stand in one flat list.
  const nested = chosen.group.length > 1 && !extra.length;
  const outer = chosen.group[0];
  const blocks = nested
    ? [...byValue(answer.groups, outer)].map(([value, some]) => ({
        by: { [outer]: value },
        ...whole(some, sums),
        parts: some.sort(bySize),
      }))
    : [...answer.groups];
  blocks.sort(bySize);
  const most = Math.max(...blocks.map(figure), 1e-9);
  const head = (name, numeric) => h('th', { scope: 'col', class: numeric ? 'number' : null }, name);
  const labels = (group, kind) => {
    if (!nested)
      return chosen.group.map((name, at) =>
        h('td', null, at === 0 ? groupLink(view, chosen, group, outer) : shownValue(name, group.by[name])),
      );
    const name = kind === 'whole' ? outer : chosen.group[1];
    return h(
      kind === 'whole' ? 'th' : 'td',
      { scope: kind === 'whole' ? 'row' : null },
      groupLink(view, chosen, group, name),
    );
  };
  const line = (group, kind) =>
    h(
      'tr',
      { class: kind },
      labels(group, kind),
      extra.map((name) => h('td', null, group.by[name] ?? '')),
      h('td', { class: 'number' }, grouped(group.count)),
      sums.map((name) => h('td', { class: 'number' }, group.sums?.[name] ? grouped(group.sums[name]) : '')),
      h('td', { class: 'bar-cell' }, trackBar(figure(group) / most, tone(group.by[nested ? chosen.group[1] : outer]))),
    );
  const names = nested ? [chosen.group.map(columnName).join(' / ')] : chosen.group.map(columnName);
  fill(
    node,
    h(
      'div',
      { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': 'Groups' },
      h(
        'table',
        { class: 'plain groups' },
        h(
          'thead',
          null,
          h(
            'tr',
            null,
            names.map((name) => head(name)),
            extra.map((name) => head(columnName(name))),
            head('Rows', true),
            sums.map((name) => head(sumName(name, extra), true)),
            h('th', { scope: 'col', class: 'bar-cell' }, 'Size'),
          ),
        ),
        h(
          'tbody',
          null,
          blocks.map((group) =>
            nested ? [line(group, 'whole'), group.parts.map((part) => line(part, 'part'))] : line(group, null),
          ),
        ),
      ),
    ),
    answer.truncated
      ? h('p', { class: 'muted small' }, 'Only the first 1,000 groups are shown; filter to see others.')
      : null,
  );
}

function sumName(name, extra) {
  return extra.length || !baseCurrency() ? `Σ ${columnName(name)}` : `Σ ${columnName(name)}, ${baseCurrency()}`;
}

function shownValue(name, found) {
  if (found === null || found === undefined || found === '') return '(none)';
  return CODED.has(name) ? badge(found) : found;
}

function groupLink(view, chosen, group, name) {
  const own = Object.entries(group.by).map(([column, found]) =>
    found === null || found === ''
      ? print({ column, op: 'empty', value: '' })
      : print({ column, op: 'eq', value: found }),
  );
  const filters = [...chosen.filters.map(print).filter((text) => !own.includes(text)), ...own];
  return h(
    'a',
    { class: 'group-link', href: worklist(view, filters, chosen.sort ? [['sort', chosen.sort]] : []) },
    shownValue(name, group.by[name]),
  );
}
