import { add, div, exp, least, log, mul, num, softmax, sub, type Num } from './reverse-mode.js';
import { softGraph, type SoftOptions } from './soft-round-robin.js';

/** Five features a row: W (5 x H), b (H), w (H), b. */
export function scoreGraph(
  features: readonly (readonly number[])[],
  parameters: readonly Num[],
  hidden: number,
): Num[] {
  const p = (k: number) => parameters[k]!;
  return features.map((f) => {
    const nodes = Array.from({ length: hidden }, (_, k) => {
      const x = add(p(5 * hidden + k), ...f.map((y, c) => mul(num(y), p(c * hidden + k))));
      return div(num(1), add(num(1), exp(sub(num(0), x))));
    });
    return add(p(7 * hidden), ...nodes.map((h, k) => mul(h, p(6 * hidden + k))));
  });
}

/** SoftSort of scores whose ranks, the lower agent first among equals, are added as constants. */
export function sortGraph(scores: readonly Num[], softness: number): Num[][] {
  const order = scores.map((_, i) => i).sort((a, b) => scores[b]!.value - scores[a]!.value || a - b);
  const apart = scores.map((s, i) => add(s, num(scores.length - 1 - order.indexOf(i))));
  return order.map((i) =>
    softmax(
      apart.map((s) => {
        const d = sub(apart[i]!, s);
        return div(mul(d, d), num(-softness));
      }),
    ),
  );
}

const product = (a: readonly (readonly Num[])[], b: readonly (readonly Num[])[]): Num[][] =>
  a.map((row) => b[0]!.map((_, c) => add(...row.map((x, k) => mul(x, b[k]![c]!)))));

/** Envy that one item does not explain: each ordered pair by itself, a bundle as the list of what its items are worth. */
export function envyGraph(
  v: readonly (readonly number[])[],
  shares: readonly (readonly Num[])[],
  perGood: boolean,
): Num {
  const worth = (i: number, j: number) => shares[j]!.map((a, m) => mul(num(v[i]![m]!), a));
  const positive = (x: Num) => (x.value > 0 ? x : num(0));
  const pairs = v.flatMap((_, i) => v.flatMap((_, j) => (i === j ? [] : [[i, j] as const])));
  const envies = pairs.map(([i, j]) => {
    const bundle = worth(i, j);
    const without = bundle.map((_, m) =>
      positive(sub(add(...bundle.filter((_, k) => k !== m), num(0)), add(...worth(i, i)))),
    );
    return perGood ? div(add(...without), num(bundle.length)) : least(without);
  });
  return div(add(...envies, num(0)), num(v.length));
}

interface LossOptions extends SoftOptions {
  readonly envy?: number;
  readonly perGood?: boolean;
}

/** Loss and shares of one profile from its scores; `target` [N][M] are shares. */
export function lossGraph(
  v: readonly (readonly number[])[],
  scores: readonly Num[],
  target: readonly (readonly number[])[],
  softness: number,
  options: LossOptions,
): { readonly loss: Num; readonly shares: Num[][] } {
  const P = sortGraph(scores, softness);
  const R = softGraph(
    product(
      P,
      v.map((row) => row.map(num)),
    ),
    options,
  );
  const A = product(
    P.map((_, i) => P.map((row) => row[i]!)),
    R,
  );
  const shares = A.map((row) => row.map((x, m) => div(x, add(...A.map((other) => other[m]!)))));
  const logs = target.flatMap((row, i) => row.map((t, m) => mul(num(t), log(add(shares[i]![m]!, num(1e-9))))));
  const distance = div(add(...logs), num(-target[0]!.length));
  const { envy = 0, perGood = false } = options;
  return { loss: add(distance, mul(num(envy), envyGraph(v, shares, perGood))), shares };
}
