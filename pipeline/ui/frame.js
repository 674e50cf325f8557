// What stands around every page: name, search, heartbeat, colour scheme, the menu of views with how many rows each has.

import { views } from './api.js';
import { grouped } from './decimal.js';
import { fill, h, s } from './dom.js';
import { showHelp } from './help.js';
import { onStatus, pulse } from './pulse.js';
import { go, link } from './route.js';
import { MENU, viewName } from './words.js';

const COUNTS_EVERY_MS = 15_000;

let place = '';

/** Draws header and menu and keeps the counts fresh. */
export function drawFrame() {
  const search = h('input', {
    id: 'search',
    type: 'search',
    name: 'q',
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: 'Any identifier: container, BOL, PRO, invoice…',
  });
  const form = h(
    'form',
    { role: 'search', class: 'search', 'aria-label': 'Search everything' },
    h('label', { for: 'search', class: 'unseen' }, 'Search for any identifier'),
    search,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (search.value.trim()) go(link(['search'], [['q', search.value.trim()]]));
  });
  const menu = h(
    'button',
    {
      type: 'button',
      class: 'menu-button',
      'aria-expanded': 'false',
      'aria-controls': 'side',
      onclick: () => openMenu(document.body.dataset.menu !== 'open'),
    },
    'Menu',
  );
  fill(
    document.getElementById('top'),
    menu,
    h('a', { href: '#/', class: 'brand' }, mark(), 'Landfall'),
    form,
    pulse(),
    themeButton(),
    h(
      'button',
      {
        type: 'button',
        class: 'icon help-button',
        'aria-label': 'Keys and filters',
        title: 'Keys and filters (?)',
        onclick: showHelp,
      },
      '?',
    ),
  );
  drawMenu(null);
  const count = () =>
    document.hidden
      ? null
      : views(true)
          .then(drawMenu)
          .catch(() => {});
  setInterval(count, COUNTS_EVERY_MS);
  views()
    .then(drawMenu)
    .catch(() => {});
  onStatus(ready());
}

/** Reads the views again once a server that was not ready is. */
function ready() {
  let was = true;
  return (status) => {
    if (status.ready && !was)
      views(true)
        .then(drawMenu)
        .catch(() => {});
    was = status.ready;
  };
}

function mark() {
  return s(
    'svg',
    { viewBox: '0 0 32 32', width: '26', height: '26', 'aria-hidden': 'true' },
    s('rect', { class: 'mark-ground', width: '32', height: '32', rx: '7' }),
    s('path', { class: 'mark-sea', d: 'M5 20c3.5 0 3.5 2.5 7.3 2.500S16 20 19.7 20s3.7 2.5 7.3 2.5' }),
    s('path', { class: 'mark-land', d: 'M9 16.5 16 7l7 9.500z' }),
  );
}

function openMenu(open) {
  document.body.dataset.menu = open ? 'open' : '';
  document.querySelector('.menu-button').setAttribute('aria-expanded', String(open));
}

function drawMenu(found) {
  const counts = new Map((found?.views ?? []).map((view) => [view.name, view.rows]));
  const listed = new Set(MENU.flatMap(([, names]) => names));
  const others = [...counts.keys()].filter((name) => !listed.has(name));
  const groups = others.length ? [...MENU, ['Other views', others]] : MENU;
  const item = (href, label, count) =>
    h(
      'li',
      null,
      h(
        'a',
        { href, data: { href } },
        h('span', null, label),
        count === undefined ? null : h('span', { class: 'count' }, grouped(count)),
      ),
    );
  const side = document.getElementById('side');
  const focused = side.contains(document.activeElement) ? document.activeElement.dataset.href : null;
  fill(
    side,
    h('ul', null, item('#/', 'Overview')),
    groups.map(([name, views]) => {
      const served = found ? views.filter((view) => counts.has(view)) : views;
      return served.length
        ? [
            h('h2', null, name),
            h(
              'ul',
              null,
              served.map((view) => item(link(['view', view]), viewName(view), counts.get(view))),
            ),
          ]
        : null;
    }),
  );
  if (focused) [...side.querySelectorAll('a')].find((a) => a.dataset.href === focused)?.focus();
  markLink();
}

/** Marks where the reader is, and closes the menu of a narrow screen. */
export function markPlace(route) {
  place = route.path[0] === 'view' ? link(route.path.slice(0, 2)) : route.path.length ? '' : '#/';
  openMenu(false);
  markLink();
}

function markLink() {
  for (const a of document.querySelectorAll('#side a')) {
    if (a.dataset.href === place) a.setAttribute('aria-current', 'page');
    else a.removeAttribute('aria-current');
  }
}

/** The switch between the system's colours, light and dark. */
function themeButton() {
  const order = ['system', 'light', 'dark'];
  const signs = { system: '◐', light: '☀', dark: '☾' };
  const root = document.documentElement;
  const button = h('button', { type: 'button', class: 'icon theme-button' });
  const draw = () => {
    const now = root.dataset.theme ?? 'system';
    button.textContent = signs[now];
    button.setAttribute('aria-label', `Colours: ${now}`);
    button.title = `Colours: ${now}`;
  };
  button.addEventListener('click', () => {
    const next = order[(order.indexOf(root.dataset.theme ?? 'system') + 1) % order.length];
    if (next === 'system') delete root.dataset.theme;
    else root.dataset.theme = next;
    try {
      if (next === 'system') localStorage.removeItem('landfall-theme');
      else localStorage.setItem('landfall-theme', next);
    } catch {
      /* the choice holds until the page is closed */
    }
    draw();
  });
  draw();
  return button;
}
