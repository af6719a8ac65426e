import highsLoader from 'highs';
import { aversionOf, utilitiesOf, type Aversion } from './fehr-schmidt.js';

// The package is CommonJS: what is imported is the loader itself, which its types call `default`.
const highs = await (highsLoader as unknown as typeof highsLoader.default)();

type Table = readonly (readonly number[])[];

export const OBJECTIVES = ['own', 'mean', 'chen-kempe', 'fehr-schmidt', 'max-envy', 'network-envy', 'floor'] as const;

/** One profile: weights of every agent on the seven objectives, and a network between agents. */
export interface Mix extends Aversion {
  readonly theta: Table; // [N][7]
  readonly network: Table; // [N][N]
}

const worth = (values: readonly number[], amounts: readonly number[]): number =>
  values.reduce((sum, v, j) => sum + v * amounts[j]!, 0);

/** The objective of agent `i`, part by part as its name says. */
export function ownObjective(p: Mix, allocation: Table, i: number): number {
  const u = utilitiesOf(p, allocation);
  const n = u.length;
  const total = u.reduce((a, b) => a + b, 0);
  const envy = allocation.map((row, k) => (k === i ? 0 : Math.max(0, worth(p.values[i]!, row) - u[i]!)));
  const parts = [
    u[i]!,
    total / n,
    total - u[i]!,
    -aversionOf(p, u, i),
    -Math.max(...envy),
    -envy.reduce((sum, e, k) => sum + p.network[i]![k]! * e, 0),
    Math.min(...u),
  ];
  return parts.reduce((sum, part, o) => sum + p.theta[i]![o]! * part, 0);
}

export function mixedObjective(p: Mix, allocation: Table): number {
  return p.values.reduce((sum, _, i) => sum + ownObjective(p, allocation, i), 0);
}

const signed = (x: number): string => (x < 0 ? `- ${-x}` : `+ ${x}`);

/**
 * The largest sum of objectives by HiGHS, from one variable for what each agent minds of each other one (all weights of envy and aversion >= 0) and no
 * variable for utilities.
 */
export function mixedOptimum(p: Mix): number {
  const { values, alpha, beta, shares, theta, network } = p;
  const n = values.length;
  const rows: string[] = [];
  const costs: string[] = [];
  // v_i·x_k times a factor.
  const bundle = (i: number, k: number, factor: number) =>
    values[i]!.flatMap((v, j) => (v * factor === 0 ? [] : [`${signed(v * factor)} x${k}_${j}`])).join(' ');
  const floor = theta.reduce((sum, row) => sum + row[6]!, 0);
  if (floor > 0) costs.push(`+ ${floor} t`);
  shares.forEach((_, j) => rows.push(`${values.map((__, i) => `+ 1 x${i}_${j}`).join(' ')} <= 1`));
  for (let i = 0; i < n; i++) {
    const [own, , , averse, greatest, local] = theta[i]! as [number, number, number, number, number, number];
    const mean = theta.reduce((sum, row) => sum + row[1]! / n, 0);
    const others = theta.reduce((sum, row, k) => sum + (k === i ? 0 : row[2]!), 0);
    costs.push(bundle(i, i, own + mean + others));
    if (floor > 0) rows.push(`t ${bundle(i, i, -1)} <= 0`);
    if (greatest > 0) costs.push(`- ${greatest} g${i}`);
    for (let k = 0; k < n; k++) {
      if (k === i) continue;
      if (averse > 0) {
        const [a, b] = [(averse * alpha[i]!) / (n - 1), (averse * beta[i]!) / (n - 1)];
        costs.push(`- 1 z${i}_${k}`);
        rows.push(`z${i}_${k} ${bundle(k, k, -a)} ${bundle(i, i, a)} >= 0`);
        rows.push(`z${i}_${k} ${bundle(i, i, -b)} ${bundle(k, k, b)} >= 0`);
      }
      if (greatest > 0) rows.push(`g${i} ${bundle(i, k, -1)} ${bundle(i, i, 1)} >= 0`);
      if (local * network[i]![k]! > 0) {
        costs.push(`- ${local * network[i]![k]!} e${i}_${k}`);
        rows.push(`e${i}_${k} ${bundle(i, k, -1)} ${bundle(i, i, 1)} >= 0`);
      }
    }
  }
  const bounds = values.flatMap((_, i) => shares.map((b, j) => ` 0 <= x${i}_${j} <= ${Math.min(b, 1)}`));
  const answer = highs.solve(
    [
      'Maximize',
      ` obj: ${costs.join(' ')}`,
      'Subject To',
      ...rows.map((row, r) => ` r${r}: ${row}`),
      'Bounds',
      ...bounds,
      'End',
    ].join('\n'),
    { primal_feasibility_tolerance: 1e-10, dual_feasibility_tolerance: 1e-10 },
  );
  if (answer.Status !== 'Optimal') throw new Error(`the programme is ${answer.Status}`);
  return answer.ObjectiveValue;
}
