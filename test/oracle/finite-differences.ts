import type { Kernels } from '../../src/wasm/kernels.js';
import { SLOPES, type Slopes } from '../helpers/gradient.js';
import { solve, type Input } from '../helpers/proportional-fairness.js';

const NAMES = ['values', 'demands', 'weights', 'regularizer', 'budgets'] as const;

/** Points of a difference and what each counts, in steps. Both are exact for polynomials of degree four. */
const CENTRAL = [
  [-2, 1 / 12],
  [-1, -8 / 12],
  [1, 8 / 12],
  [2, -1 / 12],
] as const;
const RIGHT = [
  [0, -25 / 12],
  [1, 4],
  [2, -3],
  [3, 4 / 3],
  [4, -1 / 4],
] as const;

/**
 * Derivatives of ⟨cotangent, a⟩ in every element of one profile's arrays, from solves at shifted profiles: central where the element may
 * go down (an array of numbers >= 0 that holds a 0 may not), else from the right; with `right` all are from the right. Elements of agents that
 * get nothing are left at 0: such an agent enters with a jump.
 */
export function differences(
  kernels: Kernels,
  agents: number,
  items: number,
  input: Input,
  cotangent: Float64Array,
  step = 1e-5,
  right = false,
): Slopes {
  const entries = agents * items;
  const whole = {
    budgets: new Float64Array(items).fill(1),
    weights: new Float64Array(agents).fill(1),
    regularizer: new Float64Array(entries),
    ...input,
  };
  const at = solve(kernels, { count: 1, agents, items }, input);
  const slopes: Record<string, Float64Array> = {};
  NAMES.forEach((name, which) => {
    const data = whole[name];
    const found = new Float64Array(name === 'budgets' ? items : name === 'weights' ? agents : entries);
    slopes[SLOPES[which]!] = found;
    if (!data) return;
    const each = name === 'budgets' ? Infinity : data.length / agents;
    const points = [...data].flatMap((x, j) =>
      each < Infinity && at.utilities[Math.floor(j / each)] === 0
        ? []
        : (right || (name !== 'regularizer' && x < 3 * step) ? RIGHT : CENTRAL).map(([at, counts]) => ({
            j,
            at,
            counts,
          })),
    );
    if (points.length === 0) return;
    const shifted = Float64Array.from(
      points.flatMap(({ j, at }) => [...data].map((x, l) => (l === j ? x + at * step : x))),
    );
    const shape = { count: points.length, agents, items };
    // An array of one profile's length is shared; one point alone would be read so as well, with the same effect.
    const out = solve(kernels, shape, { ...input, [name]: shifted });
    points.forEach(({ j, counts }, k) => {
      // A tie that the shift made is no slope: its centre is known to 1e-6 only.
      let loss = out.status[k] === 0 && (out.unique[k] === 1 || at.unique[0] === 0) ? 0 : NaN;
      for (let e = 0; e < entries; e++) loss += cotangent[e]! * out.allocation[k * entries + e]!;
      found[j]! += (counts * loss) / step;
    });
  });
  return slopes as unknown as Slopes;
}
