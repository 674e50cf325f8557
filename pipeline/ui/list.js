// The rows of a worklist: pages read with a cursor, and live changes laid over them. Rows never move by themselves: a
// changed row changes in place, a row that left stays and is marked, and rows that came wait until they are accepted.

import { aged, columnsOf, hasComputed, parted } from './ages.js';
import { page } from './api.js';
import { follow } from './stream.js';

const PAGE_ROWS = 100;
const PAGE_ROWS_MAX = 1_000;

/** More changes than this are not laid over rows one by one; the list asks to be read again. */
const OVERLAY_ROWS_MAX = 20_000;

/** The rows of one view under one filter and order. */
export class List {
  /**
   * @param {object} description of the view
   * @param {{filters: string[], sort: string}} query
   * @param {{rows: () => void, patched: (keys: Set<string>) => void, state: () => void}} on
   */
  constructor(description, query, on) {
    Object.assign(this, { description, query, on, view: description.name });
    this.clear();
    this.live = 'off';
    this.stream = null;
    this.parts = parted(this.view, query.filters);
  }

  clear() {
    this.entries = [];
    this.places = new Map();
    this.overlay = new Map();
    this.waiting = new Set();
    Object.assign(this, {
      total: null,
      tick: null,
      clock: null,
      cursor: null,
      loading: false,
      moved: false,
      gone: 0,
      behind: false,
      error: null,
    });
  }

  keyOf(row) {
    return JSON.stringify(this.description.key.map((name) => row[name] ?? null));
  }

  request(limit, cursor) {
    const all = hasComputed(this.view)
      ? columnsOf(this.description)
          .map((column) => column.name)
          .join(',')
      : null;
    return page(
      this.view,
      { filter: this.query.filters, sort: this.query.sort, columns: all, limit, cursor, total: cursor ? null : true },
      { signal: this.abort.signal },
    );
  }

  /** Reads the list from its start, at the newest tick. */
  async load(rows = PAGE_ROWS) {
    this.close();
    const abort = (this.abort = new AbortController());
    this.loading = true;
    this.on.state();
    try {
      const answer = await this.request(Math.min(PAGE_ROWS_MAX, Math.max(PAGE_ROWS, rows)), null);
      this.clear();
      Object.assign(this, { tick: answer.tick, clock: answer.clock, total: answer.total ?? null });
      this.take(answer);
      this.listen();
    } catch (error) {
      if (abort.signal.aborted) return;
      this.error = error;
      this.loading = false;
    }
    this.on.rows();
    this.on.state();
  }

  /** Reads the next page, if there is one. */
  async more() {
    if (this.loading || !this.cursor) return;
    this.loading = true;
    this.on.state();
    const { signal } = this.abort;
    try {
      this.take(await this.request(PAGE_ROWS, this.cursor));
      this.on.rows();
    } catch (error) {
      if (signal.aborted) return;
      this.loading = false;
      this.cursor = null;
      if (error.status === 410) this.behind = true;
      else this.error = error;
    }
    this.on.state();
  }

  take(answer) {
    for (const row of answer.rows) {
      const key = this.keyOf(row);
      if (this.places.has(key)) continue;
      const newer = this.overlay.get(key);
      const entry = {
        key,
        row: aged(this.view, newer ? { ...row, ...newer } : row, answer.clock),
        changed: new Set(),
        gone: newer === null,
        fresh: false,
      };
      this.places.set(key, this.entries.length);
      this.entries.push(entry);
    }
    this.cursor = answer.next ?? null;
    this.loading = false;
  }

  listen() {
    this.stream = follow(
      this.view,
      { filter: this.parts.stream, after: this.tick },
      {
        change: (frame) => this.change(frame),
        passed: () => this.fallBehind(),
        refused: () => {
          this.live = 'refused';
          this.on.state();
        },
        state: (state) => {
          this.live = state;
          this.on.state();
        },
      },
    );
  }

  fallBehind() {
    this.behind = true;
    this.on.state();
  }

  /** Lays the changes of a tick over the rows. */
  change(frame) {
    const touched = new Set();
    const { passes } = this.parts;
    const known = (row) => aged(this.view, row, frame.clock);
    for (const row of (frame.deletes ?? []).map(known).filter(passes)) this.left(row, touched);
    for (const [before, after] of (frame.updates ?? []).map((both) => [known(both.before), known(both.after)])) {
      const [was, is] = [passes(before), passes(after)];
      if (was && is) this.updated(after, touched);
      else if (was) this.left(before, touched);
      else if (is) this.came(after, touched);
    }
    for (const row of (frame.inserts ?? []).map(known).filter(passes)) this.came(row, touched);
    this.clock = frame.clock;
    if (this.overlay.size > OVERLAY_ROWS_MAX) this.behind = true;
    this.on.patched(touched);
    this.on.state();
  }

  left(row, touched) {
    const key = this.keyOf(row);
    this.overlay.set(key, null);
    if (this.total !== null) this.total -= 1;
    if (this.waiting.delete(key)) return;
    const entry = this.entries[this.places.get(key)];
    if (!entry) return;
    entry.gone = true;
    this.gone += 1;
    touched.add(key);
  }

  updated(row, touched) {
    const key = this.keyOf(row);
    this.overlay.set(key, row);
    const entry = this.entries[this.places.get(key)];
    if (!entry) return;
    for (const name of Object.keys(row)) if (row[name] !== entry.row[name]) entry.changed.add(name);
    const order = this.query.sort.split(',').map((part) => part.replace(/^-/, ''));
    if (order.some((name) => name && entry.changed.has(name))) this.moved = true;
    entry.row = { ...entry.row, ...row };
    touched.add(key);
  }

  came(row, touched) {
    const key = this.keyOf(row);
    this.overlay.set(key, row);
    if (this.total !== null) this.total += 1;
    const entry = this.entries[this.places.get(key)];
    if (!entry) {
      this.waiting.add(key);
      return;
    }
    if (entry.gone) this.gone -= 1;
    entry.gone = false;
    this.updated(row, touched);
  }

  /** What an accept would bring, as words; empty when nothing waits. */
  get news() {
    if (this.behind) return 'The list is behind';
    const some = [];
    const count = this.waiting.size;
    if (count) some.push(`${count} new ${count === 1 ? 'row' : 'rows'}`);
    if (this.gone) some.push(`${this.gone} gone`);
    if (this.moved) some.push('order changed');
    return some.join(' · ');
  }

  close() {
    this.abort?.abort();
    this.stream?.close();
    this.stream = null;
  }
}
