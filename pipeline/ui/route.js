// Addresses of pages. The page is one document; what it shows stands behind the `#`, so every state can be shared as a link
// and no server route is needed: `#/view/exceptions?filter=severity:eq:high&sort=-amount_base`.

/** @typedef {{path: string[], query: URLSearchParams}} Route */

/** Reads an address. @returns {Route} */
export function parse(hash) {
  const text = hash.replace(/^#/, '');
  const at = text.indexOf('?');
  const path = at < 0 ? text : text.slice(0, at);
  // A part of a key may be empty, as the region of a key figure: only what stands before the first `/` is left out.
  const segments = path.replace(/^\//, '').split('/').map(decode);
  return { path: segments[0] === '' ? [] : segments, query: new URLSearchParams(at < 0 ? '' : text.slice(at + 1)) };
}

/** A part that is not valid percent-encoding stands for itself. */
function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * Writes an address.
 * @param {(string|number)[]} path
 * @param {[string, string][]|URLSearchParams} [query]
 */
export function link(path, query) {
  const text = [...new URLSearchParams(query ?? [])].map(([name, value]) => `${name}=${readable(value)}`).join('&');
  return `#/${path.map((part) => encodeURIComponent(part)).join('/')}${text ? `?${text}` : ''}`;
}

/** Percent-encodes what would be misread, and leaves `:`, `,` and `/` so that a person can read the address. */
function readable(value) {
  return encodeURIComponent(value).replace(/%3A/g, ':').replace(/%2C/g, ',').replace(/%2F/g, '/');
}

/** The address of a worklist. Filters are `COLUMN:OP:VALUE`. */
export function worklist(view, filters = [], more = []) {
  return link(['view', view], [...filters.map((filter) => ['filter', filter]), ...more]);
}

/** The address of a row's own page. */
export function rowPage(view, keyParts) {
  return link(['row', view, ...keyParts]);
}

/**
 * Splits a document key: parts joined by `/`, percent-encoded at least where they hold `%` or `/`.
 * @param {string} text
 */
export function keyParts(text) {
  return String(text).split('/').map(decode);
}

/** Goes to an address; `replace` leaves no step in the history. */
export function go(address, replace = false) {
  if (replace) {
    history.replaceState(null, '', address);
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  } else {
    location.hash = address;
  }
}
