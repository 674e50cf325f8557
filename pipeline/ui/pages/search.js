// Search: everything that an identifier names.

import { get } from '../api.js';
import { fill, h } from '../dom.js';
import { empty, title } from '../panels.js';
import { go, keyParts, link, rowPage } from '../route.js';

/** The page of a result, from what it is rather than from where the API keeps it. */
function pageOf({ kind, id, href }) {
  switch (kind) {
    case 'shipment':
      return link(['shipment', id]);
    case 'order':
      return link(['order', id]);
    case 'invoice':
      return link(['invoice', ...keyParts(id)].slice(0, 3));
    case 'declaration':
      return link(['document', 'declaration', id]);
    case 'exception':
      return rowPage('exceptions', [id]);
    case 'partner':
      return link(['partner', id]);
    default:
      return href?.startsWith('#') ? href : link(['search'], [['q', id]]);
  }
}

/** The page. */
export async function show(main, { query }, page) {
  const q = query.get('q') ?? '';
  page.title = `Search: ${q}`;
  const box = document.getElementById('search');
  if (box) box.value = q;
  if (!q) {
    fill(
      main,
      title('Search'),
      empty(
        'Search for any identifier',
        'Shipment, tracking number, BOL, PRO, container, order, invoice, declaration or partner.',
      ),
    );
    return;
  }
  const { results } = await get(['search'], { q });
  const exact = results.filter((result) => result.id === q);
  if (results.length === 1 || exact.length === 1) {
    go(pageOf(exact[0] ?? results[0]), true);
    return;
  }
  // The label begins with what the link already says.
  const beyond = ({ id, label }) => {
    const rest = label?.startsWith(id) ? label.slice(id.length).replace(/^[ ·]+/, '') : label;
    return rest ? ` ${rest}` : '';
  };
  const kinds = [...new Set(results.map((result) => result.kind))];
  fill(
    main,
    title(`Search: ${q}`, {
      beside: h('span', { class: 'muted' }, `${results.length}${results.length >= 50 ? ' or more' : ''} found`),
    }),
    results.length
      ? kinds.map((kind) =>
          h(
            'section',
            { class: 'panel' },
            h('h2', null, `${kind[0].toUpperCase()}${kind.slice(1)}s`),
            h(
              'ul',
              { class: 'links' },
              results
                .filter((result) => result.kind === kind)
                .map((result) =>
                  h(
                    'li',
                    null,
                    h('a', { href: pageOf(result) }, result.id),
                    h('span', { class: 'muted' }, beyond(result)),
                  ),
                ),
            ),
          ),
        )
      : empty(
          `Nothing is named “${q}”`,
          'Letters and digits count, punctuation and case do not. A document that names it may not have been received, or it stands in the dead letters.',
          h('a', { class: 'button', href: link(['view', 'data_errors']) }, 'Dead letters'),
        ),
  );
}
