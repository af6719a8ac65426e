import { describe, expect, it } from 'vitest';
import { leximin } from '../../src/mechanisms/leximin.js';
import { welfarist } from '../../src/mechanisms/welfarist.js';
import { testKernels } from '../helpers/kernels.js';
import { solveInstance, type Instance } from '../helpers/welfare.js';

// Instances whose utilities are known in closed form; they sit on boundaries where a slack and its dual vanish together, so utilities are as far off as the square root of
// the gap (residuals here end near 1e-10).
const kernels = testKernels();
const CLOSE = 2e-5;

function utilities(
  values: number[][],
  gamma: number,
  equal: number[] = [],
  more: Instance['arrays'] = {},
  sizes = {},
): number[] {
  const shape = { count: 1, agents: values.length, items: values[0]!.length, ...sizes };
  const instance = { shape, arrays: { values: Float64Array.from(values.flat()), ...more }, equal };
  const rule = gamma === -Infinity ? leximin : welfarist;
  const result = solveInstance(kernels, rule, instance, { gamma });
  expect(result.status[0]).toBe(0);
  return [...result.utilities];
}

/** Smallest ratio of the others' utilities with the constraint over without. */
function q(values: number[][], gamma: number, equal: number[]): number {
  const before = utilities(values, gamma);
  const after = utilities(values, gamma, equal);
  return Math.min(...before.map((u, i) => (equal.includes(i) || u < 1e-7 ? 1 : after[i]! / u)));
}

const near = (found: number, expected: number) => expect(Math.abs(found - expected)).toBeLessThan(CLOSE);

describe('externality of a constraint on two agents: q = 1 / (1 + s^(γ/(1−γ)))', () => {
  const s = 1e-2;
  for (const [gamma, expected] of [
    [0.5, 0.990099],
    [0.1, 0.625202],
    [0, 0.5],
    [-1, 0.0909091],
    [-2, 0.044357],
    [-Infinity, 0.009901],
  ] as const) {
    it(`γ = ${gamma}`, () => near(constrainedPair(s, gamma), expected));
  }

  /** Agent 0 values item 0 only but wants both in equal amounts: a row. */
  function constrainedPair(scale: number, gamma: number): number {
    const values = [
      [scale, 0],
      [0, 1],
    ];
    const rows = {
      constraint_matrix: Float64Array.of(1, -1, 0, 0),
      constraint_lower: Float64Array.of(0, 0),
      constraint_upper: Float64Array.of(0, 0),
    };
    return utilities(values, gamma, [], rows, { rows: 1 })[1]! / utilities(values, gamma)[1]!;
  }
});

describe('k agents that want their own item and the victim’s equally leave it 1 / (k + 1)', () => {
  for (const gamma of [0, -Infinity]) {
    for (const k of [1, 2, 3, 5]) {
      it(`γ = ${gamma}, k = ${k}`, () => {
        // Agent 0 is the victim. Each other values its own item, and the victim's item by a hair, so that both are in its bundle.
        const hair = 1e-9;
        const values = Array.from({ length: k + 1 }, (_, i) =>
          Array.from({ length: k + 1 }, (__, m) => (m === i ? 1 : m === 0 ? hair : 0)),
        );
        const equal = Array.from({ length: k }, (_, i) => i + 1);
        near(q(values, gamma, equal), 1 / (k + 1));
      });
    }
  }
});

describe('monotonicity of Nash welfare: p = n / (2n − 1)', () => {
  for (const n of [2, 3, 5, 20]) {
    it(`n = ${n}`, () => {
      // Agent 0 values all items, the others one each; it asks for n times as much of item 0 as of any other.
      const values = Array.from({ length: n }, (_, i) =>
        Array.from({ length: n }, (__, m) => (i === 0 || m === i ? 1 : 0)),
      );
      const before = utilities(values, 0)[0]!;
      const rows = n - 1;
      const matrix = new Float64Array(n * rows * n);
      for (let r = 0; r < rows; r++) {
        matrix[r * n] = 1;
        matrix[r * n + r + 1] = -n;
      }
      const zero = new Float64Array(n * rows);
      const after = utilities(
        values,
        0,
        [],
        { constraint_matrix: matrix, constraint_lower: zero, constraint_upper: zero },
        { rows },
      )[0]!;
      near(before / after, n / (2 * n - 1));
    });
  }
});

describe('monotonicity of the utilitarian rule has no bound: p = 1 / (M + 1)', () => {
  for (const M of [1, 9, 99]) {
    it(`M = ${M}`, () => {
      const values = [
        [1, M],
        [0, M + 0.5],
      ];
      near(utilities(values, 1)[0]! / utilities(values, 1, [0])[0]!, 1 / (M + 1));
    });
  }
});

describe('γ = 1 is the limit from below', () => {
  const same = (values: number[][], caps: number[], equal: number[] = []) => {
    const more = { caps: Float64Array.from(caps) };
    const limit = utilities(values, 1, equal, more);
    utilities(values, 0.9999, equal, more).forEach((u, i) => expect(Math.abs(u - limit[i]!)).toBeLessThan(1e-3));
  };

  it('where ties are split equally', () =>
    same(
      [
        [1, 1, 0.3],
        [1, 1, 0.2],
        [0.1, 1, 0.3],
      ],
      [0.9, Infinity, 2],
    ));

  it('where a cap binds', () =>
    same(
      [
        [1, 1, 1],
        [1, 1, 1],
        [1, 1, 1],
      ],
      [0.4, Infinity, 2],
    ));

  it('where an agent wants equal amounts', () =>
    same(
      [
        [2, 1, 1],
        [2, 1, 1],
        [2, 1, 1],
      ],
      [5, 5, 1.2],
      [0],
    ));
});
