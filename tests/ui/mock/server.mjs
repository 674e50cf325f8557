// A stand-in for the server that answers the HTTP API from dumps, for tests of the page without a binary:
//   node mock/server.mjs --dumps FOLDER [--events FILE] [--clock TIME] [--port N] [--token TEXT]
// It serves the page under the Content-Security-Policy that the server sends.

import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { load } from './data.mjs';
import { filtered, grouped, projected, sorted } from './query.mjs';

const UI = fileURLToPath(new URL('../../../pipeline/ui', import.meta.url));
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const STARTED = '2026-01-01T00:00:00Z';

class Fault extends Error {
  constructor(status, title, more = {}) {
    super(title);
    this.body = { type: 'about:blank', title, status, ...more };
  }
}

/** Starts it. @returns {Promise<{url: string, tick: (view: string, frame: object) => void, close: () => void}>} */
export async function start({ dumps, events, clock: given, port = 0, token = null }) {
  const data = load(dumps, events, given);
  const { clock } = data;
  const state = { tick: 100, data, token, streams: new Set() };
  const server = createServer((request, response) => {
    try {
      route(state, request, response);
    } catch (error) {
      const body = error.body ?? {
        type: 'about:blank',
        title: 'Internal error',
        status: 500,
        detail: String(error.stack),
      };
      response.writeHead(body.status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(body));
    }
  });
  await new Promise((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  const publish = (view, frame) => {
    state.tick += 1;
    const { rows, key } = data.views.get(view);
    const same = (a, b) => key.every((name) => a[name] === b[name]);
    for (const { after } of frame.updates ?? []) rows[rows.findIndex((row) => same(row, after))] = after;
    for (const gone of frame.deletes ?? [])
      rows.splice(
        rows.findIndex((row) => same(row, gone)),
        1,
      );
    rows.push(...(frame.inserts ?? []));
    for (const stream of state.streams) {
      if (stream.view === view)
        send(
          stream.response,
          'tick',
          { tick: state.tick, clock, inserts: [], updates: [], deletes: [], ...frame },
          state.tick,
        );
    }
  };
  const beat = setInterval(() => {
    state.tick += 1;
    for (const { response } of state.streams) send(response, 'heartbeat', { tick: state.tick, clock });
  }, 2_000);
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    tick: publish,
    data,
    close() {
      clearInterval(beat);
      server.closeAllConnections();
      server.close();
    },
  };
}

function send(response, event, body, id) {
  response.write(`event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(body)}\n\n`);
}

function route(state, request, response) {
  const url = new URL(request.url, 'http://localhost');
  if (!url.pathname.startsWith('/api/v1/')) return asset(url.pathname, response);
  if (state.token && request.headers.authorization !== `Bearer ${state.token}`)
    throw new Fault(401, 'A token is required');
  const path = url.pathname.slice('/api/v1/'.length).split('/').map(decodeURIComponent);
  const tick = Number(url.searchParams.get('as_of_tick') ?? state.tick);
  const answer = (body) =>
    response
      .writeHead(200, { 'content-type': 'application/json', 'landfall-tick': String(tick) })
      .end(JSON.stringify({ tick, clock: state.data.clock, ...body }));
  const { views } = state.data;
  switch (path[0]) {
    case 'status':
      return answer({
        now: state.data.clock,
        ready: true,
        base_currency: 'EUR',
        version: 'mock',
        started_at: STARTED,
        views: [...views.keys()],
      });
    case 'views':
      return path.length === 1
        ? answer({ views: [...views.values()].map(({ rows, ...view }) => ({ ...view, rows: rows.length })) })
        : viewAnswer(state, path, url.searchParams, response, answer);
    case 'shipments':
      return answer(path[2] ? timeline(state.data, path[1]) : shipment(state.data, path[1]));
    case 'orders':
      return answer(order(state.data, path[1]));
    case 'documents': {
      const found = state.data.documents.get(path.slice(1).join('\u0000'));
      if (!found) throw new Fault(404, 'No such document is in force');
      return answer(found);
    }
    case 'search':
      return answer({ q: url.searchParams.get('q'), results: search(state.data, url.searchParams.get('q')) });
    default:
      throw new Fault(404, 'No such resource');
  }
}

function viewAnswer(state, path, query, response, answer) {
  const [name, ending] = path[1].split('.');
  const view = state.data.views.get(name);
  if (!view) throw new Fault(404, `The view ${name} is not served`);
  const filters = query.getAll('filter');
  for (const filter of filters) {
    if (!view.columns.some((column) => column.name === filter.split(':')[0])) {
      throw new Fault(400, 'No such column', {
        detail: `${filter.split(':')[0]} is not a column of ${name}`,
        parameter: 'filter',
      });
    }
  }
  const rows = sorted(view, filtered(view, filters), query.get('sort') ?? '');
  if (ending) {
    const lines = [view.columns, ...rows].map((row, at) =>
      view.columns.map((c) => JSON.stringify(String(at ? (row[c.name] ?? '') : c.name))).join(','),
    );
    return response
      .writeHead(200, { 'content-type': ending === 'csv' ? 'text/csv' : 'application/octet-stream' })
      .end(lines.join('\n'));
  }
  if (path[2] === 'groups') return answer(grouped(view, rows, query));
  if (path[2] === 'changes') return stream(state, name, response);
  if (path.length > 2) {
    const row = view.rows.find((one) =>
      view.key.every((column, at) => String(one[column] ?? '') === (path[2 + at] ?? '')),
    );
    if (!row) throw new Fault(404, 'No such row');
    return answer({ view: name, row });
  }
  const from = Number(query.get('cursor') ?? 0);
  const limit = Number(query.get('limit') ?? 100);
  return answer({
    view: name,
    rows: projected(rows.slice(from, from + limit), query.get('columns')),
    next: from + limit < rows.length ? String(from + limit) : null,
    total: query.get('total') === 'true' ? rows.length : null,
  });
}

function stream(state, view, response) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const one = { view, response };
  state.streams.add(one);
  response.on('close', () => state.streams.delete(one));
  send(response, 'heartbeat', { tick: state.tick, clock: state.data.clock });
}

function asset(pathname, response) {
  const path = pathname === '/' ? '/ui/index.html' : pathname;
  const file = normalize(join(UI, path.replace(/^\/ui\//, '')));
  if (!file.startsWith(UI)) throw new Fault(404, 'No such file');
  const body = readFileSync(file);
  response
    .writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'x-content-type-options': 'nosniff',
      'content-security-policy':
        "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'",
    })
    .end(body);
}

const same = (text) =>
  String(text ?? '')
    .replace(/[^A-Za-z0-9]/g, '')
    .toUpperCase();

function shipmentsOf(data, identifier) {
  const rows = data.views.get('shipment_status').rows;
  const ids = new Set(rows.filter((row) => same(row.shipment_id) === same(identifier)).map((row) => row.shipment_id));
  for (const event of data.documents.values()) {
    if (
      event.type === 'shipment' &&
      [
        ...(event.data.identifiers ?? []).map((one) => one.value),
        ...(event.data.contents ?? []).map((one) => one.order_id),
      ].some((value) => same(value) === same(identifier))
    )
      ids.add(event.data.shipment_id);
  }
  return [...ids].filter((id) => rows.some((row) => row.shipment_id === id)).sort();
}

function shipment(data, identifier) {
  const shipments = shipmentsOf(data, identifier);
  if (!shipments.length) throw new Fault(404, 'No shipment has this identifier', { hint: 'Try the search.' });
  if (shipments.length > 1) return { query: identifier, shipments, shipment: null };
  const [id] = shipments;
  const of = (view, column = 'shipment_id') => data.views.get(view).rows.filter((row) => row[column] === id);
  const event = data.documents.get(`shipment\u0000${id}`);
  const orders = new Set((event?.data.contents ?? []).map((one) => one.order_id));
  const ordered = (view) => data.views.get(view).rows.filter((row) => orders.has(row.order_id));
  const exceptions = of('exceptions');
  return {
    query: identifier,
    shipments,
    shipment: {
      status: of('shipment_status')[0],
      milestones: of('milestones'),
      timeline: of('shipment_timeline'),
      charges: of('freight_charges'),
      unbilled: of('unbilled_charges'),
      exceptions,
      landed_cost: ordered('landed_cost'),
      lines: ordered('landed_cost_lines'),
      identifiers: [
        { type: 'shipment', value: id, how: 'claimed', by: `shipment/${id}` },
        ...(event?.data.identifiers ?? []).map((one) => ({ ...one, how: 'claimed', by: `shipment/${id}` })),
        ...of('shipment_timeline')
          .filter((row) => row.kind === 'link')
          .map((row) => ({ type: 'bol', value: row.what, how: 'linked', by: `link/${row.document}` })),
      ],
      holds: exceptions
        .filter((row) => row.category === 'customs_hold')
        .map((row) => ({
          declaration_id: row.declaration_id,
          hold_type: row.reason,
          since: row.since,
          broker: row.partner,
        })),
    },
  };
}

function timeline(data, identifier) {
  const shipments = shipmentsOf(data, identifier);
  return {
    shipments,
    timeline: data.views.get('shipment_timeline').rows.filter((row) => shipments.includes(row.shipment_id)),
  };
}

function order(data, id) {
  const of = (view) => data.views.get(view).rows.filter((row) => row.order_id === id);
  const lines = of('landed_cost_lines');
  if (!lines.length) throw new Fault(404, 'No such order');
  return { order_id: id, lines, components: of('landed_cost') };
}

function search(data, q) {
  const found = shipmentsOf(data, q).map((id) => ({ kind: 'shipment', id, label: id, href: '' }));
  const add = (kind, view, column, id = (row) => row[column]) => {
    const ids = new Set(
      data.views
        .get(view)
        .rows.filter((row) => same(row[column]).includes(same(q)))
        .map(id),
    );
    for (const one of ids)
      if (!found.some((other) => other.kind === kind && other.id === one))
        found.push({ kind, id: one, label: one, href: '' });
  };
  add('shipment', 'shipment_status', 'shipment_id');
  add('order', 'landed_cost_lines', 'order_id');
  add('invoice', 'freight_charges', 'invoice_no', (row) => `${row.issuer}/${row.invoice_no}`);
  add('partner', 'feed_health', 'partner');
  return found.slice(0, 50);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const given = {};
  process.argv.slice(2).forEach((text, at, all) => {
    if (text.startsWith('--')) given[text.slice(2)] = all[at + 1] ?? true;
  });
  const running = await start({ ...given, port: Number(given.port ?? 0) });
  console.log(running.url);
}
