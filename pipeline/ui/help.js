// The help: what the keys do and how to write a filter.

import { h } from './dom.js';

const KEYS = [
  ['j  k  ↓  ↑', 'next and previous row'],
  ['Page ↓  Page ↑  Home  End', 'further through the list'],
  ['Enter', 'open the row'],
  ['Esc', 'let go of the row'],
  ['r', 'show new rows'],
  ['/', 'to the filter, or to the search'],
  ['s', 'to the search'],
  ['g then o', 'overview'],
  ['g then e', 'exceptions'],
  ['?', 'this help'],
];

const FILTERS = [
  ['partner = MAEU', 'exactly'],
  ['reason in over_tolerance, duplicate_charge', 'one of several'],
  ['amount_base > 1000', 'compare: < <= > >= !='],
  ['shipment_id ^= SHP-1', 'starts with'],
  ['message ~ currency', 'contains'],
  ['order_id is empty', 'has no value; "is filled": has one'],
  ['MAEU', 'a bare word: in the identifier, invoice or message'],
];

/** Opens the help. */
export function showHelp() {
  if (document.querySelector('dialog[open]')) return;
  const list = (caption, pairs, first) =>
    h(
      'section',
      null,
      h('h3', null, caption),
      h(
        'dl',
        { class: 'keys' },
        pairs.map(([name, does]) => h('div', null, h('dt', null, h(first, null, name)), h('dd', null, does))),
      ),
    );
  const dialog = h(
    'dialog',
    { class: 'help', 'aria-labelledby': 'help-title' },
    h(
      'form',
      { method: 'dialog' },
      h('h2', { id: 'help-title' }, 'Keys and filters'),
      list('Keys', KEYS, 'kbd'),
      list('Filters', FILTERS, 'code'),
      h(
        'p',
        { class: 'muted small' },
        'Click a column’s head to sort by it, with Shift to sort by several. The address of the page holds ',
        'filters, order, columns and groups: share it or bookmark it as a saved view.',
      ),
      h('div', { class: 'actions' }, h('button', { class: 'primary' }, 'Close')),
    ),
  );
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
