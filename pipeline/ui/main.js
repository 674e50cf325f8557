// Starts the page: draws the frame, shows the page that the address names, and hands keys to it.

import { h, fill } from './dom.js';
import { drawFrame, markPlace } from './frame.js';
import { showHelp } from './help.js';
import { errorPanel, waiting } from './panels.js';
import { go, parse } from './route.js';

/** Pages by the first part of the address; each is read when it is first needed. */
const PAGES = {
  '': () => import('./pages/overview.js'),
  view: () => import('./pages/worklist.js'),
  row: () => import('./pages/row.js'),
  partner: () => import('./pages/partner.js'),
  invoice: () => import('./pages/invoice.js'),
  shipment: () => import('./pages/shipment.js'),
  order: () => import('./pages/order.js'),
  document: () => import('./pages/document.js'),
  search: () => import('./pages/search.js'),
};

const main = document.getElementById('main');
let current = null;

/**
 * What a page may use: its `title`, `key(name)` for keys that are not the frame's, `closing(call)` for what has to end with
 * it, `open`: false once another page took its place, and `refocus`, which gives the focus back to what had it before a
 * change of filter or order drew the page anew.
 * @param {string|null} focus what had it
 */
function newPage(focus) {
  const calls = [];
  let wanted = focus;
  return {
    title: '',
    key: null,
    open: true,
    closing: (call) => calls.push(call),
    refocus(other = null) {
      const name = other ?? wanted;
      const idle = document.activeElement === document.body || document.activeElement?.tagName === 'H1';
      const found =
        name && idle ? main.querySelector(`[data-focus="${CSS.escape(name)}"], [id="${CSS.escape(name)}"]`) : null;
      if (!found) return false;
      found.closest('details')?.setAttribute('open', '');
      found.focus({ preventScroll: true });
      wanted = null;
      return true;
    },
    close() {
      this.open = false;
      calls.forEach((call) => call());
    },
  };
}

async function showPage() {
  const first = current === null;
  const { activeElement } = document;
  const focus = main.contains(activeElement) ? (activeElement.dataset.focus ?? (activeElement.id || null)) : null;
  current?.close();
  const page = (current = newPage(focus));
  const route = parse(location.hash);
  markPlace(route);
  const load = PAGES[route.path[0] ?? ''];
  const holder = h('div', { class: 'page' }, waiting());
  fill(main, holder);
  window.scrollTo(0, 0);
  try {
    if (!load) throw { title: 'There is no such page', status: 404, detail: location.hash };
    await (await load()).show(holder, route, page);
  } catch (error) {
    if (!page.open) return;
    if (!error?.title) console.error(error);
    fill(holder, errorPanel(error, showPage, 'h1'));
  }
  if (!page.open) return;
  document.title = page.title ? `${page.title} · Landfall` : 'Landfall';
  // A screen reader hears where a link led.
  if (!page.refocus() && !first && document.activeElement === document.body)
    holder.querySelector('h1')?.focus({ preventScroll: true });
}

let leader = '';

/** Whether keys belong to what has the focus. */
function isTyping(node) {
  return node.closest?.('input, select, textarea, dialog, summary') !== null;
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === 'Escape' && event.target.closest?.('input')) return void event.target.blur();
  if (isTyping(event.target)) return;
  // A button or a link in focus keeps Enter for itself.
  if (event.key === 'Enter' && event.target.closest?.('a, button')) return;
  if (frameKey(event.key) || current?.key?.(event.key)) event.preventDefault();
}

function frameKey(name) {
  if (leader === 'g') {
    leader = '';
    if (name === 'o') return (go('#/'), true);
    if (name === 'e') return (go('#/view/exceptions'), true);
  }
  if (name === 'g') return ((leader = 'g'), true);
  if (name === '?') return (showHelp(), true);
  if (name === 's') return (document.getElementById('search')?.focus(), true);
  if (name === '/') return ((document.getElementById('filter') ?? document.getElementById('search'))?.focus(), true);
  return false;
}

drawFrame();
window.addEventListener('hashchange', showPage);
document.addEventListener('keydown', pressed);
document.addEventListener('pointerdown', (event) => {
  for (const choice of document.querySelectorAll('details.choice[open]')) choice.open = choice.contains(event.target);
});
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
showPage();
