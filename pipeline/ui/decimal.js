// Exact decimal strings: money and rates never become binary floats on their way to the screen, except for the length of
// a bar, where a float is good enough.

/** Splits a decimal string into sign, whole digits and fraction digits; null when it is no decimal. */
function parts(text) {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(text));
  return match ? { negative: match[1] === '-', whole: match[2], fraction: match[3] ?? '' } : null;
}

/**
 * Adds decimal strings exactly; empty ones are left out. The sum has the most decimals any of them had.
 * @param {(string|number|null|undefined)[]} values
 * @returns {string}
 */
export function sum(values) {
  let places = 0;
  const found = [];
  for (const value of values) {
    const split = value === null || value === undefined ? null : parts(value);
    if (!split) continue;
    places = Math.max(places, split.fraction.length);
    found.push(split);
  }
  let total = 0n;
  for (const { negative, whole, fraction } of found) {
    const units = BigInt(whole + fraction.padEnd(places, '0'));
    total += negative ? -units : units;
  }
  return fromUnits(total, places);
}

function fromUnits(units, places) {
  const negative = units < 0n;
  const digits = String(negative ? -units : units).padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places);
  const text = places ? `${whole}.${digits.slice(-places)}` : whole;
  return negative ? `-${text}` : text;
}

/** The number with its sign turned. */
function negate(text) {
  return String(text).startsWith('-') ? String(text).slice(1) : `-${text}`;
}

/** Whether two decimal strings are the same number, whatever their decimals. */
export function equal(a, b) {
  return Number(sum([a, negate(b)])) === 0;
}

/** With thousands separators (a narrow no-break space would not copy well, so a comma) and a true minus sign. */
export function grouped(text) {
  const split = parts(text);
  if (!split) return String(text);
  const whole = split.whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${split.negative ? '−' : ''}${whole}${split.fraction ? `.${split.fraction}` : ''}`;
}

/** Short: 1.2 M, 345 k, 12. For axis labels and figures where the exact number stands beside. */
export function short(text) {
  const number = Number(text);
  const size = Math.abs(number);
  const sign = number < 0 ? '−' : '';
  for (const [unit, from] of [
    [' bn', 1e9],
    [' M', 1e6],
    [' k', 1e3],
  ]) {
    if (size >= from * 0.9995) {
      const scaled = size / from;
      return `${sign}${scaled >= 99.95 ? Math.round(scaled) : scaled.toFixed(1)}${unit}`;
    }
  }
  return `${sign}${Math.round(size)}`;
}

/** A fraction as a percentage with one decimal, from a decimal string. */
export function percent(text) {
  return `${(Number(text) * 100).toFixed(1).replace('-', '−')} %`;
}

/** A share without trailing zeros: 1.500000 → 1.5. */
export function trimmed(text) {
  const value = String(text);
  return value.includes('.') ? value.replace(/\.?0+$/, '') : value;
}
