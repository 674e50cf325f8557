// Filter, order, columns and groups as the HTTP API has them, over rows in memory.

const isNumber = (kind) => ['integer', 'millionths', 'figure', 'money'].includes(kind);

function compare(kind, a, b) {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  if (isNumber(kind)) return Number(a) - Number(b);
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

const OPERATORS = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
};

/** The rows that all filters let pass. */
export function filtered(view, filters) {
  const tests = filters.map((text) => {
    const [column, op, ...rest] = text.split(':');
    const value = rest.join(':');
    const { kind } = view.columns.find((one) => one.name === column);
    if (op === 'empty') return (row) => row[column] === null || row[column] === undefined;
    if (op === 'filled') return (row) => row[column] !== null && row[column] !== undefined;
    if (op === 'in') return (row) => value.split(',').includes(String(row[column]));
    if (op === 'prefix') return (row) => String(row[column] ?? '').startsWith(value);
    if (op === 'contains')
      return (row) =>
        String(row[column] ?? '')
          .toLowerCase()
          .includes(value.toLowerCase());
    return (row) => row[column] !== null && OPERATORS[op](compare(kind, row[column], value));
  });
  return view.rows.filter((row) => tests.every((test) => test(row)));
}

/** In the order asked for, then by key; rows without a value last. */
export function sorted(view, rows, sort) {
  const parts = [...sort.split(',').filter(Boolean), ...view.key].map((text) => {
    const name = text.replace(/^-/, '');
    return { name, down: text.startsWith('-'), kind: view.columns.find((column) => column.name === name)?.kind };
  });
  return [...rows].sort((a, b) => {
    for (const { name, down, kind } of parts) {
      const [x, y] = [a[name] ?? null, b[name] ?? null];
      if ((x === null) !== (y === null)) return x === null ? 1 : -1;
      const order = compare(kind, x, y);
      if (order) return down ? -order : order;
    }
    return 0;
  });
}

/** Only the columns asked for. */
export function projected(rows, columns) {
  if (!columns) return rows;
  const names = columns.split(',');
  return rows.map((row) => Object.fromEntries(names.map((name) => [name, row[name] ?? null])));
}

/** Groups with counts and sums; amounts with a currency column are summed inside one currency. */
export function grouped(view, rows, query) {
  const by = query.get('by').split(',');
  const sums = (query.get('sum') ?? '').split(',').filter(Boolean);
  const currency = { amount: 'currency', expected_amount: 'expected_currency' }[sums[0]];
  const names = currency && !by.includes(currency) ? [...by, currency] : by;
  const found = new Map();
  for (const row of rows) {
    const key = JSON.stringify(names.map((name) => row[name] ?? null));
    const group = found.get(key) ?? {
      by: Object.fromEntries(names.map((name) => [name, row[name] ?? null])),
      count: 0,
      sums: {},
    };
    group.count += 1;
    for (const name of sums)
      if (row[name] !== null) group.sums[name] = (Number(group.sums[name] ?? 0) + Number(row[name])).toFixed(2);
    found.set(key, group);
  }
  return { view: view.name, groups: [...found.values()].slice(0, 1000), truncated: found.size > 1000 };
}
