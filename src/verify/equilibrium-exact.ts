import type { OrdinalBatch } from '../profiles/ordinal.js';
import { rowUnits } from './ordinal.js';

/** [numerator, denominator] of the decimal that a number is written as. */
function fraction(x: number): [bigint, bigint] {
  const [, whole, places = '', exponent = '0'] = /^(\d+)(?:\.(\d+))?(?:e([-+]?\d+))?$/.exec(String(x))!;
  const power = Number(exponent) - places.length;
  const digits = BigInt(whole! + places);
  return power >= 0 ? [digits * 10n ** BigInt(power), 1n] : [digits, 10n ** BigInt(-power)];
}

/** What is wrong with rational prices: they must clear the market with no error at all, and round to the prices beside them. */
export function exactProblems(
  problem: OrdinalBatch,
  prices: readonly number[],
  edges: readonly number[],
  limbs: readonly bigint[],
): string[] {
  const goods = prices.length;
  const each = limbs.length / (goods + 1);
  if (!Number.isInteger(each) || each < 1)
    return [`exact_prices has ${limbs.length} limbs, expected a multiple of ${goods + 1}`];
  if (edges.length !== 2) return ['exact_prices stand beside budgets that are not uniform'];
  const numbers = Array.from({ length: goods + 1 }, (_, k) => {
    let x = 0n;
    for (let w = each - 1; w >= 0; w--) x = (x << 48n) | limbs[k * each + w]!;
    return x;
  });
  const den = numbers.pop()!;
  if (den === 0n) return ['the denominator of exact_prices is 0'];
  // Budgets from low to 1, both over den · scale.
  const [lowNum, scale] = fraction(edges[0]!);
  const low = lowNum * den;
  const one = scale * den;
  const problems: string[] = [];
  numbers.forEach((num, g) => {
    const rounded = Number((num * 10n ** 30n) / den) / 1e30;
    if (!(Math.abs(rounded - prices[g]!) <= 2e-11))
      problems.push(`prices[${g}] is ${prices[g]}, exact_prices say ${rounded}`);
  });
  const demand = Array<bigint>(goods).fill(0n);
  for (let i = 0; i + 1 < problem.bundleStart.length; i++) {
    const copies = BigInt(problem.multiplicity ? problem.multiplicity[i]! : 1);
    let bought = one; // budgets from here up are spent
    for (let t = problem.bundleStart[i]!; t < problem.bundleStart[i + 1]! && bought > low; t++) {
      const row = rowUnits(problem, t);
      const cost = row.reduce((sum, [g, n]) => sum + BigInt(n) * numbers[g]!, 0n) * scale;
      const from = cost > low ? cost : low;
      if (from >= bought) continue;
      for (const [g, n] of row) demand[g]! += copies * BigInt(n) * (bought - from);
      bought = from;
    }
  }
  demand.forEach((d, g) => {
    const [c, cDen] = fraction(problem.capacities[g]!);
    const excess = d * cDen - c * (one - low);
    if (excess > 0n || (excess < 0n && numbers[g]! > 0n && c > 0n)) {
      problems.push(`good ${g} does not clear exactly at exact_prices`);
    }
  });
  return problems;
}
