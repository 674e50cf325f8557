// Ages of exceptions. The server computes them when it reads rows; a stream carries rows without them, and takes no filter on
// them, so that what a stream brings is given its age and held against such filters here.

import { parse } from './filters.js';

const DAY_MS = 86_400_000;

/** Columns the server computes when `exceptions` is read. */
const COMPUTED = {
  exceptions: [
    { name: 'age_days', kind: 'integer', description: 'Whole days from since to the clock' },
    { name: 'age_bucket', kind: 'text', description: 'Age as a bucket: 0-30, 31-60, 61-90, >90 days' },
  ],
};

/** Whether a view has computed columns. */
export const hasComputed = (view) => view in COMPUTED;

/** All columns of a view, computed ones included. */
export function columnsOf(description) {
  const listed = new Set(description.columns.map((column) => column.name));
  return [...description.columns, ...(COMPUTED[description.name] ?? []).filter(({ name }) => !listed.has(name))];
}

/** Fills in the age where a row came without, as from a stream. */
export function aged(view, row, clock) {
  if (!hasComputed(view) || row.age_days !== undefined || !row.since || !clock) return row;
  const days = Math.floor((Date.parse(clock) - Date.parse(row.since)) / DAY_MS);
  const bucket = days <= 30 ? '0-30' : days <= 60 ? '31-60' : days <= 90 ? '61-90' : '>90';
  return { ...row, age_days: days, age_bucket: bucket };
}

const OPERATORS = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
};

/**
 * Parts filters into those a stream takes and a test for those on computed columns.
 * @param {string} view
 * @param {string[]} filters
 * @returns {{stream: string[], passes: (row: object) => boolean}}
 */
export function parted(view, filters) {
  const names = new Set((COMPUTED[view] ?? []).map(({ name }) => name));
  const own = filters.map(parse).filter(({ column }) => names.has(column));
  return {
    stream: filters.filter((text) => !names.has(parse(text).column)),
    passes: (row) => own.every((filter) => holds(filter, row[filter.column])),
  };
}

function holds({ op, value }, found) {
  if (op === 'filled' || op === 'empty') return (found !== undefined) === (op === 'filled');
  const one = (wanted) =>
    typeof found === 'number' ? found - Number(wanted) : Number(found > wanted) - Number(found < wanted);
  if (op === 'in') return value.split(',').some((wanted) => one(wanted) === 0);
  if (op === 'prefix') return String(found).startsWith(value);
  if (op === 'contains') return String(found).includes(value);
  return OPERATORS[op]?.(one(value)) ?? true;
}
