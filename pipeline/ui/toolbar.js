// The tools above a worklist: the filter line with its chips, grouping, choice of columns, exports, facets with counts.

import { address, download, groups } from './api.js';
import { token } from './auth.js';
import { fill, h, unseen } from './dom.js';
import { grouped } from './decimal.js';
import { parse, print, sentence, toggled, typed } from './filters.js';
import { columnName, meaning, tone, valueName, CODED } from './words.js';

/** Values whose order is known; others go by count. */
const ORDER = { severity: ['critical', 'high', 'medium', 'low'], age_bucket: ['0-30', '31-60', '61-90', '>90'] };

const FACET_VALUES_MAX = 10;

/**
 * The filter line and the chips of the filters in force.
 * @param {{columns: object[], filters: object[], fallback: string, change: (filters: object[]) => void}} on
 */
export function filterLine({ columns, filters, fallback, change }) {
  const wrong = h('p', { class: 'wrong', id: 'filter-wrong', role: 'alert' });
  const input = h('input', {
    id: 'filter',
    type: 'text',
    autocomplete: 'off',
    spellcheck: 'false',
    list: 'filter-columns',
    enterkeyhint: 'done',
    'aria-describedby': 'filter-hint filter-wrong',
    placeholder: `Filter: ${example(columns)}`,
  });
  const form = h(
    'form',
    { class: 'filter-form', role: 'search', 'aria-label': 'Filter' },
    h('label', { for: 'filter', class: 'unseen' }, 'Add a filter'),
    input,
    h('button', { type: 'submit' }, 'Add filter'),
    h(
      'datalist',
      { id: 'filter-columns' },
      columns.map((column) => h('option', { value: `${column.name} = ` }, columnName(column.name))),
    ),
    h(
      'span',
      { id: 'filter-hint', class: 'unseen' },
      'Write a column, a sign and a value. Signs: = != < <= > >= ~ for contains, ^= for starts with, in, is empty, is filled.',
    ),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const found = typed(input.value, columns, fallback);
    if (typeof found === 'string') {
      wrong.textContent = found;
      return;
    }
    const others = filters.filter((filter) => print(filter) !== print(found));
    change([...others, found]);
  });
  const chips = filters.length
    ? h(
        'ul',
        { class: 'chips', 'aria-label': 'Filters in force' },
        filters.map((filter) =>
          h(
            'li',
            null,
            h(
              'button',
              {
                type: 'button',
                class: 'chip',
                title: 'Remove this filter',
                onclick: () => change(filters.filter((other) => other !== filter)),
              },
              sentence(filter),
              h('span', { 'aria-hidden': 'true', class: 'cross' }, '×'),
              unseen(' remove'),
            ),
          ),
        ),
        filters.length > 1
          ? h('li', null, h('button', { type: 'button', class: 'quiet', onclick: () => change([]) }, 'Clear all'))
          : null,
      )
    : null;
  return h('div', { class: 'filters' }, form, wrong, chips);
}

function example(columns) {
  const money = columns.find((column) => ['amount_base', 'base_amount', 'variance'].includes(column.name));
  const code = columns.find((column) => ['partner', 'issuer', 'carrier', 'error_code', 'payee'].includes(column.name));
  const some = [code && `${code.name} = …`, money && `${money.name} > 1000`].filter(Boolean);
  return some.length ? some.join(', ') : `${columns[0]?.name} = …`;
}

/** Links to exports under the same filter and order. With a token they are fetched, for a link could not carry it. */
export function exportLinks(view, filters, sort) {
  const one = (ending, label) => {
    const url = address(['views', `${view}.${ending}`], { filter: filters, sort });
    const save = (event) => {
      if (!token()) return;
      event.preventDefault();
      download(url, `${view}.${ending}`);
    };
    return h('a', { href: url.href, download: `${view}.${ending}`, class: 'button', onclick: save }, label);
  };
  return h(
    'span',
    { class: 'exports', role: 'group', 'aria-label': 'Export this list' },
    one('csv', 'CSV'),
    one('xlsx', 'XLSX'),
  );
}

/** The choice of columns, as boxes to tick. */
export function columnChoice(columns, shown, change) {
  const box = (column) =>
    h(
      'label',
      { class: 'box' },
      h('input', {
        type: 'checkbox',
        name: column.name,
        checked: shown.includes(column.name),
        data: { focus: `column:${column.name}` },
        onchange: (event) => {
          const now = event.target.checked ? [...shown, column.name] : shown.filter((name) => name !== column.name);
          if (now.length) change(now);
          else event.target.checked = true;
        },
      }),
      columnName(column.name),
    );
  return h(
    'details',
    { class: 'choice' },
    h('summary', { class: 'button' }, 'Columns'),
    h(
      'div',
      { class: 'popover' },
      columns.map(box),
      h('button', { type: 'button', class: 'quiet', onclick: () => change(null) }, 'As at first'),
    ),
  );
}

/** The choice of what to group by. */
export function groupChoice(columns, group, change) {
  const fitting = columns.filter(
    (column) => !/^(amount|base_amount|amount_base|.*_amount|detail|message|offset|.*_at)$/.test(column.name),
  );
  const select = (value, label, set) =>
    h(
      'label',
      { class: 'inline' },
      h('span', null, label),
      h(
        'select',
        { onchange: (event) => set(event.target.value) },
        h('option', { value: '' }, 'nothing'),
        fitting.map((column) =>
          h('option', { value: column.name, selected: column.name === value }, columnName(column.name)),
        ),
      ),
    );
  return h(
    'span',
    { class: 'grouping' },
    select(group[0] ?? '', 'Group by', (name) =>
      change(name ? [name, ...group.slice(1).filter((other) => other !== name)] : []),
    ),
    group.length
      ? select(group[1] ?? '', 'then', (name) => change([group[0], ...(name && name !== group[0] ? [name] : [])]))
      : null,
  );
}

/**
 * Facets: the values of a few columns with how many rows each has under the other filters; a click switches one.
 * @param {(focus: string|null) => void} drawn called after drawing with what had the focus
 */
export function facets(view, names, filters, change, drawn) {
  const node = h('div', { class: 'facets' });
  let shown = '';
  const draw = (found) => {
    const key = JSON.stringify(found);
    if (key === shown) return;
    shown = key;
    const had = node.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    fill(
      node,
      found.map(([name, list]) => (list.length ? facet(name, list, filters, change) : null)),
    );
    drawn(had);
  };
  const refresh = async () => {
    const found = await Promise.all(
      names.map(async (name) => {
        const others = filters.filter((filter) => filter.column !== name).map(print);
        const answer = await groups(view, { by: name, filter: others }).catch(() => ({ groups: [] }));
        return [name, sorted(name, answer.groups)];
      }),
    );
    draw(found);
  };
  return { node, refresh };
}

function sorted(name, found) {
  const list = found.map(({ by, count }) => ({ value: by[name] ?? null, count }));
  const order = ORDER[name];
  list.sort((a, b) =>
    order
      ? order.indexOf(a.value) - order.indexOf(b.value)
      : b.count - a.count || String(a.value).localeCompare(String(b.value)),
  );
  return list;
}

function facet(name, list, filters, change) {
  const on = (value) =>
    filters.some(
      (filter) =>
        filter.column === name &&
        (value === null ? filter.op === 'empty' : filter.op === 'eq' && filter.value === String(value)),
    );
  const word = (value) =>
    value === null ? '(none)' : CODED.has(name) ? valueName(value) : name === 'age_bucket' ? `${value} days` : value;
  const shown = list.filter(({ value }, at) => at < FACET_VALUES_MAX || on(value));
  return h(
    'div',
    { class: 'facet', role: 'group', 'aria-label': columnName(name) },
    h('span', { class: 'facet-name' }, columnName(name)),
    h(
      'span',
      { class: 'facet-values' },
      shown.map(({ value, count }) =>
        h(
          'button',
          {
            type: 'button',
            class: `facet-value ${tone(value)}`,
            'aria-pressed': String(on(value)),
            title: meaning(value) || null,
            data: { focus: `facet:${name}=${value}` },
            onclick: () => change(toggled(filters, name, value)),
          },
          word(value),
          ' ',
          h('span', { class: 'count' }, grouped(count)),
        ),
      ),
      list.length > shown.length ? h('span', { class: 'muted small' }, `and ${list.length - shown.length} more`) : null,
    ),
  );
}

/** Reads filters from an address. */
export function filtersOf(query) {
  return query.getAll('filter').map(parse);
}
