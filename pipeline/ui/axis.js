// A shipment's milestones on one axis of time: planned or due, estimated and actual times of each, holds as spans, and a line
// where the clock stands. Drawn anew when its width changes. The same figures stand in the table below it.

import { h, s } from './dom.js';
import { span, time } from './format.js';
import { valueName } from './words.js';

const LANE_PX = 30;
const HEAD_PX = 44;
const FOOT_PX = 8;
const LABEL_PX = 150;
const HOUR_MS = 3_600_000;
const STEPS_MS = [1, 3, 6, 12, 24, 48, 168, 336, 720, 2160, 8760].map((hours) => hours * HOUR_MS);

/**
 * @param {{milestone: string, due_at?: string, due_source?: string, estimated_at?: string, actual_at?: string, state: string}[]} milestones
 * @param {{hold_type?: string, since: string, declaration_id: string}[]} holds that are open
 * @param {string} clock
 */
export function timeAxis(milestones, holds, clock) {
  const lanes = [...milestones]
    .sort((a, b) => first(a) - first(b))
    .map((row) => ({ label: valueName(row.milestone), row }));
  for (const hold of holds) lanes.push({ label: `Hold ${hold.hold_type || ''}`.trim(), hold });
  const node = h('figure', { class: 'axis' });
  const now = Date.parse(clock);
  const stamps = [
    ...milestones.flatMap((row) => [row.due_at, row.estimated_at, row.actual_at]),
    ...holds.map((hold) => hold.since),
  ]
    .filter(Boolean)
    .map((stamp) => Date.parse(stamp));
  if (!stamps.length) return null;
  const last = Math.max(...stamps);
  // The clock is drawn when it is near; a shipment of last year is not squeezed to the left for it.
  const least = Math.min(...stamps);
  const nowFits = now >= least - HOUR_MS && now - last < Math.max(last - least, 10 * 24 * HOUR_MS);
  const range = [least, nowFits ? Math.max(last, now) : last];
  const pad = Math.max((range[1] - range[0]) * 0.03, HOUR_MS);
  const scale = {
    from: range[0] - pad,
    to: range[1] + pad,
    now: nowFits || holds.length ? Math.min(now, range[1]) : null,
    nowFits,
  };
  let drawnPx = 0;
  const draw = () => {
    const width = Math.round(node.clientWidth);
    if (!width || width === drawnPx) return;
    drawnPx = width;
    node.replaceChildren(picture(lanes, scale, width), key());
  };
  new ResizeObserver(draw).observe(node);
  return node;
}

function first(row) {
  return Date.parse(row.due_at ?? row.actual_at ?? row.estimated_at);
}

function picture(lanes, scale, width) {
  const small = width < 560;
  const left = small ? 8 : LABEL_PX;
  const lanePx = small ? LANE_PX + 14 : LANE_PX;
  const height = HEAD_PX + lanes.length * lanePx + FOOT_PX;
  const x = (at) => left + ((at - scale.from) / (scale.to - scale.from)) * (width - left - 14);
  const words = lanes
    .map((lane) => (lane.row ? sentence(lane.row) : `${lane.label} since ${time(lane.hold.since)}`))
    .join('; ');
  return s(
    'svg',
    {
      class: 'axis-picture',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-label': `Milestones: ${words}`,
    },
    ticks(scale, x, { height, width, room: width - left }),
    lanes.map((lane, at) => laneOf(lane, scale, x, { y: HEAD_PX + at * lanePx, lanePx, small, left, width })),
    scale.nowFits
      ? s(
          'g',
          { class: 'now' },
          s('line', { x1: x(scale.now), x2: x(scale.now), y1: HEAD_PX - 12, y2: height - FOOT_PX }),
          s('text', { x: Math.min(x(scale.now), width - 20), y: HEAD_PX - 15, 'text-anchor': 'middle' }, 'now'),
        )
      : null,
  );
}

function sentence(row) {
  const some = [
    row.due_at && `due ${time(row.due_at)}`,
    row.estimated_at && `estimated ${time(row.estimated_at)}`,
    row.actual_at && `actual ${time(row.actual_at)}`,
  ].filter(Boolean);
  return `${valueName(row.milestone)} ${some.join(', ')}, ${valueName(row.state).toLowerCase()}`;
}

function ticks(scale, x, { height, width, room }) {
  const wanted = (scale.to - scale.from) / Math.max(2, room / 95);
  const step = STEPS_MS.find((ms) => ms >= wanted) ?? STEPS_MS.at(-1);
  const lines = [];
  for (let at = Math.ceil(scale.from / step) * step; at < scale.to; at += step) {
    const label = new Date(at).toISOString();
    lines.push(
      s('line', { class: 'rule', x1: x(at), x2: x(at), y1: 18, y2: height - FOOT_PX }),
      s(
        'text',
        {
          class: 'tick-label',
          x: x(at),
          y: 12,
          'text-anchor': x(at) > width - 40 ? 'end' : x(at) < 40 ? 'start' : 'middle',
        },
        step < 24 * HOUR_MS ? `${label.slice(5, 10)} ${label.slice(11, 16)}` : label.slice(0, 10),
      ),
    );
  }
  return lines;
}

function laneOf(lane, scale, x, { y, lanePx, small, left, width }) {
  const middle = small ? y + 28 : y + lanePx / 2;
  const label = s(
    'text',
    {
      class: 'lane-label',
      x: small ? left : left - 12,
      y: small ? y + 13 : middle + 4,
      'text-anchor': small ? 'start' : 'end',
    },
    lane.label,
  );
  const ground = s('line', { class: 'lane', x1: left, x2: width - 14, y1: middle, y2: middle });
  if (lane.hold) {
    const from = x(Date.parse(lane.hold.since));
    return s(
      'g',
      null,
      label,
      ground,
      s(
        'rect',
        {
          class: 'hold',
          x: from,
          y: middle - 6,
          width: Math.max(6, x(scale.now ?? scale.to) - from),
          height: 12,
          rx: 3,
        },
        s('title', null, `${lane.label} of ${lane.hold.declaration_id}, open since ${time(lane.hold.since)}`),
      ),
    );
  }
  const { row } = lane;
  const place = (stamp) => (stamp ? x(Date.parse(stamp)) : null);
  const [due, estimated, actual] = [place(row.due_at), place(row.estimated_at), place(row.actual_at)];
  const reached = actual ?? estimated ?? (row.state === 'overdue' && scale.nowFits ? x(scale.now) : null);
  return s(
    'g',
    { class: `state-${row.state}` },
    label,
    ground,
    due !== null && reached !== null && reached !== due
      ? s('line', { class: `slip${reached > due ? ' over' : ''}`, x1: due, x2: reached, y1: middle, y2: middle })
      : null,
    due === null
      ? null
      : s(
          'path',
          { class: 'due', d: `M${due} ${middle - 6}l6 6-6 6-6-6z` },
          s('title', null, `Due ${time(row.due_at)} (${row.due_source})`),
        ),
    estimated === null
      ? null
      : s(
          'circle',
          { class: 'estimated', cx: estimated, cy: middle, r: 5 },
          s('title', null, `Estimated ${time(row.estimated_at)}`),
        ),
    actual === null
      ? null
      : s(
          'circle',
          { class: 'actual', cx: actual, cy: middle, r: 5.5 },
          s('title', null, `Actual ${time(row.actual_at)}${row.due_at ? slip(row) : ''}`),
        ),
  );
}

function slip(row) {
  const seconds = (Date.parse(row.actual_at) - Date.parse(row.due_at)) / 1000;
  return seconds > 0 ? `, ${span(seconds)} after it was due` : `, ${span(seconds)} before it was due`;
}

function key() {
  const sign = (shape, text) =>
    h(
      'span',
      null,
      s('svg', { width: '14', height: '14', viewBox: '-7 -7 14 14', 'aria-hidden': 'true' }, shape),
      text,
    );
  return h(
    'figcaption',
    { class: 'axis-key small muted' },
    sign(s('path', { class: 'due', d: 'M0-6l6 6-6 6-6-6z' }), 'planned / due'),
    sign(s('circle', { class: 'estimated', r: 5 }), 'estimated'),
    sign(s('circle', { class: 'actual', r: 5.5 }), 'actual'),
    sign(s('line', { class: 'slip over', x1: -6, x2: 6 }), 'late'),
    sign(s('rect', { class: 'hold', x: -6, y: -4, width: 12, height: 8 }), 'open hold'),
  );
}
