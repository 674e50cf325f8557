// A worklist: one view, filtered, ordered, grouped, with live changes. All that is chosen stands in the address:
// `filter` (repeated), `sort`, `columns`, `group`. Keys: j/k or arrows, Enter, `/`, `r`, Esc.

import { columnsOf } from '../ages.js';
import { viewOf } from '../api.js';
import { announce, fill, h } from '../dom.js';
import { grouped } from '../decimal.js';
import { print } from '../filters.js';
import { Grid } from '../grid.js';
import { groupTable } from '../groups.js';
import { List } from '../list.js';
import { empty, errorPanel, title, waiting } from '../panels.js';
import { newest } from '../pulse.js';
import { go, rowPage, worklist } from '../route.js';
import { columnChoice, exportLinks, facets, filterLine, filtersOf, groupChoice } from '../toolbar.js';
import { PRESETS, viewName } from '../words.js';

const IDLE_MS = 4_000;
const FACETS_EVERY_MS = 5_000;

/** Where the reader was in a list, by its address, so that Back returns there. */
const places = new Map();

/** What the address says about a list of this view. */
function choices(description, query) {
  const preset = PRESETS[description.name] ?? {};
  const all = columnsOf(description);
  const names = query.get('columns')?.split(',') ?? preset.columns ?? all.map((column) => column.name);
  const columns = names.map((name) => all.find((column) => column.name === name)).filter(Boolean);
  return {
    preset,
    all,
    columns: columns.length ? columns : all,
    filters: filtersOf(query),
    sort: query.get('sort') ?? preset.sort ?? '',
    group: query.get('group')?.split(',').filter(Boolean) ?? [],
  };
}

/** `-amount,issued_on` as parts. */
function sortParts(text) {
  return text
    .split(',')
    .filter(Boolean)
    .map((part) => ({ column: part.replace(/^-/, ''), descending: part.startsWith('-') }));
}

const sortText = (parts) => parts.map(({ column, descending }) => (descending ? `-${column}` : column)).join(',');

/** The page. */
export async function show(main, { path, query }, page) {
  const view = path[1];
  page.title = viewName(view);
  const description = await viewOf(view);
  const chosen = choices(description, query);
  const change = (changes) => {
    const next = { ...chosen, ...changes };
    const more = [
      ['sort', next.sort],
      ['group', next.group.join(',')],
      ['columns', 'columnNames' in changes ? changes.columnNames : query.get('columns')],
    ];
    go(
      worklist(
        view,
        next.filters.map(print),
        more.filter(([, value]) => value),
      ),
    );
  };
  const count = h('span', { class: 'count-all muted', id: 'count' });
  const live = h('span', { class: 'live' });
  const news = h('button', { type: 'button', class: 'news', hidden: true });
  const filters = chosen.filters.map(print);
  const side = facets(
    view,
    chosen.preset.facets ?? [],
    chosen.filters,
    (next) => change({ filters: next }),
    (focus) => page.refocus(focus),
  );
  const tools = h(
    'div',
    { class: 'tools' },
    groupChoice(chosen.all, chosen.group, (group) => change({ group })),
    chosen.group.length
      ? null
      : columnChoice(
          chosen.all,
          chosen.columns.map((column) => column.name),
          (names) => change({ columnNames: names?.join(',') }),
        ),
    exportLinks(view, filters, chosen.sort),
  );
  const body = h('div', { class: 'list-body' }, waiting());
  fill(
    main,
    h(
      'div',
      { class: 'worklist' },
      title(viewName(view), { beside: [count, live], below: description.description }),
      news,
      h(
        'div',
        { class: 'line-tools' },
        filterLine({
          columns: chosen.all,
          filters: chosen.filters,
          fallback: chosen.preset.look ?? description.key[0],
          change: (next) => change({ filters: next }),
        }),
        h('div', { class: 'tool-row' }, tools),
      ),
      side.node,
      body,
    ),
  );
  const facetTimer = setInterval(side.refresh, FACETS_EVERY_MS);
  page.closing(() => clearInterval(facetTimer));
  side.refresh();
  if (chosen.group.length) await groupTable(body, { view, chosen, filters, count, page });
  else await liveList({ body, count, live, news, description, chosen, filters, change, page });
}

/** The list itself: grid, data and what waits to be accepted. */
async function liveList({ body, count, live, news, description, chosen, filters, change, page }) {
  const foot = h('p', { class: 'foot muted small' });
  const sort = sortParts(chosen.sort);
  const here = location.hash;
  const grid = new Grid(viewName(description.name), {
    sort: (column, add) => change({ sort: sortText(nextSort(sort, column, add)) }),
    open: (entry) =>
      go(
        rowPage(
          description.name,
          description.key.map((name) => entry.row[name] ?? ''),
        ),
      ),
    end: () => list.more(),
  });
  const list = new List(
    description,
    { filters, sort: chosen.sort },
    {
      rows: () => drawRows({ body, grid, list, foot, chosen, change }),
      patched: (keys) => grid.patch(keys),
      state: () => drawState({ count, live, list, news, foot }),
    },
  );
  grid.layout({ columns: chosen.columns, sort, card: chosen.preset.card });
  const idle = idleness(grid);
  const accept = () => takeNews(list, grid);
  news.addEventListener('click', accept);
  const timer = setInterval(() => {
    // A server that cannot stream under this filter is at least asked whether there is something newer.
    if (list.live === 'refused' && newest().tick > list.tick && !list.behind) list.fallBehind();
    if (list.news && idle()) accept();
  }, 1_000);
  page.closing(() => {
    clearInterval(timer);
    places.set(here, { key: grid.current?.key, top: grid.node.scrollTop, rows: list.entries.length });
    list.close();
    grid.close();
  });
  page.key = (name) => {
    if (name !== 'r') return grid.key(name);
    accept();
    return true;
  };
  const place = places.get(here);
  await list.load(place?.rows);
  if (place) {
    grid.node.scrollTop = place.top;
    const at = list.places.get(place.key);
    if (at !== undefined) grid.select(at);
  }
}

/** The next order when a column's head is used: ascending, descending, then as it was; `add` keeps the other columns. */
function nextSort(sort, column, add) {
  const had = sort.find((part) => part.column === column);
  const others = add ? sort.filter((part) => part.column !== column) : [];
  if (!had) return [...others, { column, descending: false }];
  return had.descending && (add || sort.length === 1) ? others : [...others, { column, descending: !had.descending }];
}

/** Whether the reader is at the top, has nothing selected and has not touched the list for a while. */
function idleness(grid) {
  let touched = Date.now();
  let over = false;
  const touch = () => {
    touched = Date.now();
  };
  for (const event of ['pointermove', 'wheel', 'keydown', 'pointerdown'])
    grid.node.addEventListener(event, touch, { passive: true });
  grid.node.addEventListener('pointerenter', () => {
    over = true;
  });
  grid.node.addEventListener('pointerleave', () => {
    over = false;
    touch();
  });
  return () => !over && grid.selected < 0 && grid.node.scrollTop === 0 && Date.now() - touched > IDLE_MS;
}

/** Reads the list again and keeps the selected row where it is on the screen. */
async function takeNews(list, grid) {
  const key = grid.current?.key;
  const offset = grid.selected * grid.rowPx - grid.node.scrollTop;
  const known = new Set(list.places.keys());
  grid.select(-1);
  await list.load(list.entries.length);
  if (known.size) {
    for (const entry of list.entries) entry.fresh = !known.has(entry.key);
    grid.reset();
  }
  const at = list.places.get(key);
  if (at === undefined) return;
  grid.node.scrollTop = Math.max(0, at * grid.rowPx - offset);
  grid.select(at);
}

function drawRows({ body, grid, list, foot, chosen, change }) {
  if (list.error && !list.entries.length) {
    fill(
      body,
      errorPanel(list.error, () => list.load()),
    );
  } else if (!list.entries.length) {
    fill(body, nothing(chosen, change));
  } else if (!body.contains(grid.node)) {
    fill(body, h('div', { class: 'grid-frame' }, grid.node), foot);
  }
  grid.rows(list.entries, list.total);
}

function nothing(chosen, change) {
  if (chosen.filters.length) {
    return empty(
      'No rows match these filters',
      'Remove one of them, or look at the whole view.',
      h('button', { type: 'button', onclick: () => change({ filters: [] }) }, 'Clear all filters'),
    );
  }
  return empty('Nothing here', 'This view has no rows at the moment. It fills by itself as events arrive.');
}

function drawState({ count, live, list, news, foot }) {
  const { total, entries } = list;
  count.textContent =
    list.loading && !entries.length
      ? ''
      : total === null
        ? `${grouped(entries.length)} rows loaded`
        : `${grouped(total)} ${total === 1 ? 'row' : 'rows'}`;
  const words = { open: 'Live', lost: 'Reconnecting…', refused: 'Not live under this filter', off: '' };
  live.dataset.live = list.live;
  live.textContent = words[list.live] ?? '';
  const waiting = list.news;
  if (waiting && news.dataset.news !== waiting) announce(waiting);
  news.dataset.news = waiting;
  news.hidden = !waiting;
  fill(news, waiting ? [`${waiting} · show`, h('span', { class: 'hint-key' }, ' (r)')] : []);
  foot.textContent = list.error
    ? `Could not read on: ${list.error.title}`
    : list.loading
      ? 'Loading…'
      : list.cursor
        ? `${grouped(entries.length)} loaded; scroll for more`
        : `All ${grouped(entries.length)} loaded`;
}
