import { add, div, exp, log, mul, num, softmax, sub, type Num } from './reverse-mode.js';
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

/** Loss and shares of one profile from its scores. */
export function lossGraph(
  v: readonly (readonly number[])[],
  scores: readonly Num[],
  target: readonly number[],
  softness: number,
  options: SoftOptions,
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
  const logs = target.map((i, m) => log(add(shares[i]![m]!, num(1e-9))));
  return { loss: div(add(...logs), num(-target.length)), shares };
}
