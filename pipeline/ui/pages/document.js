// A raw event: the document in force as it was received, and where its record stands.

import { get } from '../api.js';
import { announce, fill, h } from '../dom.js';
import { facts, panel, title } from '../panels.js';
import { link } from '../route.js';

/** Pages about what a document speaks of. */
function about(type, parts, data) {
  const found = [];
  const add = (label, ...path) => found.push([label, link(path)]);
  if (type === 'invoice') add(`Invoice ${parts[1]}`, 'invoice', ...parts);
  if (type === 'order') add(`Landed cost of ${parts[0]}`, 'order', parts[0]);
  if (type === 'shipment') add(`Shipment ${parts[0]}`, 'shipment', parts[0]);
  if (type === 'partner') add(`Partner ${parts[0]}`, 'partner', parts[0]);
  for (const name of ['carrier', 'broker', 'issuer', 'supplier'])
    if (data?.[name]) add(`${name[0].toUpperCase()}${name.slice(1)} ${data[name]}`, 'partner', data[name]);
  if (data?.declaration_id && type !== 'declaration')
    add(`Declaration ${data.declaration_id}`, 'document', 'declaration', data.declaration_id);
  if (data?.shipment_id && type !== 'shipment') add(`Shipment ${data.shipment_id}`, 'shipment', data.shipment_id);
  if (data?.order_id && type !== 'order') add(`Order ${data.order_id}`, 'order', data.order_id);
  for (const ref of [...(data?.refs ?? []), data?.ref, data?.a, data?.b].filter(Boolean))
    add(`${ref.type} ${ref.value}`, 'shipment', ref.value);
  return found;
}

/** The page. */
export async function show(main, { path }, page) {
  const [, type, ...parts] = path;
  const name = `${type.replace('_', ' ')} ${parts.join(' / ')}`;
  page.title = name;
  const answer = await get(['documents', type, ...parts]);
  const { tick, clock, origin, partition, offset, ...rest } = answer;
  const event = rest.event ?? rest;
  const text = JSON.stringify(event, null, 2);
  const copy = h(
    'button',
    {
      type: 'button',
      class: 'quiet small',
      onclick: async () => {
        await navigator.clipboard?.writeText(text);
        announce('Copied');
        copy.textContent = 'Copied';
      },
    },
    'Copy',
  );
  const links = about(type, parts, event.data);
  fill(
    main,
    title(name, { above: 'Raw event', below: `In force as of tick ${tick}` }),
    h(
      'div',
      { class: 'columns' },
      h(
        'div',
        null,
        panel(
          'Event',
          { beside: copy },
          h('pre', { class: 'json', tabindex: '0', 'aria-label': 'The event as JSON' }, text),
        ),
      ),
      h(
        'div',
        null,
        panel(
          'Record',
          {},
          facts([
            ['Origin', origin ?? rest.origin],
            ['Partition', partition],
            ['Offset', offset],
            ['Source', event.source],
            ['Event', event.event_id],
            ['Revision', event.revision],
            ['Happened', event.occurred_at],
            ['Recorded', event.recorded_at],
          ]),
        ),
        links.length
          ? panel(
              'Speaks of',
              {},
              h(
                'ul',
                { class: 'links' },
                links.map(([label, href]) => h('li', null, h('a', { href }, label))),
              ),
            )
          : null,
      ),
    ),
  );
}
