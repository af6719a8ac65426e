import type { OrdinalBatch } from '../profiles/ordinal.js';

/** Who got what, when agents came one by one. */
export interface OrdinalOutcome {
  /** Index into each agent's own list, -1 nothing. */
  readonly assignment: ArrayLike<number | bigint>;
  /** Prices that are posted at the end; goods without one may stay. */
  readonly prices: ArrayLike<number>;
}

/** Units of each good in each row of the problem, row-major; goods fastest. */
export function unitTable(problem: OrdinalBatch): Uint16Array {
  const goods = problem.capacities.length;
  if (problem.bundleUnits) return problem.bundleUnits;
  const rows = problem.bundleStart.at(-1)!;
  const words = Math.ceil(goods / 64);
  const units = new Uint16Array(rows * goods);
  const mask = problem.bundleMask!;
  for (let k = 0; k < rows * words; k++) {
    const first = Math.floor(k / words) * goods + 64 * (k % words);
    // Halves as plain numbers: big integers would cost more than all the rest.
    let half = Number(mask[k]! & 0xffffffffn);
    for (; half !== 0; half = (half & (half - 1)) >>> 0) units[first + 31 - Math.clz32(half & -half)] = 1;
    half = Number(mask[k]! >> 32n);
    for (; half !== 0; half = (half & (half - 1)) >>> 0) units[first + 63 - Math.clz32(half & -half)] = 1;
  }
  return units;
}

/** Row of each agent's bundle, -1 nothing. */
function rowsOf(problem: OrdinalBatch, assignment: OrdinalOutcome['assignment']): Int32Array {
  return Int32Array.from({ length: problem.bundleStart.length - 1 }, (_, i) =>
    Number(assignment[i]) < 0 ? -1 : problem.bundleStart[i]! + Number(assignment[i]),
  );
}

/** How far use over time leaves the line k c_j / n, as shares of that line. */
export interface OverTime {
  /** Largest (used_j(k) − k c_j / n) / (k c_j / n). */
  readonly above: number;
  /** Largest shortfall, over goods with a price. */
  readonly below: number;
}

/**
 * Conditions of clearing at every time: for all k from `from · n` on, places used by the first k agents are within 1 ± eps_f of k c_j / n (below: only goods
 * with a price). Returns the smallest eps_f for each side.
 */
export function clearingOverTime(problem: OrdinalBatch, { assignment, prices }: OrdinalOutcome, from = 0.2): OverTime {
  const goods = problem.capacities.length;
  const n = problem.bundleStart.length - 1;
  const units = unitTable(problem);
  const used = new Float64Array(goods);
  let [above, below] = [0, 0];
  rowsOf(problem, assignment).forEach((row, i) => {
    if (row >= 0) for (let g = 0; g < goods; g++) used[g]! += units[row * goods + g]!;
    const k = i + 1;
    if (k < from * n) return;
    for (let g = 0; g < goods; g++) {
      const line = (k * problem.capacities[g]!) / n;
      if (line === 0) continue;
      above = Math.max(above, used[g]! / line - 1);
      if (prices[g]! > 0) below = Math.max(below, 1 - used[g]! / line);
    }
  });
  return { above, below };
}

/**
 * Agents among `agents` (default all) who envy another of them by more than one object: whatever single unit is taken out of the other's bundle, they still
 * rank what is left above their own. Bundles that an agent does not list are worth nothing to it.
 */
export function envyBeyondOne(
  problem: OrdinalBatch,
  assignment: OrdinalOutcome['assignment'],
  agents: readonly number[] = Array.from({ length: problem.bundleStart.length - 1 }, (_, i) => i),
): number[] {
  const goods = problem.capacities.length;
  const units = unitTable(problem);
  const rows = rowsOf(problem, assignment);
  const keyOf = (row: Uint16Array) => row.join();
  const rowUnits = (t: number) => units.subarray(t * goods, (t + 1) * goods);
  // Bundles held, each once, with what is left of them when one unit is taken away.
  const held = new Map<string, string[]>();
  for (const i of agents) {
    if (rows[i]! < 0) continue;
    const bundle = rowUnits(rows[i]!);
    const key = keyOf(bundle);
    if (held.has(key)) continue;
    const less: string[] = [];
    bundle.forEach((x, g) => {
      if (x === 0) return;
      const smaller = bundle.slice();
      smaller[g]! -= 1;
      less.push(keyOf(smaller));
    });
    held.set(key, less);
  }
  return agents.filter((i) => {
    const [from, to] = [problem.bundleStart[i]!, problem.bundleStart[i + 1]!];
    const own = rows[i]! < 0 ? to : rows[i]!;
    const better = new Set<string>();
    for (let t = from; t < own; t++) better.add(keyOf(rowUnits(t)));
    for (const [key, less] of held) if (better.has(key) && less.every((smaller) => better.has(smaller))) return true;
    return false;
  });
}

/** Share of agents without a bundle in each fifth of the arrivals; agents who list nothing are left out. */
export function unservedByFifth(problem: OrdinalBatch, assignment: OrdinalOutcome['assignment']): number[] {
  const n = problem.bundleStart.length - 1;
  return Array.from({ length: 5 }, (_, k) => {
    let [all, none] = [0, 0];
    for (let i = Math.floor((k * n) / 5); i < Math.floor(((k + 1) * n) / 5); i++) {
      if (problem.bundleStart[i + 1] === problem.bundleStart[i]) continue;
      all += 1;
      if (Number(assignment[i]) < 0) none += 1;
    }
    return all === 0 ? 0 : none / all;
  });
}
