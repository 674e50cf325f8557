// Reads server-sent events through `fetch`, so that a bearer token can be sent, and keeps the stream alive: it resumes with
// Last-Event-ID after a loss, waits longer after each failure, rests while the page is hidden, and says when a resume is
// no longer possible (410) and a new snapshot is due.

import { address, headers, sawTick } from './api.js';
import { askForToken, token } from './auth.js';

const WAIT_MS_MIN = 1_000;
const WAIT_MS_MAX = 30_000;

/** No frame and no heartbeat for so long means that the connection is dead, whatever the socket says. */
const SILENCE_MS_MAX = 60_000;

/**
 * Cuts a stream of text into events (WHATWG, "Interpreting an event stream").
 * @returns {(chunk: string) => {event: string, data: string, id: string|null}[]}
 */
export function parser() {
  let rest = '';
  let event = '';
  let id = null;
  let data = [];
  return (chunk) => {
    const found = [];
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === '') {
        if (data.length) found.push({ event: event || 'message', data: data.join('\n'), id });
        event = '';
        data = [];
      } else if (!line.startsWith(':')) {
        const at = line.indexOf(':');
        const name = at < 0 ? line : line.slice(0, at);
        const value = at < 0 ? '' : line.slice(at + 1).replace(/^ /, '');
        if (name === 'event') event = value;
        else if (name === 'data') data.push(value);
        else if (name === 'id') id = value;
      }
    }
    return found;
  };
}

/**
 * Follows the changes of a view.
 * @param {string} view
 * @param {{filter: string[], after: number}} from where to start: changes after this tick
 * @param {{change: (frame: object) => void, passed: () => void, refused: (status: number) => void,
 *   state: (state: 'open'|'lost') => void}} on
 * @returns {{close: () => void}}
 */
export function follow(view, from, on) {
  let after = from.after;
  let closed = false;
  let waitMs = WAIT_MS_MIN;
  let abort = null;
  let timer = 0;
  const again = () => {
    if (closed) return;
    on.state('lost');
    timer = setTimeout(run, waitMs * (0.75 + Math.random() / 2));
    waitMs = Math.min(waitMs * 2, WAIT_MS_MAX);
  };
  const take = ({ event, data, id }) => {
    const frame = JSON.parse(data);
    if (event === 'cut') return;
    sawTick(frame.tick, frame.clock);
    if (event === 'tick') {
      if (frame.tick > after) on.change(frame);
    }
    if (event === 'tick' || event === 'heartbeat') after = Math.max(after, Number(id ?? frame.tick) || after);
  };
  async function run() {
    if (document.hidden || closed) return;
    abort?.abort();
    const mine = (abort = new AbortController());
    try {
      const url = address(['views', view, 'changes'], { filter: from.filter, after });
      const sent = token();
      const response = await fetch(url, {
        signal: mine.signal,
        headers: headers({ Accept: 'text/event-stream', 'Last-Event-ID': String(after) }),
      });
      if (response.status === 401) return void askForToken(sent).then(run);
      if (response.status === 410) return void on.passed();
      if (!response.ok && response.status < 500 && response.status !== 429) return void on.refused(response.status);
      if (!response.ok || !response.body) return void again();
      on.state('open');
      await read(
        response.body,
        (found) => {
          waitMs = WAIT_MS_MIN;
          take(found);
        },
        mine,
      );
    } catch {
      // A lost connection, or one that fell silent.
    }
    if (mine === abort) again();
  }
  const shown = () => {
    clearTimeout(timer);
    if (document.hidden) {
      const last = abort;
      abort = null;
      last?.abort();
    } else {
      run();
    }
  };
  document.addEventListener('visibilitychange', shown);
  run();
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', shown);
      abort?.abort();
    },
  };
}

async function read(body, take, abort) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  const parse = parser();
  for (;;) {
    const timer = setTimeout(() => abort.abort(), SILENCE_MS_MAX);
    const { value, done } = await reader.read().finally(() => clearTimeout(timer));
    if (done) return;
    parse(value).forEach(take);
  }
}
