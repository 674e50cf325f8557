// The words of the trade: what views, columns and values are called and what they mean to an analyst, and how each view is
// first shown (columns, order, facets). Names the server sends that are not listed here are made readable as they are.

import { keyParts } from './route.js';

/** How views stand in the menu. */
export const MENU = [
  [
    'To work through',
    ['exceptions', 'unmatched_freight_charges', 'unbilled_charges', 'late_milestones', 'landed_cost_variance'],
  ],
  [
    'Books',
    ['shipment_status', 'freight_charges', 'milestones', 'landed_cost_lines', 'landed_cost', 'shipment_timeline'],
  ],
  ['Health', ['feed_health', 'kpis', 'control_totals', 'data_errors']],
];

const VIEWS = {
  exceptions: 'Exceptions',
  unmatched_freight_charges: 'Unmatched charges',
  unbilled_charges: 'Unbilled charges',
  late_milestones: 'Late milestones',
  landed_cost_variance: 'Landed-cost variance',
  shipment_status: 'Shipments',
  freight_charges: 'Freight charges',
  milestones: 'Milestones',
  landed_cost_lines: 'Landed cost by line',
  landed_cost: 'Landed cost by component',
  shipment_timeline: 'Timelines',
  feed_health: 'Feeds',
  kpis: 'Key figures',
  control_totals: 'Control totals',
  data_errors: 'Dead letters',
};

const COLUMNS = {
  sku: 'SKU',
  hs_code: 'HS code',
  base_amount: 'Amount (base)',
  amount_base: 'Amount (base)',
  age_days: 'Age, days',
  age_bucket: 'Age',
  line_no: 'Line',
  invoice_no: 'Invoice',
  order_id: 'Order',
  shipment_id: 'Shipment',
  declaration_id: 'Declaration',
  exception_id: 'Exception',
  issued_on: 'Issued',
  eta_at: 'ETA',
  eta_source: 'ETA from',
  variance_pct: 'Variance %',
  lateness_seconds: 'Late by',
  expected_amount: 'Expected',
  billed_amount: 'Billed',
  variance_amount: 'Variance',
  expected_currency: 'Expected in',
  shipments: 'Shipments',
  at: 'When',
  what: 'What',
  due_at: 'Due',
  actual_at: 'Actual',
  estimated_at: 'Estimated',
  due_source: 'Due from',
  current_at: 'Reached',
  next_due_at: 'Next due',
  stale_at: 'Stale from',
  error_code: 'Code',
  since: 'Since',
  name: 'Name',
};

const VALUES = {
  missing_reference: 'Missing reference',
  not_our_liability: 'Not our liability',
  no_fx_rate: 'No FX rate',
  hs_mismatch: 'HS mismatch',
  delivered_not_received: 'Delivered, not received',
  duty_not_posted: 'Duty not posted',
  declaration_unmatched: 'Declaration unmatched',
  no_tracking: 'No tracking number',
  fees: 'Customs fees',
  pod_received: 'POD received',
  not_json: 'Not JSON',
  not_utf8: 'Not UTF-8',
  unmatched: 'Not matched',
  order_has_shipment: 'Open orders with a shipment',
  order_has_tracking: 'Open orders with a tracking number',
  order_has_eta: 'Open orders with an ETA',
  match_rate: 'Charges matched',
  match_rate_amount: 'Charged money matched',
};

/** What a status, reason or state means and what one does about it. */
const MEANINGS = {
  missing_reference: 'The line names no shipment. Ask the issuer for a reference.',
  unknown_reference: 'What the document names is not known. A shipment document is missing, or the reference is wrong.',
  ambiguous_reference: 'The references name different shipments. Find out which one is meant.',
  duplicate_charge: 'The same amount was billed before for the same shipment and code. Dispute it or ask for a credit.',
  not_our_liability: 'Under the Incoterm of every order aboard the seller pays this. Dispute it.',
  payee_mismatch: 'This charge is expected, but from another payee.',
  unexpected_charge: 'Nobody was expected to bill this code for the shipment.',
  no_fx_rate: 'An exchange rate that is needed is missing or too old.',
  over_tolerance: 'Billed more than expected, beyond the tolerance.',
  under_tolerance: 'Billed less than expected, beyond the tolerance.',
  awaiting_delivery: 'Within tolerance, but the rule wants the delivery first.',
  matched: 'Within tolerance of what was expected.',
  unbilled: 'Delivered some time ago and not billed yet: accrue it, or ask for the invoice.',
  late: 'Happened after it was due.',
  overdue: 'Due, and not happened yet.',
  at_risk: 'The estimate is after it is due.',
  not_posted: 'No posting of the duty was seen in time.',
  not_received: 'Delivered, but no goods receipt names the shipment.',
};

/** Columns whose values are codes of ours and are shown as words. */
export const CODED = new Set([
  'status',
  'reason',
  'category',
  'severity',
  'state',
  'component',
  'milestone',
  'kind',
  'eta_source',
  'name',
  'current_milestone',
  'next_milestone',
  'next_state',
  'due_source',
  'completeness',
  'error_code',
  'stream',
  'mode',
]);

/* Lines of invoices, matched or not, are listed alike. */
const INVOICE_LINES = {
  look: 'invoice_no',
  facets: ['status', 'component'],
  columns: [
    'issuer',
    'invoice_no',
    'line_no',
    'code',
    'status',
    'amount',
    'currency',
    'base_amount',
    'expected_amount',
    'billed_amount',
    'variance_amount',
    'expected_currency',
    'shipment_id',
    'issued_on',
  ],
  card: ['invoice_no', 'amount', 'status', 'code', 'issuer', 'shipment_id'],
  sums: ['base_amount'],
};

/**
 * How a view is first shown. `card` are the columns of a phone's card: title, figure, then the rest. `look` is the column that
 * a bare word in the filter is looked for in, when that is not the first of the key.
 */
export const PRESETS = {
  exceptions: {
    sort: '-amount_base',
    facets: ['severity', 'age_bucket', 'category'],
    columns: [
      'severity',
      'category',
      'reason',
      'partner',
      'amount_base',
      'age_days',
      'shipment_id',
      'order_id',
      'invoice_no',
      'declaration_id',
      'region',
      'owner',
      'since',
      'detail',
    ],
    card: ['category', 'amount_base', 'severity', 'reason', 'partner', 'shipment_id'],
    sums: ['amount_base'],
  },
  unmatched_freight_charges: { sort: '-base_amount', ...INVOICE_LINES },
  freight_charges: { sort: '-issued_on', ...INVOICE_LINES },
  unbilled_charges: {
    sort: 'delivered_at',
    facets: ['payee', 'code'],
    card: ['shipment_id', 'expected_amount', 'payee', 'code', 'delivered_at'],
    sums: ['expected_amount'],
  },
  late_milestones: {
    sort: 'due_at',
    facets: ['state', 'milestone'],
    columns: [
      'shipment_id',
      'milestone',
      'state',
      'due_at',
      'estimated_at',
      'actual_at',
      'lateness_seconds',
      'due_source',
    ],
    card: ['shipment_id', 'state', 'milestone', 'due_at', 'lateness_seconds'],
  },
  milestones: {
    facets: ['state', 'milestone'],
    columns: [
      'shipment_id',
      'milestone',
      'state',
      'due_at',
      'estimated_at',
      'actual_at',
      'lateness_seconds',
      'due_source',
    ],
    card: ['shipment_id', 'state', 'milestone', 'due_at', 'actual_at'],
  },
  landed_cost_variance: {
    sort: '-variance',
    facets: ['completeness'],
    card: ['order_id', 'variance', 'line_no', 'variance_pct', 'completeness', 'best_total'],
    sums: ['variance'],
  },
  landed_cost_lines: {
    facets: ['completeness'],
    card: ['order_id', 'best_total', 'line_no', 'variance', 'completeness', 'estimate_total'],
    sums: ['variance'],
  },
  landed_cost: {
    facets: ['component'],
    card: ['order_id', 'best', 'line_no', 'component', 'variance', 'coverage'],
    sums: ['actual'],
  },
  shipment_status: {
    sort: '-open_exceptions',
    facets: ['mode', 'next_state', 'region'],
    columns: [
      'shipment_id',
      'carrier',
      'mode',
      'region',
      'open_exceptions',
      'open_holds',
      'current_milestone',
      'current_at',
      'next_milestone',
      'next_due_at',
      'next_state',
      'eta_at',
      'eta_source',
      'last_location',
      'last_reason',
    ],
    card: ['shipment_id', 'open_exceptions', 'carrier', 'current_milestone', 'eta_at', 'next_state'],
  },
  shipment_timeline: {
    facets: ['kind'],
    columns: [
      'shipment_id',
      'at',
      'kind',
      'what',
      'document',
      'party',
      'location',
      'reason',
      'source',
      'recorded_at',
      'origin',
      'partition',
      'offset',
    ],
    card: ['shipment_id', 'at', 'kind', 'what', 'party', 'document'],
  },
  feed_health: {
    sort: '-state',
    facets: ['state', 'kind'],
    card: ['partner', 'state', 'kind', 'documents', 'last_recorded_at'],
  },
  kpis: { facets: ['name', 'region'], card: ['name', 'value', 'partner', 'region', 'numerator', 'denominator'] },
  control_totals: { facets: ['kind', 'name'], card: ['name', 'count', 'kind', 'status', 'base_amount'] },
  data_errors: {
    facets: ['error_code', 'stream'],
    look: 'message',
    columns: ['error_code', 'stream', 'field', 'message', 'event_id', 'origin', 'offset', 'partition'],
    card: ['error_code', 'offset', 'message', 'stream', 'field', 'event_id'],
  },
};

function readable(name) {
  const text = String(name).replace(/[_]+/g, ' ').trim();
  return text ? text[0].toUpperCase() + text.slice(1) : text;
}

/** What a view is called. */
export const viewName = (view) => VIEWS[view] ?? readable(view);

/** What a column is called. */
export const columnName = (column) => COLUMNS[column] ?? readable(column);

/** What a coded value is called. `on_time:delivered` → "On time: delivered". */
export function valueName(value) {
  if (value === null || value === undefined || value === '') return '(none)';
  const text = String(value);
  if (VALUES[text]) return VALUES[text];
  const at = text.indexOf(':');
  return at > 0 ? `${valueName(text.slice(0, at))}: ${valueName(text.slice(at + 1)).toLowerCase()}` : readable(text);
}

/** What a value means; empty when its name says it. */
export const meaning = (value) => MEANINGS[value] ?? '';

/** The tone a coded value is shown in: critical, high, medium, low, good or plain. */
export function tone(value) {
  const tones = {
    critical: 'critical',
    high: 'high',
    medium: 'medium',
    low: 'low',
    matched: 'good',
    met: 'good',
    done: 'good',
    fresh: 'good',
    complete: 'good',
    stale: 'high',
    late: 'medium',
    overdue: 'high',
    at_risk: 'low',
    over_tolerance: 'high',
    duplicate_charge: 'high',
    not_our_liability: 'high',
    payee_mismatch: 'high',
    unexpected_charge: 'high',
    under_tolerance: 'low',
    awaiting_delivery: 'low',
    missing_reference: 'medium',
    unknown_reference: 'medium',
    ambiguous_reference: 'medium',
    no_fx_rate: 'medium',
    partial: 'low',
  };
  return tones[value] ?? 'plain';
}

const CODED_KINDS = new Set(['milestone', 'customs_status', 'shipment', 'order', 'declaration']);

/** What an event of a timeline says, without the underscores of its codes. */
export function readableWhat({ kind, what }) {
  return CODED_KINDS.has(kind) ? String(what ?? '').replace(/_/g, ' ') : what;
}

/** What an exception is about, beyond its shipment: the milestone, the invoice's line; and its detail. */
export function aboutException({ category, exception_id, invoice_no, detail }) {
  const parts = keyParts(String(exception_id).replace(/^[a-z_]+:/, ''));
  const subjects = {
    late_milestone: () => valueName(parts[1]),
    freight_charge: () => (invoice_no ? `${invoice_no}, line ${parts[2]}` : ''),
    unbilled_charge: () => parts.slice(1).join(', '),
  };
  return [subjects[category]?.(), detail].filter(Boolean).join(' · ');
}
