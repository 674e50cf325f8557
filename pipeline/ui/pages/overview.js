// The overview: where money is unmatched, what is late, how landed cost differs, how old things are, whether feeds speak and
// whether the books balance. Every figure leads to the rows behind it.

import { groups, page as readPage } from '../api.js';
import { fill, h } from '../dom.js';
import { setBaseCurrency } from '../format.js';
import { title, waiting } from '../panels.js';
import { newest, onStatus } from '../pulse.js';
import { agePanel, categoryPanel, latePanels, unmatchedPanels, variancePanel } from './overview-charts.js';
import { controlPanel, deadLetterPanel, feedPanel, tiles } from './overview-health.js';

const REFRESH_MS_MIN = 5_000;

/** How often figures of different ticks are asked for again before they are shown as they are. */
const SAME_TICK_TRIES = 3;

const freight = ['category:eq:freight_charge'];
const all = { limit: 1000 };

/** What is asked for, by name. */
const QUESTIONS = {
  byReason: () => groups('unmatched_freight_charges', { by: 'status', sum: 'base_amount' }),
  byIssuer: () => groups('unmatched_freight_charges', { by: 'issuer', sum: 'base_amount' }),
  lateBy: () => groups('late_milestones', { by: 'milestone,state' }),
  lateCarrier: () => groups('exceptions', { by: 'partner,reason', filter: ['category:eq:late_milestone'] }),
  landed: () =>
    groups('exceptions', { by: 'partner,reason', sum: 'amount_base', filter: ['category:eq:landed_cost_variance'] }),
  categories: () => groups('exceptions', { by: 'category,severity', sum: 'amount_base' }),
  ages: () => groups('exceptions', { by: 'age_bucket,severity' }),
  stake: () => groups('exceptions', { by: 'category', sum: 'amount_base', filter: freight }),
  kpis: () => readPage('kpis', { filter: ['partner:eq:*', 'region:eq:*'], ...all }),
  feeds: () => readPage('feed_health', all),
  totals: () => readPage('control_totals', all),
  errors: () => groups('data_errors', { by: 'error_code' }),
};

/** Asks everything; a question that fails is its `Problem`. Asks again what came from an older tick. */
async function answers() {
  const found = {};
  let names = Object.keys(QUESTIONS);
  for (let tries = 0; names.length && tries < SAME_TICK_TRIES; tries += 1) {
    const some = await Promise.all(names.map((name) => QUESTIONS[name]().catch((problem) => ({ problem }))));
    names.forEach((name, at) => {
      found[name] = some[at];
    });
    const last = Math.max(...Object.values(found).map((answer) => answer.tick ?? 0));
    names = Object.keys(found).filter((name) => !found[name].problem && found[name].tick !== last);
  }
  return found;
}

/** Ticks that the figures come from, in words. */
function ticksOf(found) {
  const ticks = Object.values(found)
    .map((answer) => answer.tick)
    .filter((tick) => typeof tick === 'number');
  const [least, most] = [Math.min(...ticks), Math.max(...ticks)];
  if (!ticks.length) return '';
  const show = (tick) => tick.toLocaleString('en');
  return least === most
    ? `All figures as of tick ${show(most)}`
    : `Figures as of ticks ${show(least)} to ${show(most)}`;
}

/** The page. */
export async function show(main, route, page) {
  page.title = 'Overview';
  const note = h('span', { class: 'muted small', id: 'as-of' });
  const body = h('div', { class: 'dashboard' }, waiting());
  fill(main, title('Overview', { beside: note }), body);
  const drawn = new Map();
  let shownTick = -1;
  let busy = false;
  const refresh = async () => {
    if (busy || !page.open || document.hidden) return;
    busy = true;
    try {
      const found = await answers();
      if (!page.open) return;
      if (found.kpis?.problem && found.kpis.problem.status === 0 && drawn.size) return;
      note.textContent = ticksOf(found);
      shownTick = Math.max(...Object.values(found).map((answer) => answer.tick ?? -1));
      draw(body, found, drawn);
    } finally {
      busy = false;
    }
  };
  onStatus((status) => setBaseCurrency(status.base_currency));
  const timer = setInterval(() => {
    if ((newest().tick ?? 0) > shownTick) refresh();
  }, REFRESH_MS_MIN);
  page.closing(() => clearInterval(timer));
  await refresh();
}

/** Draws the panels; one whose figures did not change stays as it is, with the reader's choice of chart or table. */
function draw(body, found, drawn) {
  const panels = {
    tiles: [['kpis', 'categories', 'byReason', 'errors', 'totals'], tiles],
    unmatched: [['byReason', 'byIssuer'], unmatchedPanels],
    categories: [['categories'], categoryPanel],
    ages: [['ages'], agePanel],
    late: [['lateBy', 'lateCarrier', 'kpis'], latePanels],
    variance: [['landed'], variancePanel],
    errors: [['errors'], deadLetterPanel],
    totals: [['totals'], controlPanel],
    feeds: [['feeds'], feedPanel],
  };
  const nodes = Object.entries(panels)
    .map(([name, [needs, make]]) => {
      const given = needs.map((need) => found[need]);
      const figures = JSON.stringify(given.map((answer) => answer.groups ?? answer.rows ?? answer.problem?.title));
      const had = drawn.get(name);
      if (had?.figures === figures) return had.nodes;
      const made = [make(...given, found.kpis?.clock ?? found.totals?.clock)].flat();
      drawn.set(name, { figures, nodes: made });
      return made;
    })
    .flat()
    .filter(Boolean);
  const same = nodes.length === body.children.length && nodes.every((node, at) => body.children[at] === node);
  if (!same) body.replaceChildren(...nodes);
}
