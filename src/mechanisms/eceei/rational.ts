/** A fraction of integers, the denominator positive; not always in lowest terms. */
export interface Fraction {
  readonly num: bigint;
  readonly den: bigint;
}

/** The decimal number that JavaScript writes for `x`, exactly: 0.05 is 1/20. */
export function decimal(x: number): Fraction {
  const [mantissa, exponent = '0'] = String(x).split('e') as [string, string?];
  const [whole, places = ''] = mantissa.split('.') as [string, string?];
  const power = Number(exponent) - places.length;
  const digits = BigInt(whole + places);
  return reduced(
    power >= 0 ? { num: digits * 10n ** BigInt(power), den: 1n } : { num: digits, den: 10n ** BigInt(-power) },
  );
}

export function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

function reduced({ num, den }: Fraction): Fraction {
  const d = gcd(num, den);
  return { num: num / d, den: den / d };
}

/** All fractions over their least common denominator. */
export function overCommon(all: readonly Fraction[]): { readonly nums: bigint[]; readonly den: bigint } {
  const den = all.reduce((d, f) => (d / gcd(d, f.den)) * f.den, 1n);
  return { nums: all.map((f) => (f.num * den) / f.den), den };
}

/** The nearest double to num / den. */
export function toNumber(num: bigint, den: bigint): number {
  if (num < 0n) return -toNumber(-num, den);
  if (num === 0n) return 0;
  // 64 bits of quotient, the last of them set if anything was cut off, round to 53 as the exact quotient does.
  const shift = 64n - BigInt(num.toString(2).length - den.toString(2).length);
  const [n, d] = shift >= 0n ? [num << shift, den] : [num, den << -shift];
  const quotient = n / d;
  return Number(n % d === 0n ? quotient : quotient | 1n) * 2 ** Number(-shift);
}

/**
 * Solves A x = b in integers by Bareiss' elimination with row and column exchanges: x = nums / den. Unknowns that A does not fix are 0; undefined if there is
 * no solution. Bareiss, Sylvester's Identity and Multistep Integer-Preserving Gaussian Elimination, 1968.
 */
export function solveIntegers(
  matrix: readonly (readonly bigint[])[],
  side: readonly bigint[],
): { readonly nums: bigint[]; readonly den: bigint } | undefined {
  const n = side.length;
  const a = matrix.map((row, i) => [...row, side[i]!]);
  const order = Array.from({ length: n }, (_, k) => k);
  let last = 1n;
  let rank = 0;
  for (; rank < n; rank++) {
    let found: readonly [number, number] | undefined;
    for (let i = rank; i < n && !found; i++) {
      for (let k = rank; k < n && !found; k++) if (a[i]![k] !== 0n) found = [i, k];
    }
    if (!found) break;
    const [row, column] = found;
    [a[rank], a[row]] = [a[row]!, a[rank]!];
    if (column !== rank) {
      for (const r of a) [r[rank], r[column]] = [r[column]!, r[rank]!];
      [order[rank], order[column]] = [order[column]!, order[rank]!];
    }
    const pivot = a[rank]![rank]!;
    for (let i = rank + 1; i < n; i++) {
      const f = a[i]![rank]!;
      for (let k = rank + 1; k <= n; k++) a[i]![k] = (pivot * a[i]![k]! - f * a[rank]![k]!) / last;
      a[i]![rank] = 0n;
    }
    last = pivot;
  }
  for (let i = rank; i < n; i++) if (a[i]![n] !== 0n) return undefined;
  // With the last pivot as the denominator every unknown is an integer (Cramer's rule).
  const nums = Array<bigint>(n).fill(0n);
  for (let i = rank - 1; i >= 0; i--) {
    let sum = a[i]![n]! * last;
    for (let k = i + 1; k < rank; k++) sum -= a[i]![k]! * nums[order[k]!]!;
    nums[order[i]!] = sum / a[i]![i]!;
  }
  return last < 0n ? { nums: nums.map((x) => -x), den: -last } : { nums, den: last };
}
