import { InputError } from '../errors.js';
import type { OrdinalBatch } from '../profiles/ordinal.js';
import type { NamedArrays } from '../types.js';

export interface OrdinalVerdict {
  readonly problems: readonly string[];
  /** The assignment is that of serial dictatorship in order of arrival. */
  readonly arrivalOrder: boolean;
}

const MOST_PROBLEMS = 20;

/** Units of each good in row `t`. */
function unitsOf(problem: OrdinalBatch, t: number): (g: number) => number {
  const goods = problem.capacities.length;
  const { bundleUnits, bundleMask } = problem;
  if (bundleUnits) return (g) => bundleUnits[t * goods + g]!;
  const words = Math.ceil(goods / 64);
  return (g) => Number((bundleMask![t * words + (g >> 6)]! >> BigInt(g & 63)) & 1n);
}

/** Goods of row `t`, ascending, with how many units of each. */
export function rowUnits(problem: OrdinalBatch, t: number): (readonly [good: number, units: number])[] {
  const units = unitsOf(problem, t);
  return Array.from(problem.capacities, (_, g) => [g, units(g)] as const).filter(([, n]) => n > 0);
}

/**
 * Checks capacities, what remains of them, and that nobody would take a bundle he prefers out of what remains (serial dictatorship, in any
 * order, leaves no such wish).
 */
export function verifyAssignment(problem: OrdinalBatch, results: NamedArrays): OrdinalVerdict {
  const agents = problem.bundleStart.length - 1;
  const goods = problem.capacities.length;
  for (const [name, length] of Object.entries({ assignment: agents, remaining: goods, status: 1, residual: 1 })) {
    const array = results[name];
    if (!array) throw new InputError(`the result lacks ${name}`, { array: name });
    if (array.shape.length !== 1 || array.shape[0] !== length) {
      throw new InputError(`${name} has shape [${array.shape.join(',')}], expected [${length}]`, { array: name });
    }
  }
  const assignment = results.assignment!;
  const problems: string[] = [];
  const note = (text: string) => {
    if (problems.length < MOST_PROBLEMS) problems.push(text);
  };
  for (const name of ['status', 'residual']) {
    const given = Number(results[name]!.data[0]);
    if (given !== 0) note(`${name} is ${given}, an assignment has 0`);
  }
  const rest = Float64Array.from(problem.capacities);
  const row = (i: number) => problem.bundleStart[i]! + Number(assignment.data[i]);
  for (let i = 0; i < agents; i++) {
    const choice = Number(assignment.data[i]);
    const length = problem.bundleStart[i + 1]! - problem.bundleStart[i]!;
    if (choice === -1) continue;
    if (!(choice >= 0 && choice < length)) {
      note(`assignment[${i}] is ${choice}, expected -1 to ${length - 1}`);
      return { problems, arrivalOrder: false };
    }
    const units = unitsOf(problem, row(i));
    for (let g = 0; g < goods; g++) rest[g]! -= units(g);
  }
  rest.forEach((places, g) => {
    if (places < 0) note(`good ${g} is given ${-places} times more than its capacity ${problem.capacities[g]}`);
    const given = Number(results.remaining!.data[g]);
    if (given !== places) note(`remaining[${g}] is ${given}, the assignment leaves ${places}`);
  });
  const fits = (t: number, places: Float64Array) => {
    const units = unitsOf(problem, t);
    for (let g = 0; g < goods; g++) if (units(g) > places[g]!) return false;
    return true;
  };
  const arriving = Float64Array.from(problem.capacities);
  let arrivalOrder = true;
  for (let i = 0; i < agents; i++) {
    const from = problem.bundleStart[i]!;
    const to = problem.bundleStart[i + 1]!;
    const chosen = Number(assignment.data[i]) === -1 ? to : row(i);
    const own = chosen === to ? undefined : unitsOf(problem, chosen);
    const within = own ? rest.map((places, g) => places + own(g)) : rest;
    for (let t = from; t < chosen; t++) {
      if (fits(t, within)) note(`agent ${i} would rather have bundle ${t - from}, which is free`);
      if (fits(t, arriving)) arrivalOrder = false;
    }
    if (own) for (let g = 0; g < goods; g++) arriving[g]! -= own(g);
  }
  return { problems, arrivalOrder };
}
