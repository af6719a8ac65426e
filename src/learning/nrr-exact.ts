/**
 * Assignments of indivisible items that are optimal in a sense that no order of picks computes, exactly, for few items. One profile at a
 * time: `values` [N,M] row-major, >= 0; every item is given away.
 */

/** Items that the subset programme takes: its work is N 3^M. */
export const MOST_ITEMS = 10;
/** Nodes after which the search within EF1 settles for the best found. */
const MOST_NODES = 100_000;

/** A welfare of several agents' utilities that one more agent can join; the best of the rest stays the best whoever joins. */
interface Welfare<V> {
  readonly none: V;
  join(rest: V, utility: number): V;
  better(a: V, b: V): boolean;
}

/** Number of agents who have something, then the product of what they have. */
const nash: Welfare<{ readonly served: number; readonly product: number }> = {
  none: { served: 0, product: 1 },
  join: (rest, u) => (u > 0 ? { served: rest.served + 1, product: rest.product * u } : rest),
  better: (a, b) => a.served > b.served || (a.served === b.served && a.product > b.product),
};

/** Utilities above 0 in rising order. Whoever has nothing comes first in the full list, so a longer list is better. */
const leximin: Welfare<readonly number[]> = {
  none: [],
  join(rest, u) {
    if (!(u > 0)) return rest;
    const at = rest.findIndex((x) => x > u);
    return at < 0 ? [...rest, u] : [...rest.slice(0, at), u, ...rest.slice(at)];
  },
  better(a, b) {
    if (a.length !== b.length) return a.length > b.length;
    const k = a.findIndex((x, i) => x !== b[i]);
    return k >= 0 && a[k]! > b[k]!;
  },
};

/**
 * Owners [M] of greatest Nash welfare: as many agents as possible have something, and the product of what they have is greatest (Caragiannis et
 * al., The Unreasonable Fairness of Maximum Nash Welfare, 2016).
 */
export function maxNashOwners(values: Float64Array, agents: number, items: number): Int32Array {
  // One scale for all, which keeps products in range. One for each agent would not do: it would favour others where not all are served.
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  const scaled = most > 0 ? values.map((v) => v / most) : values;
  return best(nash, scaled, agents, items);
}

/** Owners [M] of the leximin assignment: the smallest utility is greatest, then the second smallest, and so on (Dubins, Spanier, How to Cut a Cake Fairly, 1961). */
export function leximinOwners(values: Float64Array, agents: number, items: number): Int32Array {
  return best(leximin, values, agents, items);
}

/** f_i(S) = the best of { u_i(T) joined to f_(i+1)(S − T): T in S }, over agents from the last to the first; of equal ones the least T, as a number. */
function best<V>(welfare: Welfare<V>, values: Float64Array, agents: number, items: number): Int32Array {
  const sets = 2 ** items;
  const choices: Int32Array[] = [];
  let rest: V[] = [];
  for (let i = agents - 1; i >= 0; i--) {
    const worth = new Float64Array(sets);
    for (let S = 1; S < sets; S++) {
      const m = 31 - Math.clz32(S);
      worth[S] = worth[S ^ (1 << m)]! + values[i * items + m]!;
    }
    const choice = new Int32Array(sets);
    const found: V[] = [];
    for (let S = 0; S < sets; S++) {
      if (i === agents - 1) {
        // The last agent takes what is left.
        choice[S] = S;
        found.push(welfare.join(welfare.none, worth[S]!));
        continue;
      }
      let top = rest[S] as V;
      // The next number whose bits are all in S.
      for (let T = -S & S; T !== 0; T = (T - S) & S) {
        const now = welfare.join(rest[S ^ T] as V, worth[T]!);
        if (welfare.better(now, top)) [top, choice[S]] = [now, T];
      }
      found.push(top);
    }
    choices[i] = choice;
    rest = found;
  }
  const owner = new Int32Array(items);
  for (let i = 0, S = sets - 1; i < agents; i++) {
    const T = choices[i]![S]!;
    for (let m = 0; m < items; m++) if (T & (1 << m)) owner[m] = i;
    S ^= T;
  }
  return owner;
}

/** Of a sum of `terms` numbers that came out as `sum`: as in the property `ef1`. */
const rounding = (sum: number, terms: number) => (terms + 4) * Number.EPSILON * sum;

/**
 * Owners [M] of greatest total utility among the assignments that are envy-free up to one item, by branch and bound from `start`, which is
 * such an assignment; `proven` where no node was left out.
 */
export function utilitarianWithinEf1(
  values: Float64Array,
  agents: number,
  items: number,
  start: Int32Array,
): { readonly owner: Int32Array; readonly proven: boolean } {
  const v = (i: number, m: number) => values[i * items + m]!;
  const everyone = Array.from({ length: agents }, (_, i) => i);
  const most = Array.from({ length: items }, (_, m) => Math.max(...everyone.map((i) => v(i, m))));
  // Items that matter most first; each to those who value it most first.
  const queue = most.map((_, m) => m).sort((a, b) => most[b]! - most[a]! || a - b);
  const takers = queue.map((m) => [...everyone].sort((a, b) => v(b, m) - v(a, m) || a - b));
  // What the items from depth d on are worth: at best, and to each agent.
  const bound = new Float64Array(items + 1);
  const rest = everyone.map(() => new Float64Array(items + 1));
  for (let d = items - 1; d >= 0; d--) {
    bound[d] = bound[d + 1]! + most[queue[d]!]!;
    for (const i of everyone) rest[i]![d] = rest[i]![d + 1]! + v(i, queue[d]!);
  }
  const worth = new Float64Array(agents * agents);
  const top = new Float64Array(agents * agents);
  const owner = start.slice();
  const now = start.slice();
  let record = start.reduce((sum, i, m) => sum + v(i, m), 0);
  let nodes = 0;

  /** Whether what is left can still reconcile everyone: no envy is larger than all of it, and whoever envies needs an item of it. */
  const reconcilable = (d: number): boolean => {
    let envious = 0;
    for (let i = 0; i < agents; i++) {
      const own = worth[i * agents + i]!;
      let most = 0;
      for (let k = i * agents; k < (i + 1) * agents; k++) {
        // An agent's own bundle without an item never exceeds the bundle.
        const excess = worth[k]! - top[k]! - own;
        if (excess > most && excess > rounding(worth[k]!, items)) most = excess;
      }
      if (most === 0) continue;
      envious += 1;
      if (most > rest[i]![d]! * (1 + (items + 4) * Number.EPSILON) || envious > items - d) return false;
    }
    return true;
  };

  const visit = (d: number, sum: number): void => {
    nodes += 1;
    if (!reconcilable(d)) return;
    if (d === items) {
      record = sum;
      owner.set(now);
      return;
    }
    const m = queue[d]!;
    for (const j of takers[d]!) {
      // Whoever comes later values it less still.
      if (nodes >= MOST_NODES || !(sum + v(j, m) + bound[d + 1]! > record)) return;
      const before = [worth.slice(), top.slice()] as const;
      for (let i = 0, k = j; i < agents; i++, k += agents) {
        worth[k]! += v(i, m);
        top[k] = Math.max(top[k]!, v(i, m));
      }
      now[m] = j;
      visit(d + 1, sum + v(j, m));
      worth.set(before[0]);
      top.set(before[1]);
    }
  };
  visit(0, 0);
  return { owner, proven: nodes < MOST_NODES };
}
