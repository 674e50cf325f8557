// Reads what `landfall replay --out` wrote (one CSV per view) and the events it read, and answers from them.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The key columns of each view: they come first in the dumps. */
const KEY_COLUMNS = {
  exceptions: 1,
  freight_charges: 3,
  unmatched_freight_charges: 3,
  unbilled_charges: 3,
  late_milestones: 2,
  milestones: 2,
  landed_cost: 3,
  landed_cost_lines: 2,
  landed_cost_variance: 2,
  shipment_status: 1,
  feed_health: 1,
  kpis: 3,
  control_totals: 3,
  data_errors: 3,
  shipment_timeline: 4,
};

const DOCUMENT_KEYS = {
  order: ['order_id'],
  receipt: ['receipt_id'],
  posting: ['posting_id'],
  shipment: ['shipment_id'],
  milestone: ['source', 'milestone_id'],
  link: ['link_id'],
  declaration: ['declaration_id'],
  customs_status: ['source', 'status_id'],
  invoice: ['issuer', 'invoice_no'],
  partner: ['code'],
  sla: ['name'],
};

function kindOf(name) {
  if (
    /^(line_no|shipments|documents|offset|partition|open_holds|open_exceptions|lateness_seconds|count|age_days)$/.test(
      name,
    )
  )
    return 'integer';
  if (/^(variance_pct|coverage|landed_unit_cost|value)$/.test(name)) return 'millionths';
  if (/^(numerator|denominator)$/.test(name)) return 'figure';
  if (/amount|^(estimate|actual|best|variance|goods_value)|_total$/.test(name) && !/_at$/.test(name)) return 'money';
  if (/_at$|^(at|since)$/.test(name)) return 'time';
  return name === 'issued_on' ? 'date' : 'text';
}

/** RFC 4180. */
function csv(text) {
  const rows = [];
  let row = [];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') ((cell += '"'), (at += 1));
      else quoted = false;
    } else if (sign === '"') quoted = true;
    else if (sign === ',') (row.push(cell), (cell = ''));
    else if (sign === '\n') (row.push(cell), rows.push(row), (row = []), (cell = ''));
    else cell += sign;
  }
  return rows;
}

function view(folder, file, clock) {
  const name = basename(file, '.csv');
  const [header, ...lines] = csv(readFileSync(join(folder, file), 'utf8'));
  const columns = header.map((column) => ({ name: column, kind: kindOf(column), description: '' }));
  if (name === 'exceptions')
    columns.push(
      { name: 'age_days', kind: 'integer', description: '' },
      { name: 'age_bucket', kind: 'text', description: '' },
    );
  const rows = lines.map((line) => {
    const row = {};
    header.forEach((column, at) => {
      const value = line[at] ?? '';
      row[column] = value === '' ? null : kindOf(column) === 'integer' ? Number(value) : value;
    });
    if (row.since) {
      row.age_days = Math.floor((Date.parse(clock) - Date.parse(row.since)) / 86_400_000);
      row.age_bucket =
        row.age_days <= 30 ? '0-30' : row.age_days <= 60 ? '31-60' : row.age_days <= 90 ? '61-90' : '>90';
    }
    return row;
  });
  return {
    name,
    description: `One row per ${header.slice(0, KEY_COLUMNS[name]).join(', ')}.`,
    key: header.slice(0, KEY_COLUMNS[name]),
    columns,
    rows,
  };
}

/** A line of events, of which some are broken on purpose. */
function parsed(line) {
  try {
    return JSON.parse(line) ?? {};
  } catch {
    return {};
  }
}

/** When the newest event of the timelines was recorded. */
function newest(folder) {
  const [header, ...lines] = csv(readFileSync(join(folder, 'shipment_timeline.csv'), 'utf8'));
  const at = header.indexOf('recorded_at');
  return lines.reduce((last, line) => (line[at] > last ? line[at] : last), '1970-01-01T00:00:00Z');
}

/** Documents by type and key; the last of the greatest revision stands. */
function documents(file) {
  const found = new Map();
  if (!file || !existsSync(file)) return found;
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  text.split('\n').forEach((line, at) => {
    if (!line) return;
    const event = parsed(line);
    const keys = DOCUMENT_KEYS[event.type];
    if (!keys || event.retracted || typeof event.data !== 'object') return;
    const key = [event.type, ...keys.map((name) => (name === 'source' ? event.source : event.data[name]))].join(
      '\u0000',
    );
    const had = found.get(key);
    if (had && (had.revision ?? 0) > (event.revision ?? 0)) return;
    found.set(key, { ...event, origin: basename(file), partition: 0, offset: at + 1 });
  });
  return found;
}

/** All data of the mock. */
export function load(folder, events, given) {
  const clock = given ?? newest(folder);
  const views = new Map();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.csv'))) {
    const one = view(folder, file, clock);
    views.set(one.name, one);
  }
  return { views, documents: documents(events), clock };
}
