/** Powers of ten that a double holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, n) => Number(`1e${n}`));
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const NON_FINITE = /^([+-]?)(?:(inf|infinity)|nan)$/i;

/** Digits that surely fit the 53 bits of a double. */
const EXACT_DIGITS = 15;

/** The number that `text` spells, in decimal or as inf, infinity or nan in any case; undefined when it spells none. */
export function parseNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (DECIMAL.test(trimmed)) return Number(trimmed);
  const match = NON_FINITE.exec(trimmed);
  if (!match) return undefined;
  if (match[2] === undefined) return NaN;
  return match[1] === '-' ? -Infinity : Infinity;
}

/** Text that `parseNumber` turns into exactly `value` again; `inf`, `-inf` and `nan` for what is not finite. */
export function formatNumber(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
}

/** Scans plain decimal numbers in bytes; made once and reused, so that scanning a number allocates nothing. */
export class NumberScanner {
  /** Where the last scan stopped. */
  end = 0;
  /** True when the last scan saw digits and nothing else but a sign and a point: text that `Number` may be trusted with. */
  plain = false;

  /**
   * The number at `bytes[start]`, if it is short enough to be computed exactly from its digits, else NaN: then the text
   * up to `end` must be parsed. Needs a byte that is no digit at or before the end of `bytes`.
   */
  scan(bytes: Uint8Array, start: number): number {
    let at = start;
    const negative = bytes[at] === 0x2d;
    if (negative) at++;
    const first = at;
    let mantissa = 0;
    let digit = bytes[at]! - 48;
    while (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit;
      digit = bytes[++at]! - 48;
    }
    let digits = at - first;
    let fraction = 0;
    if (digit === -2) {
      const point = ++at;
      digit = bytes[at]! - 48;
      while (digit >= 0 && digit <= 9) {
        mantissa = mantissa * 10 + digit;
        digit = bytes[++at]! - 48;
      }
      fraction = at - point;
      digits += fraction;
    }
    this.end = at;
    this.plain = digits > 0;
    if (digits === 0 || digits > EXACT_DIGITS) return NaN;
    // Both operands are exact, so the quotient is rounded once, as the nearest double must be.
    const value = fraction === 0 ? mantissa : mantissa / POWERS[fraction]!;
    return negative ? -value : value;
  }
}
