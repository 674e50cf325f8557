// Talks to `/api/v1`. Every answer says its tick; that is handed to whoever watches (`onTick`). Errors become `Problem`.

import { token, askForToken } from './auth.js';

const BASE = new URL('api/v1/', document.baseURI.replace(/#.*$/, ''));

/** What went wrong, as problem details (RFC 9457) or as close to them as can be said. */
export class Problem extends Error {
  /** @param {{title: string, status: number, detail?: string, parameter?: string, hint?: string}} body */
  constructor(body) {
    super(body.detail || body.title);
    Object.assign(this, {
      title: body.title,
      status: body.status,
      detail: body.detail ?? '',
      parameter: body.parameter,
      hint: body.hint,
    });
  }
}

const watchers = new Set();

/** Calls with `{tick, clock}` of every answer. */
export function onTick(call) {
  watchers.add(call);
}

/** Tells the watchers of a tick that came another way, as by a stream. */
export function sawTick(tick, clock) {
  if (typeof tick === 'number') for (const call of watchers) call({ tick, clock });
}

/**
 * An address under `/api/v1`. Path parts are encoded; query values may be lists.
 * @param {(string|number)[]} path
 * @param {Object<string, string|number|boolean|string[]|null|undefined>} [query]
 */
export function address(path, query = {}) {
  const url = new URL(path.map((part) => encodeURIComponent(part)).join('/'), BASE);
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === '') continue;
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, one);
  }
  return url;
}

/** Headers of a request: the token where there is one. */
export function headers(more = {}) {
  return token() ? { Authorization: `Bearer ${token()}`, ...more } : more;
}

/** Fetches; asks for a token on 401 and tries again. Throws `Problem` unless the answer is good. */
export async function request(url, options = {}) {
  for (;;) {
    let response;
    const sent = token();
    try {
      response = await fetch(url, { ...options, headers: headers(options.headers) });
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new Problem({ title: 'No connection to the server', status: 0, detail: String(error.message ?? error) });
    }
    if (response.ok) return response;
    if (response.status === 401) {
      await askForToken(sent);
      continue;
    }
    throw await problemOf(response);
  }
}

async function problemOf(response) {
  const fallback = { title: response.statusText || `The server answered ${response.status}`, status: response.status };
  try {
    const body = await response.json();
    return new Problem({ ...fallback, ...body, status: response.status });
  } catch {
    return new Problem(fallback);
  }
}

/** GET as JSON. */
export async function get(path, query, options = {}) {
  const response = await request(address(path, query), { ...options, headers: { Accept: 'application/json' } });
  const body = await response.json();
  sawTick(body.tick, body.clock);
  return body;
}

/** One page of a view. */
export function page(view, query, options) {
  return get(['views', view], query, options);
}

/** Groups of a view: counts and sums by columns. */
export function groups(view, query, options) {
  return get(['views', view, 'groups'], query, options);
}

let known = null;

/** The views that are served, with their columns; read once, then from memory. */
export function views(afresh = false) {
  if (!known || afresh) {
    known = get(['views']).catch((error) => {
      known = null;
      throw error;
    });
  }
  return known;
}

/** The description of one view; a `Problem` when it is not served. */
export async function viewOf(name) {
  const found = (await views()).views.find((view) => view.name === name);
  if (!found) {
    throw new Problem({
      title: `The view ${name} is not served`,
      status: 404,
      hint: 'Which views are served is part of the configuration of this server.',
    });
  }
  return found;
}

/** Saves a file that needs the token: a plain link could not carry it. */
export async function download(url, name) {
  const blob = await (await request(url)).blob();
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
