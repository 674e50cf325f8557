// Filters as the server takes them, `COLUMN:OP:VALUE`, and as a person writes and reads them: `amount_base > 1000`.

import { columnName, CODED, valueName } from './words.js';

/** @typedef {{column: string, op: string, value: string}} Filter */

const SIGNS = {
  eq: '=',
  ne: '≠',
  lt: '<',
  le: '≤',
  gt: '>',
  ge: '≥',
  in: 'one of',
  prefix: 'starts with',
  contains: 'contains',
  empty: 'is empty',
  filled: 'has a value',
};

/** What is typed, longest first, and what it stands for. */
const TYPED = [
  ['!=', 'ne'],
  ['<=', 'le'],
  ['>=', 'ge'],
  ['^=', 'prefix'],
  ['≠', 'ne'],
  ['≤', 'le'],
  ['≥', 'ge'],
  ['=', 'eq'],
  ['<', 'lt'],
  ['>', 'gt'],
  ['~', 'contains'],
  [':', 'contains'],
];

/** Reads `COLUMN:OP:VALUE`; a value may hold colons. @returns {Filter} */
export function parse(text) {
  const [column, op = 'eq', ...rest] = String(text).split(':');
  return { column, op, value: rest.join(':') };
}

/** Writes `COLUMN:OP:VALUE`. */
export function print({ column, op, value }) {
  return op === 'empty' || op === 'filled' ? `${column}:${op}` : `${column}:${op}:${value}`;
}

/** How a filter reads: "Severity = High". */
export function sentence(filter) {
  const name = columnName(filter.column);
  if (filter.op === 'empty' || filter.op === 'filled') return `${name} ${SIGNS[filter.op]}`;
  const word = (value) => (CODED.has(filter.column) ? valueName(value) : value);
  const value = filter.op === 'in' ? filter.value.split(',').map(word).join(', ') : word(filter.value);
  return `${name} ${SIGNS[filter.op] ?? filter.op} ${value}`;
}

/**
 * Reads what a person typed. Values may be written as they are shown ("Over tolerance"); a bare word is looked for in the
 * column given as `fallback`.
 * @param {string} typed
 * @param {{name: string, kind?: string}[]} columns
 * @param {string} fallback
 * @returns {Filter|string} the filter, or what is wrong with it
 */
export function typed(typed, columns, fallback) {
  const text = typed.trim();
  if (!text) return 'Type a filter, for example: partner = MAEU';
  const ends = /^(\S+)\s+(?:is\s+)?(empty|filled)$/i.exec(text);
  if (ends) return withColumn(ends[1], ends[2].toLowerCase(), '', columns);
  const list = /^(\S+)\s+in\s+(.+)$/i.exec(text);
  if (list) return withColumn(list[1], 'in', list[2].split(/\s*,\s*/).join(','), columns);
  const match = /^([\p{L}\d_ ()%,]+?)\s*(!=|<=|>=|\^=|≠|≤|≥|=|<|>|~|:)\s*(.*)$/u.exec(text);
  if (!match) return { column: fallback, op: 'contains', value: text };
  return withColumn(match[1], TYPED.find(([sign]) => sign === match[2])[1], match[3], columns);
}

function withColumn(name, op, value, columns) {
  const wanted = name.trim().toLowerCase().replace(/ /g, '_');
  const found =
    columns.find((column) => column.name === wanted) ??
    columns.find((column) => columnName(column.name).toLowerCase().replace(/ /g, '_') === wanted);
  if (!found) return `There is no column “${name.trim()}”. Columns: ${columns.map((column) => column.name).join(', ')}`;
  // "Over tolerance" as it is shown means over_tolerance; a hold type such as 1A stays as it is.
  const worded = CODED.has(found.name) && (/^\p{Lu}\p{Ll}/u.test(value) || value.includes(' '));
  return { column: found.name, op, value: worded ? value.toLowerCase().replace(/ /g, '_') : value };
}

/** The filters with one value of a column switched: in when it was out, out when it was in. */
export function toggled(filters, column, value) {
  const empty = value === null || value === '';
  const one = empty ? { column, op: 'empty', value: '' } : { column, op: 'eq', value: String(value) };
  const has = filters.some((filter) => print(filter) === print(one));
  const others = filters.filter((filter) => !(filter.column === column && ['eq', 'in', 'empty'].includes(filter.op)));
  return has ? others : [...others, one];
}
