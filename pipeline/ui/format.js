// Shows a cell: money with its currency's decimals, times in UTC, codes as words, identifiers as links into their pages.

import { h } from './dom.js';
import { grouped, percent, trimmed } from './decimal.js';
import { CODED, meaning, tone, valueName } from './words.js';
import { keyParts, link, rowPage } from './route.js';

let base = '';

/** Sets the currency of `*_base` amounts, as the server's status says it. */
export function setBaseCurrency(currency) {
  base = currency ?? '';
}

/** The base currency. */
export const baseCurrency = () => base;

const AMOUNT_IN = {
  amount: 'currency',
  expected_amount: 'expected_currency',
  billed_amount: 'expected_currency',
  variance_amount: 'expected_currency',
};

const LANDED = new Set([
  'estimate',
  'actual',
  'best',
  'variance',
  'estimate_total',
  'actual_total',
  'best_total',
  'goods_value',
  'landed_unit_cost',
  'amount_base',
  'base_amount',
]);

/** What kind of value a column holds, for alignment and operators: text, number, money, rate, time, date. */
function kindOf(column) {
  const kind = String(column.kind ?? '').toLowerCase();
  if (/money|figure|amount|decimal/.test(kind)) return 'money';
  if (/millionth|rate|ratio/.test(kind)) return 'rate';
  if (/int|count|number|quantity/.test(kind)) return 'number';
  if (/time/.test(kind)) return 'time';
  if (/date/.test(kind)) return 'date';
  return 'text';
}

/** Whether a column stands right-aligned. */
export const isNumeric = (column) => ['money', 'rate', 'number'].includes(kindOf(column));

/** The currency of an amount in a row; empty when it has none of its own. */
export function currencyOf(name, row) {
  if (AMOUNT_IN[name]) return row[AMOUNT_IN[name]] ?? '';
  return LANDED.has(name) ? base : '';
}

/** A time: 2026-03-20 14:05, UTC. Seconds only where asked for. */
export function time(text, seconds = false) {
  return text ? `${text.slice(0, 10)} ${text.slice(11, seconds ? 19 : 16)}` : '';
}

/** A span of seconds in the two largest fitting units. */
export function span(seconds) {
  const size = Math.abs(Math.round(seconds));
  const days = Math.floor(size / 86_400);
  const hours = Math.floor((size % 86_400) / 3_600);
  const minutes = Math.floor((size % 3_600) / 60);
  if (days) return hours && days < 10 ? `${days} d ${hours} h` : `${days} d`;
  if (hours) return minutes && hours < 10 ? `${hours} h ${minutes} min` : `${hours} h`;
  return minutes ? `${minutes} min` : `${size} s`;
}

/** The text of a cell, as a person reads it. */
export function text(column, row) {
  const value = row[column.name];
  if (value === null || value === undefined || value === '') return '';
  if (column.name === 'lateness_seconds') return span(value);
  if (
    column.name === 'variance_pct' ||
    (column.name === 'value' && kindOf(column) === 'rate') ||
    column.name === 'coverage'
  ) {
    return percent(value);
  }
  if (value === '*') return 'All';
  if (CODED.has(column.name)) return valueName(value);
  switch (kindOf(column)) {
    case 'money':
    case 'number':
      return grouped(value);
    case 'rate':
      return grouped(trimmed(value));
    case 'time':
      return time(value);
    default:
      return String(value);
  }
}

/** Which page a cell leads to; empty when none. */
export function target(name, row) {
  const value = row[name];
  if (value === null || value === undefined || value === '') return '';
  switch (name) {
    case 'shipment_id':
      return link(['shipment', value]);
    case 'order_id':
      return link(['order', value]);
    case 'declaration_id':
      return link(['document', 'declaration', value]);
    case 'partner':
    case 'issuer':
    case 'carrier':
    case 'payee':
    case 'broker':
      return value === '*' ? '' : link(['partner', value]);
    case 'invoice_no': {
      const issuer = row.issuer ?? (row.category === 'freight_charge' ? row.partner : null);
      return issuer ? link(['invoice', issuer, value]) : '';
    }
    case 'document':
      return row.kind ? link(['document', row.kind, ...keyParts(value)]) : '';
    case 'exception_id':
      return rowPage('exceptions', [value]);
    default:
      return '';
  }
}

/** A badge for a coded value: its words, in its tone. */
export function badge(value) {
  return h('span', { class: `badge ${tone(value)}`, title: meaning(value) || null }, valueName(value));
}

const BADGED = new Set(['severity', 'status', 'state', 'next_state', 'reason', 'completeness']);

/**
 * What stands in a cell.
 * @param {boolean} focusable whether links take part in the tab order; in a grid the row does instead
 */
export function content(column, row, focusable = true) {
  const shown = text(column, row);
  if (shown === '') return null;
  if (BADGED.has(column.name) && tone(row[column.name]) !== 'plain') return badge(row[column.name]);
  const href = target(column.name, row);
  if (href) return h('a', { href, tabindex: focusable ? null : '-1' }, shown);
  if (/variance/.test(column.name) && String(row[column.name]).startsWith('-'))
    return h('span', { class: 'negative' }, shown);
  return shown;
}
