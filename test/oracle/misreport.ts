import { profileBatch, type Engine, type Mechanism, type ProfileBatch } from 'evenhand';
import type { NamedArrays } from '../../src/types.js';
import { Draw } from '../helpers/draw.js';

/** One profile; demands may exceed the supply. */
export interface Problem {
  readonly values: readonly (readonly number[])[];
  readonly demands: readonly (readonly number[])[];
  readonly budgets: readonly number[];
  readonly weights: readonly number[];
}

/** Where reports lie. */
export interface Box {
  readonly values: readonly [number, number];
  readonly demands: readonly [number, number];
  readonly demandsToo: boolean;
}

export function problem(
  values: Problem['values'],
  { demands, budgets, weights }: Partial<Omit<Problem, 'values'>> = {},
): Problem {
  const supplies = budgets ?? values[0]!.map(() => 1);
  return {
    values,
    demands: demands ?? values.map(() => supplies),
    budgets: supplies,
    weights: weights ?? values.map(() => 1),
  };
}

/** Profiles of one shape as the arrays of a batch. */
export function arraysOf(problems: readonly Problem[]): NamedArrays {
  const [count, agents, items] = [problems.length, problems[0]!.weights.length, problems[0]!.budgets.length];
  const of = (shape: number[], pick: (p: Problem) => readonly number[]) => ({
    shape: [count, ...shape],
    data: Float64Array.from(problems.flatMap(pick)),
  });
  return {
    values: of([agents, items], (p) => p.values.flat()),
    demands: of([agents, items], (p) => p.demands.flat()),
    budgets: of([items], (p) => p.budgets),
    weights: of([agents], (p) => p.weights),
  };
}

export function batchOf(problems: readonly Problem[]): ProfileBatch {
  return profileBatch(arraysOf(problems));
}

/** The profile in which agent i reports other values and demands. */
export function reporting(p: Problem, i: number, values: readonly number[], demands: readonly number[]): Problem {
  const swap = <T>(rows: readonly T[], row: T): T[] => rows.map((own, j) => (j === i ? row : own));
  return { ...p, values: swap(p.values, values), demands: swap(p.demands, demands) };
}

/** What agent i of the profile really has from amounts. */
export function trueUtility(p: Problem, i: number, amounts: ArrayLike<number>): number {
  let sum = 0;
  p.budgets.forEach((b, m) => (sum += p.values[i]![m]! * Math.min(amounts[m]!, Math.min(p.demands[i]![m]!, b))));
  return sum;
}

/** True utilities of agent i under reports [values, demands], by solving each as a profile of its own. */
export async function utilitiesUnder(
  engine: Engine,
  rule: Mechanism,
  p: Problem,
  i: number,
  reports: readonly (readonly number[])[],
): Promise<number[]> {
  const items = p.budgets.length;
  const lies = reports.map((report) => reporting(p, i, report.slice(0, items), report.slice(items)));
  const { allocation, status } = await engine.allocate(rule, batchOf(lies));
  return lies.map((_, c) => {
    const row = (c * p.weights.length + i) * items;
    return status[c]! > 1 ? -1 : trueUtility(p, i, allocation!.subarray(row, row + items));
  });
}

/** The most that agent i's true utility rises by, of many random reports and of those near the best: knows nothing of the rule. */
export async function bruteForce(
  engine: Engine,
  rule: Mechanism,
  p: Problem,
  i: number,
  box: Box,
  seed: string,
): Promise<number> {
  const draw = new Draw(seed);
  const items = p.budgets.length;
  const truth = [...p.values[i]!, ...p.demands[i]!];
  const range = (l: number) =>
    l < items ? box.values : [box.demands[0], Math.min(box.demands[1], p.budgets[l - items]!)];
  const free = truth.map((_, l) => l < items || box.demandsToo);
  const any = (l: number): number => {
    const [low, high] = range(l) as [number, number];
    const kind = draw.unit();
    return kind < 0.15 ? low : kind < 0.3 ? high : low + (high - low) * draw.unit();
  };
  let best: { value: number; report: readonly number[] }[] = [];
  const offer = async (reports: readonly (readonly number[])[]): Promise<void> => {
    const values = await utilitiesUnder(engine, rule, p, i, reports);
    const all = [...best, ...reports.map((report, c) => ({ report, value: values[c]! }))];
    best = all.sort((a, b) => b.value - a.value).slice(0, 4);
  };
  await offer([truth]);
  const truthful = best[0]!.value;
  await offer(Array.from({ length: 600 }, () => truth.map((x, l) => (free[l] ? any(l) : x))));
  for (let size = 0.2; size > 1e-6; size /= 2) {
    await offer(
      Array.from({ length: 60 }, (_, c) =>
        best[c % best.length]!.report.map((x, l) => {
          if (!free[l] || draw.unit() < 0.3) return x;
          if (draw.unit() < 0.03) return any(l);
          const [low, high] = range(l) as [number, number];
          return Math.min(Math.max(x + size * (high - low) * (2 * draw.unit() - 1), low), high);
        }),
      ),
    );
  }
  return best[0]!.value - truthful;
}
