// The bearer token: asked for when the server answers 401, kept for this tab only.

import { h } from './dom.js';

const NAME = 'landfall-token';
let memory = null;

/** The token in use, or null. */
export function token() {
  if (memory !== null) return memory;
  try {
    return sessionStorage.getItem(NAME);
  } catch {
    return null;
  }
}

function keep(text) {
  memory = text;
  try {
    sessionStorage.setItem(NAME, text);
  } catch {
    /* kept in memory only */
  }
}

/** Forgets the token. */
export function forget() {
  memory = null;
  try {
    sessionStorage.removeItem(NAME);
  } catch {
    /* nothing was kept */
  }
}

let asking = null;

/**
 * Asks for a token once, however many requests were refused, and resolves when one was given.
 * @param {string|null} refused the token that was refused; when another one is in use by now nothing is asked
 */
export function askForToken(refused) {
  if (token() && token() !== refused) return Promise.resolve();
  asking ??= ask(refused !== null).finally(() => {
    asking = null;
  });
  return asking;
}

function ask(wasRefused) {
  return new Promise((resolve) => {
    const input = h('input', {
      id: 'token',
      type: 'password',
      autocomplete: 'off',
      required: true,
      spellcheck: 'false',
    });
    const form = h(
      'form',
      { method: 'dialog' },
      h('h2', { id: 'token-title' }, 'Sign in'),
      h(
        'p',
        null,
        wasRefused
          ? 'The server did not accept that token. Check it, or ask for a new one.'
          : 'This server asks for an access token. Your administrator hands them out.',
      ),
      h('label', { for: 'token' }, 'Access token'),
      input,
      h('p', { class: 'muted small' }, 'It is kept for this tab only and forgotten when the tab is closed.'),
      h('div', { class: 'actions' }, h('button', { class: 'primary', type: 'submit' }, 'Continue')),
    );
    const dialog = h('dialog', { 'aria-labelledby': 'token-title' }, form);
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const text = input.value.trim();
      if (!text) return;
      keep(text);
      dialog.close();
      dialog.remove();
      resolve();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
