// Parts that many pages share: titles, errors with what to do about them, empty states, plain tables, lists of facts.

import { h } from './dom.js';
import { content, isNumeric, currencyOf } from './format.js';
import { columnName } from './words.js';
import { forget } from './auth.js';

/** What a person can do about an answer of this status. */
function advice(problem) {
  const known = {
    0: 'Check that the server runs and that you are connected; the page tries again by itself.',
    400: problem.parameter === 'filter' ? 'Remove or correct the filter.' : 'Correct the address of this page.',
    403: 'Your token may not see this. Sign in with another one.',
    404: 'It may have been withdrawn, or it was never received. Check the spelling, or search for it.',
    410: 'This state has left the window that the server keeps. Read the list again.',
    429: 'Too many requests at once. Wait a moment and try again.',
    503: 'The server is starting or catching up. It will answer once it is ready.',
  };
  return problem.hint || known[problem.status] || 'Try again; if it stays, tell your administrator what stands here.';
}

/** An error, and what to do. @param {() => void} [retry] @param {string} [heading] `h1` where it is all that the page shows */
export function errorPanel(problem, retry, heading = 'h2') {
  const given = problem.title ?? 'Something went wrong in this page';
  const title = given[0].toUpperCase() + given.slice(1);
  return h(
    'div',
    { class: 'panel problem', role: 'alert' },
    h(heading, null, title),
    problem.detail || !problem.title ? h('p', null, problem.detail || String(problem.message ?? problem)) : null,
    problem.parameter ? h('p', { class: 'small' }, 'Parameter at fault: ', h('code', null, problem.parameter)) : null,
    h('p', { class: 'muted' }, advice(problem)),
    h(
      'div',
      { class: 'actions' },
      retry ? h('button', { type: 'button', onclick: retry }, 'Try again') : null,
      problem.status === 403
        ? h(
            'button',
            {
              type: 'button',
              onclick: () => {
                forget();
                location.reload();
              },
            },
            'Use another token',
          )
        : null,
    ),
  );
}

/** Nothing to show, and what that means. */
export function empty(title, text, ...more) {
  return h('div', { class: 'empty' }, h('p', { class: 'empty-title' }, title), text ? h('p', null, text) : null, more);
}

/** A place that fills later. */
export function waiting(text = 'Loading…') {
  return h('p', { class: 'waiting muted' }, text);
}

/** A page's title, with what stands above and beside it. */
export function title(text, { above, beside, below } = {}) {
  return h(
    'div',
    { class: 'title' },
    above ? h('p', { class: 'crumbs' }, above) : null,
    h('div', { class: 'title-row' }, h('h1', { tabindex: '-1' }, text), beside),
    below ? h('p', { class: 'muted lead' }, below) : null,
  );
}

/** A panel with a heading. */
export function panel(heading, { beside, note, id, wide } = {}, ...children) {
  const label = id ?? `p-${heading.toLowerCase().replace(/[^a-z]+/g, '-')}`;
  return h(
    'section',
    { class: `panel${wide ? ' wide' : ''}`, 'aria-labelledby': label },
    h('div', { class: 'panel-head' }, h('h2', { id: label }, heading), beside),
    note ? h('p', { class: 'muted small' }, note) : null,
    children,
  );
}

/**
 * A plain table of rows.
 * @param {string} caption read out by screen readers
 * @param {{name: string, kind?: string, title?: string, show?: (row: object) => unknown}[]} columns
 */
export function table(caption, columns, rows) {
  return h(
    'div',
    { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    h(
      'table',
      { class: 'plain' },
      h('caption', { class: 'unseen' }, caption),
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          columns.map((column) =>
            h(
              'th',
              { scope: 'col', class: isNumeric(column) ? 'number' : null },
              column.title ?? columnName(column.name),
            ),
          ),
        ),
      ),
      h(
        'tbody',
        null,
        rows.map((row) =>
          h(
            'tr',
            null,
            columns.map((column) =>
              h(
                'td',
                {
                  class: isNumeric(column) ? 'number' : null,
                  data: { column: column.name },
                },
                column.show ? column.show(row) : content(column, row),
              ),
            ),
          ),
        ),
      ),
    ),
  );
}

/** The columns of a view by name, in the order asked for. */
export function pick(description, names) {
  return names.map((name) => description.columns.find((column) => column.name === name) ?? { name, kind: 'text' });
}

/** Facts as name and value; the ones without a value are left out. @param {[string, unknown][]} pairs */
export function facts(pairs) {
  return h(
    'dl',
    { class: 'facts' },
    pairs
      .filter(([, value]) => value !== null && value !== undefined && value !== '')
      .map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))),
  );
}

/** An amount with its currency, as text. */
export function withCurrency(name, row, shown) {
  const currency = currencyOf(name, row);
  return shown && currency ? `${shown} ${currency}` : shown;
}
