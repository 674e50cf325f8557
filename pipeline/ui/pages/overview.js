// The overview: where money is unmatched, what is late, how landed cost differs, how old things are, whether feeds speak and
// whether the books balance. Every figure leads to the rows behind it.

import { get, groups, page as readPage } from '../api.js';
import { fill, h } from '../dom.js';
import { setBaseCurrency } from '../format.js';
import { errorPanel, title, waiting } from '../panels.js';
import { newest, onStatus } from '../pulse.js';
import { agePanel, categoryPanel, latePanels, unmatchedPanels, variancePanel } from './overview-charts.js';
import { controlPanel, deadLetterPanel, feedPanel, tiles } from './overview-health.js';

const REFRESH_MS_MIN = 5_000;

const freight = ['category:eq:freight_charge'];
const all = { limit: 1000 };

/** What is asked for, by name; all at the tick that is given. */
const QUESTIONS = {
  byReason: (at) => groups('unmatched_freight_charges', { by: 'status', sum: 'base_amount', ...at }),
  byIssuer: (at) => groups('unmatched_freight_charges', { by: 'issuer', sum: 'base_amount', ...at }),
  lateBy: (at) => groups('late_milestones', { by: 'milestone,state', ...at }),
  lateCarrier: (at) => groups('exceptions', { by: 'partner,reason', filter: ['category:eq:late_milestone'], ...at }),
  landed: (at) =>
    groups('exceptions', {
      by: 'partner,reason',
      sum: 'amount_base',
      filter: ['category:eq:landed_cost_variance'],
      ...at,
    }),
  categories: (at) => groups('exceptions', { by: 'category,severity', sum: 'amount_base', ...at }),
  ages: (at) => groups('exceptions', { by: 'age_bucket,severity', ...at }),
  stake: (at) => groups('exceptions', { by: 'category', sum: 'amount_base', filter: freight, ...at }),
  kpis: (at) => readPage('kpis', { filter: ['partner:eq:*', 'region:eq:*'], ...all, ...at }),
  feeds: (at) => readPage('feed_health', { ...all, ...at }),
  totals: (at) => readPage('control_totals', { ...all, ...at }),
  errors: (at) => groups('data_errors', { by: 'error_code', ...at }),
};

/** The server keeps a tick for a while only; when it let this one go, the newest is taken. */
const TICK_TRIES = 3;
const GONE = 410;

/** Asks everything at one tick; a question that fails is its `Problem`. */
async function answers() {
  for (let tries = 1; ; tries += 1) {
    const { tick } = await get(['status'], {}, { cache: 'no-store' });
    const at = { as_of_tick: tick };
    const asked = Object.entries(QUESTIONS).map(async ([name, question]) => [
      name,
      await question(at).catch((problem) => ({ problem })),
    ]);
    const found = Object.fromEntries(await Promise.all(asked));
    const gone = Object.values(found).some((answer) => answer.problem?.status === GONE);
    if (!gone || tries === TICK_TRIES) return { tick, found };
  }
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
      const { tick, found } = await answers();
      if (!page.open) return;
      if (found.kpis?.problem && found.kpis.problem.status === 0 && drawn.size) return;
      note.textContent = `All figures as of tick ${tick.toLocaleString('en')}`;
      shownTick = tick;
      draw(body, found, drawn);
    } catch (problem) {
      if (page.open && !drawn.size) fill(body, errorPanel(problem));
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
