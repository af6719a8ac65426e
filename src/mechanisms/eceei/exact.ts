import type { OrdinalProblem } from '../mechanism.js';
import { contents } from './bundles.js';
import { decimal, gcd, overCommon, solveIntegers, type Fraction } from './rational.js';

/** Prices as fractions of one denominator, at which the market clears exactly. */
export interface ExactPrices {
  readonly nums: readonly bigint[];
  readonly den: bigint;
}

/** Newton steps in rationals before giving up; one is enough where the floating-point prices are in the right cell. */
const STEPS = 5;
/** Unknowns that the equations leave open are taken from the floating-point prices with so many bits. */
const GRID = 2 ** 52;

interface Agent {
  readonly weight: bigint;
  /** Bundles, best first: pairs of good and units. */
  readonly list: readonly (readonly (readonly [number, bigint])[])[];
}

/**
 * Turns prices that clear within rounding into rational ones that clear exactly under budgets uniform on [1 − eps, 1]: the cell of the piecewise linear
 * demand function that they lie in is solved in integers, and everything is checked in rationals. eps and capacities are the decimals that they are
 * written as. Undefined if no such prices are found next to the given ones.
 */
export function exactPrices(problem: OrdinalProblem, prices: Float64Array, epsilon: number): ExactPrices | undefined {
  const agents = agentsOf(problem);
  const capacities = Array.from(problem.capacities, decimal);
  const eps = decimal(epsilon);
  const start: Fraction[] = Array.from(prices, (p) => ({ num: BigInt(Math.round(p * GRID)), den: BigInt(GRID) }));
  const { nums, den } = overCommon(start);
  let at: ExactPrices = { nums, den };
  // Which goods have a price is read off the floating-point solution once; the rest of the cell off the current point.
  const priced = Array.from(prices, (p, g) => p > 0 && problem.capacities[g]! > 0);
  at = { nums: at.nums.map((x, g) => (prices[g]! > 0 ? x : 0n)), den };
  for (let step = 0; step <= STEPS; step++) {
    const cell = demandAt(agents, at, eps);
    const balance = gaps(cell.demand, at.den, capacities, eps);
    if (balance.every((z, g) => (priced[g] ? z === 0n : z <= 0n || problem.capacities[g] === 0))) {
      return at.nums.every((x) => x >= 0n && x <= at.den) ? lowest(at) : undefined;
    }
    const next = newtonStep(cell, at, capacities, eps, priced);
    if (!next) return undefined;
    at = next;
  }
  return undefined;
}

/** Agents of the problem with what is in their bundles; equal rows share one object so that costs are added up once. */
function agentsOf(problem: OrdinalProblem): Agent[] {
  const known = new Map<string, readonly (readonly [number, bigint])[]>();
  const agents: Agent[] = [];
  const { bundleStart, multiplicity } = problem;
  for (let i = 0; i + 1 < bundleStart.length; i++) {
    const list = [];
    for (let t = bundleStart[i]!; t < bundleStart[i + 1]!; t++) {
      const held = [...contents(problem, t)].map(([g, n]) => [g, BigInt(n)] as const);
      const key = held.flat().join();
      if (!known.has(key)) known.set(key, held);
      list.push(known.get(key)!);
    }
    agents.push({ weight: BigInt(multiplicity ? multiplicity[i]! : 1), list });
  }
  return agents;
}

interface Cell {
  /** eps times expected demand, over the denominator of the prices times that of eps. */
  readonly demand: bigint[];
  /** Slopes of eps times expected demand in the prices. */
  readonly slopes: bigint[][];
}

/** Expected demand (times eps) and its slopes at rational prices. */
function demandAt(agents: readonly Agent[], { nums, den }: ExactPrices, eps: Fraction): Cell {
  const goods = nums.length;
  const one = den * eps.den;
  const lo = one - den * eps.num;
  const cost = new Map<object, bigint>();
  const costOf = (bundle: Agent['list'][number]) => {
    let c = cost.get(bundle);
    if (c === undefined) {
      c = bundle.reduce((sum, [g, n]) => sum + n * nums[g]!, 0n) * eps.den;
      cost.set(bundle, c);
    }
    return c;
  };
  const demand = Array<bigint>(goods).fill(0n);
  const slopes = Array.from({ length: goods }, () => Array<bigint>(goods).fill(0n));
  const add = (a: Agent['list'][number], b: Agent['list'][number], w: bigint) => {
    for (const [g, n] of a) for (const [h, k] of b) slopes[g]![h]! += w * n * k;
  };
  for (const { weight, list } of agents) {
    let cheapest = one;
    let before: Agent['list'][number] | undefined;
    for (const bundle of list) {
      const c = costOf(bundle);
      if (c >= cheapest) continue;
      const last = c <= lo;
      const length = weight * (cheapest - (last ? lo : c));
      for (const [g, n] of bundle) demand[g]! += n * length;
      if (before) add(bundle, before, weight);
      if (last) break;
      add(bundle, bundle, -weight);
      cheapest = c;
      before = bundle;
    }
  }
  return { demand, slopes };
}

/** Sign-true multiples of (eps times) excess demand. */
function gaps(demand: readonly bigint[], den: bigint, capacities: readonly Fraction[], eps: Fraction): bigint[] {
  return demand.map((d, g) => d * capacities[g]!.den - capacities[g]!.num * eps.num * den);
}

/** The solution of the current cell's equations for goods with a price that is nearest in the sense that open unknowns stay. */
function newtonStep(
  { demand, slopes }: Cell,
  at: ExactPrices,
  capacities: readonly Fraction[],
  eps: Fraction,
  priced: readonly boolean[],
): ExactPrices | undefined {
  const free = priced.flatMap((is, g) => (is ? [g] : []));
  const scale = overCommon(free.map((g) => capacities[g]!)).den;
  // J dp = R - G; times scale · den · eps.den on the right, so dp = x / (scale · den · eps.den).
  const side = free.map(
    (g) => capacities[g]!.num * (scale / capacities[g]!.den) * eps.num * at.den - demand[g]! * scale,
  );
  const matrix = free.map((g) => free.map((h) => slopes[g]![h]!));
  const found = solveIntegers(matrix, side);
  if (!found) return undefined;
  const den = at.den * eps.den * scale * found.den;
  const nums = at.nums.map((x) => x * eps.den * scale * found.den);
  free.forEach((g, k) => (nums[g]! += found.nums[k]!));
  return { nums, den };
}

function lowest({ nums, den }: ExactPrices): ExactPrices {
  const d = nums.reduce((all, x) => gcd(all, x), den);
  return { nums: nums.map((x) => x / d), den: den / d };
}

/** Bits of one limb: few enough that every file format holds it as a number. */
const LIMB = 48;

/** Numerators of all goods, then the denominator, as equally many limbs of 48 bits each, lowest limb first. */
export function toLimbs({ nums, den }: ExactPrices): BigUint64Array {
  const all = [...nums, den];
  const limbs = Math.max(1, ...all.map((x) => Math.ceil(x.toString(2).length / LIMB)));
  const out = new BigUint64Array(all.length * limbs);
  all.forEach((x, k) => {
    for (let w = 0; w < limbs; w++) out[k * limbs + w] = BigInt.asUintN(LIMB, x >> BigInt(LIMB * w));
  });
  return out;
}
