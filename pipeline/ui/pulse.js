// The heartbeat in the header: which tick is shown, how old it is, and in plain words when the connection is lost or ticks
// stopped closing. It asks for the status every few seconds and hears of every other answer and stream frame.

import { get, onTick } from './api.js';
import { fill, h } from './dom.js';
import { setBaseCurrency, span, time } from './format.js';

const ASK_MS = 5_000;

/** Without a new tick for so long the page says so. */
const QUIET_MS_MAX = 60_000;

const state = { tick: null, clock: null, seenAt: 0, startAgeMs: 0, lost: false, ready: true, reason: '', status: null };
const listeners = new Set();

/** Calls with the status after each answer to it. */
export function onStatus(call) {
  listeners.add(call);
  if (state.status) call(state.status);
}

/** The newest tick that any answer told of, and its clock. */
export const newest = () => ({ tick: state.tick, clock: state.clock });

/** How old the newest tick is, in milliseconds. */
function ageMs() {
  return Date.now() - state.seenAt + state.startAgeMs;
}

function heard({ tick, clock }) {
  if (state.tick !== null && tick <= state.tick) return;
  state.startAgeMs = 0;
  Object.assign(state, { tick, clock, seenAt: Date.now() });
}

async function ask() {
  try {
    const status = await get(['status'], {}, { cache: 'no-store', signal: AbortSignal.timeout(15_000) });
    const first = state.status === null;
    // A server that was restarted from scratch counts from the start again.
    if (state.status && status.started_at !== state.status.started_at) state.tick = status.tick;
    Object.assign(state, { status, lost: false, ready: status.ready, reason: status.reason ?? '' });
    if (first) {
      const late = Date.parse(status.now) - Date.parse(status.clock);
      if (late > 0 && late < 86_400_000) state.startAgeMs = late;
    }
    setBaseCurrency(status.base_currency);
    for (const call of listeners) call(status);
  } catch (error) {
    state.lost = true;
    state.reason = error.title ?? '';
  }
}

function words() {
  const age = span(ageMs() / 1000);
  if (state.lost) return ['lost', state.tick === null ? 'No connection' : `Connection lost · as of ${age} ago`];
  if (state.tick === null) return ['wait', 'Connecting…'];
  if (!state.ready) return ['wait', `Not ready${state.reason ? `: ${state.reason}` : ''}`];
  if (ageMs() > QUIET_MS_MAX) return ['wait', `No new tick for ${age}`];
  return ['live', `${age} ago`];
}

/** The badge; it keeps itself up to date. */
export function pulse() {
  const node = h('div', { class: 'pulse', role: 'group', 'aria-label': 'Freshness' });
  let shown = '';
  const draw = () => {
    const [mood, text] = words();
    const key = `${mood}|${text}|${state.tick}`;
    if (key === shown) return;
    shown = key;
    document.documentElement.dataset.connection = mood;
    node.dataset.mood = mood;
    node.title = state.clock ? `Clock ${time(state.clock, true)} UTC` : '';
    fill(
      node,
      h('span', { class: 'dot', 'aria-hidden': 'true' }),
      state.tick === null ? null : h('span', { class: 'tick' }, `Tick ${state.tick.toLocaleString('en')}`),
      h('span', { class: 'clock' }, state.clock ? `${time(state.clock)} UTC` : ''),
      h('span', { class: 'age' }, text),
    );
  };
  onTick(heard);
  const turn = () =>
    ask().finally(() => {
      draw();
      setTimeout(turn, ASK_MS);
    });
  setInterval(draw, 1_000);
  draw();
  turn();
  return node;
}
