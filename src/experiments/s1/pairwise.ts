import type { Stream } from '../../random.js';

/**
 * Values of bundles with synergies between pairs of items: v_i(S) = Σ_m∈S a_im + Σ_{m<l} in S s_iml. Agents who see singletons only know `a`.
 */
export interface PairwiseValues {
  readonly agents: number;
  readonly items: number;
  /** a, [N,M]. */
  readonly single: Float64Array;
  /** s, [N,M,M], symmetric with a zero diagonal. */
  readonly pair: Float64Array;
}

/**
 * Synergies s_iml = strength/(M − 1) · U(0,1) · min(a_im, a_il). From strength −1 on no item lowers the value of a bundle: what it loses to the M − 1 others
 * is at most a_im.
 */
export function withSynergies(
  single: Float64Array,
  agents: number,
  items: number,
  strength: number,
  stream: Stream,
): PairwiseValues {
  const pair = new Float64Array(agents * items * items);
  const scale = items > 1 ? strength / (items - 1) : 0;
  for (let i = 0; i < agents; i++) {
    for (let m = 0; m < items; m++) {
      for (let l = 0; l < m; l++) {
        const s = scale * stream.unit() * Math.min(single[i * items + m]!, single[i * items + l]!);
        pair[(i * items + m) * items + l] = s;
        pair[(i * items + l) * items + m] = s;
      }
    }
  }
  return { agents, items, single, pair };
}

/** What item m adds to bundle S in the eyes of agent i. */
export function marginal({ items, single, pair }: PairwiseValues, i: number, S: readonly number[], m: number): number {
  return S.reduce((sum, l) => sum + pair[(i * items + m) * items + l]!, single[i * items + m]!);
}

export function bundleValue(values: PairwiseValues, i: number, S: readonly number[]): number {
  return S.reduce((sum, m, k) => sum + marginal(values, i, S.slice(0, k), m), 0);
}

/** Bundles of owners [M]. */
export function bundlesOf(owner: ArrayLike<number>, agents: number): number[][] {
  const bundles: number[][] = Array.from({ length: agents }, () => []);
  for (let m = 0; m < owner.length; m++) bundles[owner[m]!]!.push(m);
  return bundles;
}

/**
 * Largest envy that no single item explains: max over i ≠ j of min_g v_i(A_j − g) − v_i(A_i), as a share of v_i(A_j); 0 where the
 * assignment is envy-free up to one item.
 */
export function pairwiseEf1(values: PairwiseValues, owner: ArrayLike<number>): number {
  const bundles = bundlesOf(owner, values.agents);
  let worst = 0;
  for (let i = 0; i < values.agents; i++) {
    const own = bundleValue(values, i, bundles[i]!);
    for (const [j, bundle] of bundles.entries()) {
      if (j === i || bundle.length === 0) continue;
      const whole = bundleValue(values, i, bundle);
      const gone = bundle.map((g) => marginal(values, i, bundle, g));
      const excess = whole - Math.max(...gone) - own;
      // Sums in another order differ by rounding.
      if (excess > 1e-12 * whole) worst = Math.max(worst, excess / whole);
    }
  }
  return worst;
}

/** Round Robin in which every pick is what adds most to the picker's bundle; of equal ones the lowest item. Owners [M]. */
export function marginalRoundRobin(values: PairwiseValues): Int32Array {
  const owner = new Int32Array(values.items).fill(-1);
  const bundles: number[][] = Array.from({ length: values.agents }, () => []);
  for (let t = 0; t < values.items; t++) {
    const i = t % values.agents;
    let [wanted, most] = [-1, -Infinity];
    for (let m = 0; m < values.items; m++) {
      if (owner[m] !== -1) continue;
      const more = marginal(values, i, bundles[i]!, m);
      if (more > most) [wanted, most] = [m, more];
    }
    owner[wanted] = i;
    bundles[i]!.push(wanted);
  }
  return owner;
}
