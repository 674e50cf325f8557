// Builds DOM nodes. Text always becomes a text node and attributes are set one by one, so nothing that came from data is
// ever parsed as markup. Styles go through the CSSOM (`css`), which a strict Content-Security-Policy allows.

const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {Node|string|number|null|undefined|false|Child[]} Child */

function apply(node, props) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'css') Object.assign(node.style, value);
    else if (name === 'data') Object.assign(node.dataset, value);
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'value' && 'value' in node) node.value = value;
    else node.setAttribute(name, value === true ? '' : String(value));
  }
}

function append(node, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(node, child);
    else node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/**
 * An HTML element.
 * @param {string} tag
 * @param {Object<string, unknown>|null} [props] attributes, `on…` listeners, `css`, `data`
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  apply(node, props);
  append(node, children);
  return node;
}

/**
 * An SVG element; as `h`.
 * @returns {SVGElement}
 */
export function s(tag, props, ...children) {
  const node = document.createElementNS(SVG, tag);
  apply(node, props);
  append(node, children);
  return node;
}

/** Puts these children in place of all that a node holds. */
export function fill(node, ...children) {
  node.replaceChildren();
  append(node, children);
  return node;
}

/** Text that only a screen reader hears. */
export function unseen(text) {
  return h('span', { class: 'unseen' }, text);
}

/** Says something politely to a screen reader. */
export function announce(text) {
  const node = document.getElementById('announce');
  if (node) node.textContent = text;
}
