import highsLoader from 'highs';

const highs = await (highsLoader as unknown as typeof highsLoader.default)();

/** One agent's row: low <= a.x <= high. */
export interface Row {
  readonly a: readonly number[];
  readonly low: number;
  readonly high: number;
}

/** One profile under caps and constraints. */
export interface WelfareProblem {
  readonly values: readonly (readonly number[])[];
  readonly demands: readonly (readonly number[])[];
  readonly budgets: readonly number[];
  readonly weights: readonly number[];
  readonly caps: readonly number[];
  readonly rows: readonly (readonly Row[])[];
  /** V_i <= constant + slopes.x, beside V_i <= v_i.x_i. */
  readonly pieces?: readonly (readonly { readonly constant: number; readonly slopes: readonly number[] }[])[];
}

/** A concave function of a utility. */
export interface Concave {
  value(V: number): number;
  slope(V: number): number;
}

export const power = (gamma: number): Concave => ({
  value: (V) => welfareOf(gamma, V),
  slope: (V) => V ** (gamma - 1),
});

const term = (coefficient: number, name: string): string =>
  `${coefficient < 0 ? '-' : '+'} ${Math.abs(coefficient)} ${name}`;
const sum = (coefficients: readonly number[], name: (m: number) => string): string =>
  coefficients.map((x, m) => (x === 0 ? '' : term(x, name(m)))).join(' ');

/** Supplies, demands, rows, and V_i = v_i.x_i <= B_i. */
function feasible({ values, demands, budgets, caps, rows, pieces }: WelfareProblem): {
  lines: string[];
  bounds: string[];
} {
  const lines = budgets.map((b, m) => ` s${m}: ${values.map((_, i) => term(1, `x${i}_${m}`)).join(' ')} <= ${b}`);
  const bounds: string[] = [];
  values.forEach((row, i) => {
    lines.push(` u${i}: ${sum(row, (m) => `x${i}_${m}`)} - 1 V${i} ${pieces ? '>=' : '='} 0`);
    pieces?.[i]!.forEach(({ constant, slopes }, l) => {
      lines.push(` p${i}_${l}: ${sum(slopes, (m) => `x${i}_${m}`)} - 1 V${i} >= ${-constant}`);
    });
    bounds.push(` 0 <= V${i}${caps[i]! < Infinity ? ` <= ${caps[i]!}` : ''}`);
    row.forEach((_, m) => bounds.push(` 0 <= x${i}_${m} <= ${Math.min(demands[i]![m]!, budgets[m]!)}`));
    rows[i]!.forEach(({ a, low, high }, r) => {
      if (a.every((x) => x === 0)) return;
      const left = sum(a, (m) => `x${i}_${m}`);
      if (high < 1e20) lines.push(` h${i}_${r}: ${left} <= ${high}`);
      if (low > -1e20) lines.push(` l${i}_${r}: ${left} >= ${low}`);
    });
  });
  return { lines, bounds };
}

/** Solves a programme in the text form of CPLEX; the value, and the V that give it. */
function solve(
  objective: string,
  lines: readonly string[],
  bounds: readonly string[],
  agents: number,
): { value: number; V: number[] } {
  const text = ['Maximize', ` obj: ${objective}`, 'Subject To', ...lines, 'Bounds', ...bounds, 'End'].join('\n');
  const answer = highs.solve(text, { primal_feasibility_tolerance: 1e-10, dual_feasibility_tolerance: 1e-10 });
  if (answer.Status !== 'Optimal') throw new Error(`the programme is ${answer.Status}`);
  const columns = answer.Columns as Record<string, { Primal: number }>;
  return { value: answer.ObjectiveValue, V: Array.from({ length: agents }, (_, i) => columns[`V${i}`]!.Primal) };
}

/** Most that agent i can reach alone. */
export function alone(problem: WelfareProblem, i: number): number {
  const { lines, bounds } = feasible(problem);
  return solve(`1 V${i}`, lines, bounds, problem.values.length).value;
}

export const welfareOf = (gamma: number, V: number): number => (gamma === 0 ? Math.log(V) : V ** gamma / gamma);

/**
 * Largest sum of w F(V), F a power of that exponent or any concave function, by outer approximation: each F is replaced by the least of its tangents, the programme solved, and a tangent added where
 * it ended (Kelley, 1960). Ends with a bound and a feasible value `tolerance` apart. Agents that can reach nothing are left out.
 */
export function largestWelfare(
  problem: WelfareProblem,
  F: Concave | number,
  tolerance = 1e-9,
): { value: number; bound: number; V: number[] } {
  const agents = problem.values.length;
  const { lines, bounds } = feasible(problem);
  const reach = problem.values.map((_, i) => (problem.weights[i]! > 0 && problem.caps[i]! > 0 ? alone(problem, i) : 0));
  const live = reach.map((_, i) => i).filter((i) => reach[i]! > 1e-9);
  if (live.length === 0) return { value: 0, bound: 0, V: reach.map(() => 0) };
  if (F === 1) {
    const { value, V } = solve(live.map((i) => term(problem.weights[i]!, `V${i}`)).join(' '), lines, bounds, agents);
    return { value, bound: value, V };
  }
  const f = typeof F === 'number' ? power(F) : F;
  const cuts = [...lines];
  const free = [...bounds, ...live.map((i) => ` t${i} free`)];
  const tangent = (i: number, at: number) => {
    const slope = f.slope(at);
    cuts.push(` c${cuts.length}: 1 t${i} ${term(-slope, `V${i}`)} <= ${f.value(at) - slope * at}`);
  };
  for (const i of live) for (const share of [1, 0.5, 0.1, 0.01]) tangent(i, share * reach[i]!);
  let best = -Infinity;
  for (let round = 0; round < 60; round++) {
    const { value: bound, V } = solve(
      live.map((i) => term(problem.weights[i]!, `t${i}`)).join(' '),
      cuts,
      free,
      agents,
    );
    const value = live.reduce((total, i) => total + problem.weights[i]! * f.value(Math.max(V[i]!, 1e-12)), 0);
    best = Math.max(best, value);
    if (bound - best <= tolerance * Math.max(1, Math.abs(bound))) return { value: best, bound, V };
    for (const i of live) tangent(i, Math.max(V[i]!, 1e-9 * reach[i]!));
  }
  throw new Error('the tangents did not close the gap');
}

/** Leximin of V / w: raises the level, then fixes whoever cannot be above it while all others keep theirs (a programme an agent). */
export function leximinUtilities(problem: WelfareProblem): number[] {
  const agents = problem.values.length;
  const { lines, bounds } = feasible(problem);
  const reach = problem.values.map((_, i) => (problem.weights[i]! > 0 && problem.caps[i]! > 0 ? alone(problem, i) : 0));
  const levels: number[] = reach.map((r) => (r > 1e-9 ? -1 : 0));
  while (levels.some((level) => level < 0)) {
    const free = levels.map((_, i) => i).filter((i) => levels[i]! < 0);
    const floor = levels.flatMap((level, i) =>
      level > 0 ? [` f${i}: 1 V${i} >= ${level * problem.weights[i]! * (1 - 1e-9)}`] : [],
    );
    const equal = free.map((i) => ` e${i}: 1 V${i} - ${problem.weights[i]!} t >= 0`);
    const level = solve('1 t', [...lines, ...floor, ...equal], bounds, agents).value;
    let fixed = 0;
    for (const i of free) {
      const others = free
        .filter((j) => j !== i)
        .map((j) => ` e${j}: 1 V${j} >= ${level * problem.weights[j]! * (1 - 1e-9)}`);
      if (
        solve(`1 V${i}`, [...lines, ...floor, ...others], bounds, agents).value >
        level * problem.weights[i]! * (1 + 1e-6)
      )
        continue;
      levels[i] = level;
      fixed += 1;
    }
    if (fixed === 0) throw new Error('nobody could be fixed');
  }
  return levels.map((level, i) => level * problem.weights[i]!);
}
