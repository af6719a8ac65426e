import { add, backward, div, least, mul, num, softmax, sub, type Num } from './reverse-mode.js';

export interface SoftOptions {
  readonly tau?: number;
  readonly leftover?: 'uniform' | 'masked';
  readonly normalize?: boolean;
  readonly order?: readonly number[];
}

/** SoftRR as published, one number at a time; what it returns remembers how it was made. */
export function softGraph(v: readonly (readonly Num[])[], options: SoftOptions = {}): Num[][] {
  const { tau = 0.01, leftover = 'uniform', normalize = false, order = v.map((_, i) => i) } = options;
  const [n, m] = [v.length, v[0]!.length];
  let left = v[0]!.map(() => num(1));
  let got = v.map((row) => row.map(() => num(0)));
  for (let pick = 0; pick < n * Math.ceil(m / n); pick++) {
    if (leftover === 'masked' && pick >= m) break;
    const agent = order[pick % n]!;
    const smallest = least(v[agent]!);
    const y = softmax(v[agent]!.map((x, j) => div(mul(add(sub(x, smallest), num(1)), left[j]!), num(tau))));
    got = got.map((row, i) => (i === agent ? row.map((x, j) => add(x, y[j]!)) : row));
    left = left.map((c, j) => mul(sub(num(1), y[j]!), c));
  }
  if (!normalize) return got;
  const sums = left.map((_, j) => add(...got.map((row) => row[j]!)));
  return got.map((row) => row.map((x, j) => div(x, sums[j]!)));
}

/** R. */
export function softOracle(v: readonly (readonly number[])[], options: SoftOptions = {}): number[][] {
  const graph = v.map((row) => row.map(num));
  return softGraph(graph, options).map((row) => row.map(({ value }) => value));
}

/** dl/dV of l = ⟨cotangent, R⟩. */
export function softGradientOracle(
  v: readonly (readonly number[])[],
  cotangent: readonly (readonly number[])[],
  options: SoftOptions = {},
): number[][] {
  const graph = v.map((row) => row.map(num));
  const R = softGraph(graph, options);
  backward(add(...R.flatMap((row, i) => row.map((x, j) => mul(x, num(cotangent[i]![j]!))))));
  return graph.map((row) => row.map(({ slope }) => slope));
}
