// Raw events behind rows: which documents a row leans on, and how a document's page is addressed.

import { h } from './dom.js';
import { keyParts, link } from './route.js';

/** Document types and what their keys are made of. */
export const KEYS = {
  order: ['order_id'],
  receipt: ['receipt_id'],
  posting: ['posting_id'],
  shipment: ['shipment_id'],
  milestone: ['source', 'milestone_id'],
  link: ['link_id'],
  declaration: ['declaration_id'],
  customs_status: ['source', 'status_id'],
  invoice: ['issuer', 'invoice_no'],
  fx_rate: ['date', 'base', 'quote'],
  charge_code: ['issuer', 'partner_code'],
  tolerance: ['issuer', 'code'],
  sla: ['name'],
  partner: ['code'],
};

/** A link to a document's raw event. */
export function documentLink(type, parts, label) {
  return h(
    'a',
    { href: link(['document', type, ...parts]) },
    label ?? `${type.replace('_', ' ')} ${parts.join(' / ')}`,
  );
}

/**
 * A document named in one text, `type/key…` or `type:key…`, as a link; as text when it is not of that form.
 * @param {string|null} text
 */
export function namedDocument(text) {
  const match = /^([a-z_]+)[/: ](.+)$/.exec(text ?? '');
  return match && KEYS[match[1]] ? documentLink(match[1], keyParts(match[2])) : text;
}

/** The documents that a row of a view leans on. @returns {[string, string[]][]} type and key */
export function documentsOf(view, row) {
  const found = [];
  const add = (type, ...parts) => {
    if (parts.every((part) => part !== null && part !== undefined && part !== '' && part !== '*'))
      found.push([type, parts.map(String)]);
  };
  const invoiceIssuer = row.issuer ?? (row.category === 'freight_charge' ? row.partner : null);
  add('invoice', invoiceIssuer, row.invoice_no);
  add('declaration', row.declaration_id);
  if (view === 'exceptions' && row.category === 'unresolved_milestone') {
    add('milestone', ...keyParts(String(row.exception_id).replace(/^[a-z_]+:/, '')));
  }
  if (view === 'shipment_timeline' && KEYS[row.kind]) add(row.kind, ...keyParts(row.document));
  add('shipment', row.shipment_id);
  add('order', row.order_id);
  add('partner', row.partner ?? row.issuer ?? row.payee ?? row.carrier);
  return found.filter(
    ([type, key], at) => found.findIndex((one) => one[0] === type && one[1].join() === key.join()) === at,
  );
}
