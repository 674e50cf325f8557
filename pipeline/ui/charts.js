// Charts that are tables at heart: sorted bars, each with its label, its amount and a link to the rows behind it. Drawn as
// SVG from attributes alone. Each has its figures as a plain table too, one click away.

import { grouped, short, sum } from './decimal.js';
import { fill, h, s } from './dom.js';
import { badge } from './format.js';

/** Bars beyond these are added up as "others". */
const BARS_MAX = 8;

/** One bar on a track, `share` of its width. */
export function trackBar(share, tone = 'plain') {
  const width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return s(
    'svg',
    { class: 'bar', width: '100%', height: '10', 'aria-hidden': 'true' },
    s('rect', { class: 'track', width: '100%', height: '10', rx: '3' }),
    share > 0 ? s('rect', { class: `fill ${tone}`, width, height: '10', rx: '3' }) : null,
  );
}

/** A bar of several parts, as shares of the longest bar. @param {{share: number, tone: string}[]} pieces */
function stackBar(pieces) {
  let x = 0;
  const rects = pieces
    .filter((piece) => piece.share > 0)
    .map((piece) => {
      const rect = s('rect', {
        class: `fill ${piece.tone}`,
        x: `${x * 100}%`,
        width: `${piece.share * 100}%`,
        height: '10',
      });
      x += piece.share;
      return rect;
    });
  return s(
    'svg',
    { class: 'bar', width: '100%', height: '10', 'aria-hidden': 'true' },
    s('rect', { class: 'track', width: '100%', height: '10', rx: '3' }),
    rects,
  );
}

/**
 * @typedef {object} Bar
 * @property {string} label
 * @property {string} href where its rows are
 * @property {string} [amount] decimal string
 * @property {number} count
 * @property {string} [tone]
 * @property {string} [hint] what the label means
 * @property {{name: string, tone: string, count: number}[]} [pieces] the parts of a stacked bar
 */

/**
 * Sorted bars. By amount when there are amounts, else by count.
 * @param {string} name of the chart, for its table
 * @param {Bar[]} bars
 * @param {{currency?: string, unit?: string, more?: string, keepOrder?: boolean}} options
 *   `more`: where all of it can be seen
 */
export function barChart(name, bars, { currency, unit = 'rows', more, keepOrder } = {}) {
  const size = (bar) => (bar.amount === undefined ? bar.count : Math.abs(Number(bar.amount)));
  const sorted = keepOrder ? bars : [...bars].sort((a, b) => size(b) - size(a) || a.label.localeCompare(b.label));
  const node = h('div', { class: 'chart' });
  let asTable = false;
  const button = h('button', { type: 'button', class: 'quiet small', 'aria-pressed': 'false' }, 'Table');
  const draw = () => {
    button.setAttribute('aria-pressed', String(asTable));
    fill(node, asTable ? figures(name, sorted, { currency, unit }) : drawing(sorted, size, { currency, unit, more }));
  };
  button.addEventListener('click', () => {
    asTable = !asTable;
    draw();
  });
  draw();
  return { node, button };
}

function drawing(sorted, size, { currency, unit, more }) {
  const shown = sorted.length > BARS_MAX + 1 ? sorted.slice(0, BARS_MAX) : sorted;
  const rest = sorted.slice(shown.length);
  const most = Math.max(...sorted.map(size), 1e-9);
  const line = (bar) =>
    h(
      'li',
      null,
      h(
        'a',
        { href: bar.href, class: 'bar-row', title: bar.hint || null },
        h('span', { class: 'bar-label' }, bar.label),
        h(
          'span',
          { class: 'bar-figure' },
          bar.amount === undefined ? grouped(bar.count) : short(bar.amount),
          h('span', { class: 'muted bar-count' }, bar.amount === undefined ? '' : ` ${grouped(bar.count)}`),
        ),
        bar.pieces
          ? stackBar(bar.pieces.map((piece) => ({ share: piece.count / most, tone: piece.tone })))
          : trackBar(size(bar) / most, bar.tone),
      ),
    );
  return [
    h('ul', { class: 'bars' }, shown.map(line)),
    rest.length
      ? h(
          'p',
          { class: 'muted small rest' },
          more ? h('a', { href: more }, restText(rest, { currency, unit })) : restText(rest, { currency, unit }),
        )
      : null,
  ];
}

function restText(rest, { currency, unit }) {
  const amount = rest[0].amount === undefined ? '' : `, ${short(sum(rest.map((bar) => bar.amount)))} ${currency ?? ''}`;
  return `and ${rest.length} others: ${grouped(rest.reduce((all, bar) => all + bar.count, 0))} ${unit}${amount}`;
}

function figures(name, bars, { currency, unit }) {
  const withAmount = bars.some((bar) => bar.amount !== undefined);
  const pieces = [...new Map(bars.flatMap((bar) => bar.pieces ?? []).map((piece) => [piece.name, piece])).values()];
  return h(
    'div',
    { class: 'table-scroll', tabindex: '0', role: 'region', 'aria-label': `${name}, as a table` },
    h(
      'table',
      { class: 'plain' },
      h('caption', { class: 'unseen' }, name),
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          h('th', { scope: 'col' }, 'What'),
          withAmount ? h('th', { scope: 'col', class: 'number' }, `Amount, ${currency ?? ''}`) : null,
          pieces.map((piece) => h('th', { scope: 'col', class: 'number' }, piece.name)),
          h('th', { scope: 'col', class: 'number' }, unit[0].toUpperCase() + unit.slice(1)),
        ),
      ),
      h(
        'tbody',
        null,
        bars.map((bar) =>
          h(
            'tr',
            null,
            h('th', { scope: 'row' }, h('a', { href: bar.href }, bar.label)),
            withAmount ? h('td', { class: 'number' }, grouped(bar.amount ?? '0')) : null,
            pieces.map((piece) =>
              h('td', { class: 'number' }, grouped(bar.pieces?.find((one) => one.name === piece.name)?.count ?? 0)),
            ),
            h('td', { class: 'number' }, grouped(bar.count)),
          ),
        ),
      ),
    ),
  );
}

/** What the colours of a stacked bar stand for. @param {[string, string][]} entries name and tone */
export function legend(entries) {
  return h(
    'p',
    { class: 'legend small' },
    entries.map(([value]) => badge(value)),
  );
}
