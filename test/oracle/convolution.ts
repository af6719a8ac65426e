// EEF1-NN of given parameters in plain loops and double precision, one profile at a time, and what its training minimises.
import type { NetworkConfig } from 'evenhand';

type Plane = readonly (readonly number[])[];

/** The planes that the network reads: values; and the largest of each column, dealt to five planes by column. */
export function planesOf(values: Plane): number[][][] {
  const best = values[0]!.map((_, m) => values.reduce((b, row, i) => (row[m]! > values[b]![m]! ? i : b), 0));
  const dealt = (d: number) => values.map((row, i) => row.map((v, m) => (m % 5 === d && best[m] === i ? v : 0)));
  return [values.map((row) => [...row]), ...[0, 1, 2, 3, 4].map(dealt)];
}

/** A convolution of 3 x 3 taps: weight [3][3][inputs][outputs] flat, then a bias. */
function convolve(
  planes: readonly Plane[],
  outputs: number,
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
): number[][][] {
  const inputs = planes.length;
  const [rows, columns] = [planes[0]!.length, planes[0]![0]!.length];
  return Array.from({ length: outputs }, (_, o) =>
    Array.from({ length: rows }, (_, i) =>
      Array.from({ length: columns }, (_, m) => {
        let sum = bias[o]!;
        for (let dy = 0; dy < 3; dy++) {
          for (let dx = 0; dx < 3; dx++) {
            for (let c = 0; c < inputs; c++) {
              const x = planes[c]![i + dy - 1]?.[m + dx - 1] ?? 0;
              sum += x * weight[((3 * dy + dx) * inputs + c) * outputs + o]!;
            }
          }
        }
        return Math.tanh(sum);
      }),
    ),
  );
}

/** What the network says, N x M. */
export function outputOf({ hidden }: NetworkConfig, parameters: ArrayLike<number>, values: Plane): number[][] {
  const flat = Array.from(parameters);
  let planes = planesOf(values);
  let at = 0;
  for (let block = 0; block < 3; block++) {
    for (const outputs of [...hidden, 1]) {
      const size = 9 * planes.length * outputs;
      planes = convolve(planes, outputs, flat.slice(at, at + size), flat.slice(at + size, at + size + outputs));
      at += size + outputs;
    }
  }
  return planes[0]!;
}

/** Envy of shares A, over ordered pairs. */
export function violationOf(kind: 'good' | 'bundle' | 'ef1', V: Plane, A: Plane): number {
  let total = 0;
  V.forEach((v, i) =>
    A.forEach((bundle, j) => {
      if (i === j) return;
      const excess = v.map((x, m) => x * (bundle[m]! - A[i]![m]!));
      if (kind === 'good') excess.forEach((x) => (total += Math.max(0, x)));
      else {
        const left =
          excess.reduce((a, b) => a + b, 0) - (kind === 'ef1' ? Math.max(...v.map((x, m) => x * bundle[m]!)) : 0);
        total += Math.max(0, left);
      }
    }),
  );
  return total;
}

/** Shares from an output, and the loss. */
export function lossOf(
  z: Plane,
  V: Plane,
  target: readonly number[],
  how: {
    readonly temperature: number;
    readonly offset: number;
    readonly envy: number;
    readonly violation: 'good' | 'bundle' | 'ef1';
  },
): number {
  const A = z.map((row) => row.map(() => 0));
  let cross = 0;
  target.forEach((t, m) => {
    const x = z.map((row) => row[m]! / how.temperature);
    const most = Math.max(...x);
    const sum = x.reduce((s, y) => s + Math.exp(y - most), 0);
    x.forEach((y, i) => (A[i]![m] = Math.exp(y - most) / sum));
    cross -= how.offset > 0 ? Math.log(A[t]![m]! + how.offset) : x[t]! - most - Math.log(sum);
  });
  return cross / target.length + how.envy * violationOf(how.violation, V, A);
}
