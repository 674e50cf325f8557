// A virtualised table: only the rows in sight are in the document. It is a grid to assistive technology (one tab stop, the
// row in focus named by aria-activedescendant), has fixed row heights so that nothing ever shifts, and keeps each drawn row
// by its place, so that a change is written into the row where it stands. On a narrow screen a row is drawn as a card.

import { h } from './dom.js';
import { content, currencyOf, isNumeric, text } from './format.js';
import { CODED, columnName } from './words.js';

const ROW_PX = 36;
const CARD_PX = 100;
const SPARE_ROWS = 12;
const narrow = window.matchMedia('(max-width: 640px)');

/** @typedef {{key: string, row: object, changed: Set<string>, gone: boolean, fresh: boolean}} Entry */

const ROWS_MEASURED = 80;
const COLUMN_PX_MAX = 300;

/** Sentences need more room than names. */
const SENTENCE_PX_MAX = 520;
const pen = document.createElement('canvas').getContext('2d');

/** The width a column needs, from its name and the first rows, with room for padding, sort mark or badge. */
function widthOf(column, entries) {
  let most = pen.measureText(columnName(column.name)).width + 16;
  for (const { row } of entries.slice(0, ROWS_MEASURED)) {
    const shown = text(column, row);
    if (shown) most = Math.max(most, pen.measureText(shown).width + (CODED.has(column.name) ? 14 : 4));
  }
  return Math.round(Math.min(column.name === 'message' ? SENTENCE_PX_MAX : COLUMN_PX_MAX, most + 22));
}

let grids = 0;

/** A grid. `on.sort(column, add)`, `on.open(entry)`, `on.end()` when the last loaded row comes near. */
export class Grid {
  constructor(label, on) {
    this.on = on;
    this.id = `grid-${(grids += 1)}`;
    this.entries = [];
    this.columns = [];
    this.drawn = new Map();
    this.selected = -1;
    this.header = h('tr', { 'aria-rowindex': '1' });
    this.above = h('td');
    this.below = h('td');
    this.body = h('tbody');
    this.colgroup = h('colgroup');
    this.table = h(
      'table',
      { class: 'grid', role: 'grid', tabindex: '0', 'aria-label': label, id: this.id },
      this.colgroup,
      h('thead', null, this.header),
      h('tbody', { 'aria-hidden': 'true', class: 'spacer' }, h('tr', null, this.above)),
      this.body,
      h('tbody', { 'aria-hidden': 'true', class: 'spacer' }, h('tr', null, this.below)),
    );
    this.node = h('div', { class: 'grid-scroll' }, this.table);
    this.node.addEventListener('scroll', () => this.draw(), { passive: true });
    this.body.addEventListener('click', (event) => this.clicked(event));
    this.body.addEventListener('dblclick', () => this.open());
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.node);
    this.relayout = () => {
      this.reset();
    };
    narrow.addEventListener('change', this.relayout);
  }

  /** Lets go of what outlives the node. */
  close() {
    this.resized.disconnect();
    narrow.removeEventListener('change', this.relayout);
  }

  get rowPx() {
    return narrow.matches ? CARD_PX : ROW_PX;
  }

  /** Sets columns, order and card layout; draws anew. */
  layout({ columns, sort, card }) {
    this.columns = columns;
    this.card = card ?? [];
    this.sort = sort;
    this.header.replaceChildren(...columns.map((column, at) => this.headerCell(column, at)));
    this.reset();
  }

  headerCell(column, at) {
    const rank = this.sort.findIndex((part) => part.column === column.name);
    const part = this.sort[rank];
    const mark = part ? `${part.descending ? '↓' : '↑'}${this.sort.length > 1 ? rank + 1 : ''}` : '';
    return h(
      'th',
      {
        scope: 'col',
        role: 'columnheader',
        'aria-colindex': at + 1,
        class: isNumeric(column) ? 'number' : null,
        'aria-sort': part ? (part.descending ? 'descending' : 'ascending') : null,
        title: column.description || null,
      },
      h(
        'button',
        {
          type: 'button',
          data: { focus: `sort:${column.name}` },
          onclick: (event) => this.on.sort(column.name, event.shiftKey),
        },
        columnName(column.name),
        mark ? h('span', { class: 'sort', 'aria-hidden': 'true' }, ` ${mark}`) : null,
      ),
    );
  }

  /** Sets the rows; `total` is how many there are in all, if known. */
  rows(entries, total) {
    const other = this.entries !== entries || this.drawn.size === 0;
    this.entries = entries;
    this.table.setAttribute('aria-rowcount', String(total === null ? -1 : total + 1));
    if (other) this.reset();
    else this.draw();
  }

  /** Forgets all drawn rows and draws anew. */
  reset() {
    this.drawn.clear();
    this.body.replaceChildren();
    const { fontSize, fontFamily } = getComputedStyle(this.table);
    pen.font = `600 ${fontSize} ${fontFamily}`;
    const widths = this.columns.map((column) => widthOf(column, this.entries));
    this.colgroup.replaceChildren(...widths.map((px) => h('col', { css: { width: `${px}px` } })));
    this.table.style.width = narrow.matches ? '100%' : `max(100%, ${widths.reduce((sum, px) => sum + px, 0)}px)`;
    this.draw();
  }

  /** Draws the rows in sight and lets go of the others. */
  draw() {
    const top = Math.max(0, this.node.scrollTop - (narrow.matches ? 0 : ROW_PX));
    const start = Math.max(0, Math.floor(top / this.rowPx) - SPARE_ROWS);
    const end = Math.min(this.entries.length, Math.ceil((top + this.node.clientHeight) / this.rowPx) + SPARE_ROWS);
    for (const [at, node] of this.drawn) {
      if (at < start || at >= end) {
        node.remove();
        this.drawn.delete(at);
      }
    }
    let next = null;
    for (let at = end - 1; at >= start; at -= 1) {
      let node = this.drawn.get(at);
      if (!node) {
        node = this.rowNode(at);
        this.drawn.set(at, node);
        this.body.insertBefore(node, next);
      }
      next = node;
    }
    this.above.style.height = `${start * this.rowPx}px`;
    this.below.style.height = `${Math.max(0, this.entries.length - end) * this.rowPx}px`;
    if (end > this.entries.length - 40) this.on.end();
  }

  rowNode(at) {
    const node = h('tr', { id: `${this.id}-${at}`, 'aria-rowindex': at + 2, data: { at } });
    this.fillRow(node, at);
    return node;
  }

  fillRow(node, at) {
    const entry = this.entries[at];
    node.replaceChildren(...this.columns.map((column, place) => this.cell(column, place, entry)));
    node.className = [
      at === this.selected && 'selected',
      entry.gone && 'gone',
      entry.changed.size && 'changed',
      entry.fresh && 'fresh',
    ]
      .filter(Boolean)
      .join(' ');
    node.setAttribute('aria-selected', String(at === this.selected));
    node.dataset.key = entry.key;
  }

  cell(column, place, entry) {
    const spot = this.card.indexOf(column.name);
    const shown = content(column, entry.row, false);
    return h(
      'td',
      {
        role: 'gridcell',
        'aria-colindex': place + 1,
        data: { column: column.name, currency: currencyOf(column.name, entry.row) },
        class:
          [isNumeric(column) && 'number', spot >= 0 && `card-${spot}`, entry.changed.has(column.name) && 'cell-changed']
            .filter(Boolean)
            .join(' ') || null,
        title: text(column, entry.row).length > 30 ? text(column, entry.row) : null,
      },
      shown,
      entry.gone && place === 0 ? h('span', { class: 'badge plain' }, 'gone') : null,
    );
  }

  /** Writes changed entries into their rows, where those are drawn. */
  patch(keys) {
    for (const [at, node] of this.drawn) {
      if (keys.has(this.entries[at]?.key)) this.fillRow(node, at);
    }
  }

  clicked(event) {
    const row = event.target.closest('tr');
    if (!row || event.target.closest('a')) return;
    const at = Number(row.dataset.at);
    this.select(at);
    this.table.focus({ preventScroll: true });
    if (narrow.matches) this.open();
  }

  /** Selects a row and brings it into sight. */
  select(at) {
    const before = this.selected;
    this.selected = this.entries.length ? Math.max(-1, Math.min(at, this.entries.length - 1)) : -1;
    if (this.selected >= 0) this.reveal(this.selected);
    for (const place of new Set([before, this.selected])) {
      if (this.drawn.has(place)) this.fillRow(this.drawn.get(place), place);
    }
    if (this.selected >= 0) this.table.setAttribute('aria-activedescendant', `${this.id}-${this.selected}`);
    else this.table.removeAttribute('aria-activedescendant');
  }

  reveal(at) {
    const head = narrow.matches ? 0 : ROW_PX;
    const top = at * this.rowPx;
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    const bottom = top + this.rowPx + head;
    if (bottom > this.node.scrollTop + this.node.clientHeight) this.node.scrollTop = bottom - this.node.clientHeight;
    this.draw();
  }

  /** The entry that is selected, if any. */
  get current() {
    return this.entries[this.selected] ?? null;
  }

  open() {
    if (this.current) this.on.open(this.current);
  }

  /** Moves the selection by a key; says whether the key meant something. */
  key(name) {
    const page = Math.max(1, Math.floor(this.node.clientHeight / this.rowPx) - 2);
    const steps = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, PageDown: page, PageUp: -page };
    if (name in steps) this.select(Math.max(0, this.selected + steps[name]));
    else if (name === 'Home') this.select(0);
    else if (name === 'End') this.select(this.entries.length - 1);
    else if (name === 'Enter') this.open();
    else if (name === 'Escape' && this.selected >= 0) this.select(-1);
    else return false;
    return true;
  }
}
