// The parts that need no browser: exact decimals, filters, addresses, the reader of event streams.

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

globalThis.document = { baseURI: 'http://localhost/', createElement: () => ({ getContext: () => null }) };
globalThis.window = { matchMedia: () => ({ matches: false }) };

// A copy that says that it holds modules: the page needs no package.json, and Node 18 does.
const ui = mkdtempSync(join(tmpdir(), 'landfall-ui-'));
cpSync(fileURLToPath(new URL('../../pipeline/ui', import.meta.url)), ui, { recursive: true });
writeFileSync(join(ui, 'package.json'), '{"type": "module"}');
process.on('exit', () => rmSync(ui, { recursive: true, force: true }));
const decimal = await import(`${ui}/decimal.js`);
const filters = await import(`${ui}/filters.js`);
const route = await import(`${ui}/route.js`);
const { parser } = await import(`${ui}/stream.js`);
const { aged, parted } = await import(`${ui}/ages.js`);
const { checks } = await import(`${ui}/pages/overview-health.js`);
const { span, text } = await import(`${ui}/format.js`);
const words = await import(`${ui}/words.js`);

test('sums of decimal strings are exact', () => {
  assert.equal(decimal.sum(['0.1', '0.2']), '0.3');
  assert.equal(decimal.sum(['9007199254740993.01', '0.01', null, '-0.02']), '9007199254740993.00');
  assert.equal(decimal.sum(['-5', '4.999']), '-0.001');
  assert.equal(decimal.sum([]), '0');
  assert.equal(decimal.equal('1.50', '1.5'), true);
  assert.equal(decimal.equal('9007199254740993', '9007199254740992'), false);
});

test('numbers are shown with separators, a true minus sign, and short where asked', () => {
  assert.equal(decimal.grouped('-1234567.50'), '−1,234,567.50');
  assert.equal(decimal.grouped('999'), '999');
  assert.equal(decimal.grouped('n/a'), 'n/a');
  assert.deepEqual(['999', '999999', '1500', '-2500000', '0'].map(decimal.short), [
    '999',
    '1.0 M',
    '1.5 k',
    '−2.5 M',
    '0',
  ]);
  assert.equal(decimal.percent('-0.273487'), '−27.3 %');
});

test('filters are read as they are written, values may hold colons', () => {
  assert.deepEqual(filters.parse('exception_id:eq:customs_hold:MRN1/1A'), {
    column: 'exception_id',
    op: 'eq',
    value: 'customs_hold:MRN1/1A',
  });
  for (const written of ['a:eq:b', 'a:empty', 'a:in:x,y', 'since:ge:2026-01-01T00:00:00Z'])
    assert.equal(filters.print(filters.parse(written)), written);
});

test('typed filters', () => {
  const columns = [
    { name: 'partner', kind: 'text' },
    { name: 'amount_base', kind: 'money' },
    { name: 'reason', kind: 'text' },
  ];
  const typed = (words) => filters.typed(words, columns, 'partner');
  assert.deepEqual(typed('amount_base >= 1000'), { column: 'amount_base', op: 'ge', value: '1000' });
  assert.deepEqual(typed('Amount (base) > 5'), { column: 'amount_base', op: 'gt', value: '5' });
  assert.deepEqual(typed('reason = Over tolerance'), { column: 'reason', op: 'eq', value: 'over_tolerance' });
  assert.deepEqual(typed('reason = 1A'), { column: 'reason', op: 'eq', value: '1A' });
  assert.deepEqual(typed('reason in late, overdue'), { column: 'reason', op: 'in', value: 'late,overdue' });
  assert.deepEqual(typed('partner is empty'), { column: 'partner', op: 'empty', value: '' });
  assert.deepEqual(typed('MAEU'), { column: 'partner', op: 'contains', value: 'MAEU' });
  assert.match(typed('colour = red'), /no column “colour”/);
});

test('a value is switched in and out, and another value takes its place', () => {
  const on = filters.toggled([], 'severity', 'high');
  assert.deepEqual(on.map(filters.print), ['severity:eq:high']);
  assert.deepEqual(filters.toggled(on, 'severity', 'low').map(filters.print), ['severity:eq:low']);
  assert.deepEqual(filters.toggled(on, 'severity', 'high'), []);
  assert.deepEqual(filters.toggled(on, 'owner', null).map(filters.print), ['severity:eq:high', 'owner:empty']);
});

test('addresses survive any text', () => {
  for (const value of ['a/b', '50 %', 'x?y#z&c=d', 'ü <b>', '+', 'a:b']) {
    const address = route.link(['row', 'exceptions', value], [['filter', `partner:eq:${value}`]]);
    const read = route.parse(address);
    assert.deepEqual(read.path, ['row', 'exceptions', value]);
    assert.equal(read.query.get('filter'), `partner:eq:${value}`);
  }
  assert.deepEqual(route.parse(route.rowPage('kpis', ['match_rate', 'MAEU', ''])).path, [
    'row',
    'kpis',
    'match_rate',
    'MAEU',
    '',
  ]);
  assert.deepEqual(route.parse('#/').path, []);
  assert.deepEqual(route.keyParts('carrier%2FX/50%25'), ['carrier/X', '50%']);
  assert.deepEqual(route.parse('#/search?q=%E0%A4%A').path, ['search']);
});

test('event streams are read whole however they are cut', () => {
  const stream =
    ': hello\nevent: tick\nid: 7\ndata: {"tick":7}\n\nevent: heartbeat\r\ndata: {"tick":\r\ndata: 8}\r\n\r\ndata: last\n\n';
  const expected = [
    { event: 'tick', data: '{"tick":7}', id: '7' },
    { event: 'heartbeat', data: '{"tick":\n8}', id: '7' },
    { event: 'message', data: 'last', id: '7' },
  ];
  for (let size = 1; size <= stream.length; size += 1) {
    const parse = parser();
    const found = [];
    for (let at = 0; at < stream.length; at += size) found.push(...parse(stream.slice(at, at + size)));
    assert.deepEqual(found, expected, `in pieces of ${size}`);
  }
});

test('control totals: what balances and what does not', () => {
  const records = (status, count) => ({ kind: 'records', name: 'orders', status, count, base_amount: null });
  const cost = (status, base_amount) => ({ kind: 'landed_cost', name: 'duty', status, count: 0, base_amount });
  const good = [
    records('received', 10),
    records('in_force', 7),
    records('held', 3),
    cost('total', '5.00'),
    cost('in_view', '4.00'),
    cost('outside', '1.00'),
  ];
  assert.deepEqual(
    checks(good).map((check) => check.holds),
    [true, true],
  );
  const bad = good.map((row) => (row.status === 'outside' ? { ...row, base_amount: '1.01' } : row));
  assert.deepEqual(
    checks(bad).map((check) => check.holds),
    [true, false],
  );
});

test('spans and cells', () => {
  assert.deepEqual([5, 65, 3_700, 90_000, 1_000_000].map(span), ['5 s', '1 min', '1 h 1 min', '1 d 1 h', '11 d']);
  assert.equal(text({ name: 'due_at', kind: 'time' }, { due_at: '2026-03-10T22:01:36Z' }), '2026-03-10 22:01');
  assert.equal(text({ name: 'amount', kind: 'money' }, { amount: null }), '');
});

test('a stream takes no filter on ages, so the page holds its rows against them', () => {
  const filters = ['severity:eq:high', 'age_bucket:eq:31-60', 'age_days:gt:40'];
  const { stream, passes } = parted('exceptions', filters);
  assert.deepEqual(stream, ['severity:eq:high']);
  const at = (since) => aged('exceptions', { since }, '2026-03-20T00:00:00Z');
  assert.deepEqual(at('2026-02-01T00:00:00Z'), { since: '2026-02-01T00:00:00Z', age_days: 47, age_bucket: '31-60' });
  assert.deepEqual(
    ['2026-02-01', '2026-02-10', '2026-03-19', '2025-01-01'].map((day) => passes(at(`${day}T00:00:00Z`))),
    [true, false, false, false],
  );
  assert.equal(at('2026-03-20T06:00:00Z').age_bucket, '0-30');
  assert.deepEqual(parted('kpis', ['age_days:gt:1']).stream, ['age_days:gt:1']);
});

test('what an exception is about, and what an event says, in words', () => {
  const about = (category, exception_id, more = {}) => words.aboutException({ category, exception_id, ...more });
  assert.equal(about('late_milestone', 'late_milestone:SHP-1/goods_received'), 'Goods received');
  assert.equal(about('freight_charge', 'freight_charge:MAEU/INV%2F1/2', { invoice_no: 'INV/1' }), 'INV/1, line 2');
  assert.equal(about('unbilled_charge', 'unbilled_charge:SHP-1/TAX/KNCB', { detail: 'x' }), 'TAX, KNCB · x');
  assert.equal(about('customs_hold', 'customs_hold:MRN/1A', { detail: 'Documents wanted' }), 'Documents wanted');
  assert.equal(about('late_milestone', null), '(none)');
  assert.equal(words.readableWhat({ kind: 'milestone', what: 'picked_up actual' }), 'picked up actual');
  assert.equal(words.readableWhat({ kind: 'link', what: 'A_1 B_2' }), 'A_1 B_2');
});
