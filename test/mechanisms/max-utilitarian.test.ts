import { beforeAll, describe, expect, it } from 'vitest';
import { maxUtilitarian } from '../../src/mechanisms/max-utilitarian.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { measure, run } from '../helpers/run.js';
import { rows } from '../oracle/round-robin.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

/** Agents x items, odd and even numbers of items. */
const SHAPES = [
  [1, 1],
  [1, 2],
  [2, 1],
  [5, 10],
  [5, 11],
  [10, 3],
  [3, 65],
  [40, 40],
] as const;

describe('maximum utilitarian welfare', () => {
  for (const [agents, items] of SHAPES) {
    it(`gives each item to the first of those who value it most, ${agents} agents and ${items} items`, ({ task }) => {
      const draw = new Draw(task.name);
      const shape = { count: 10, agents, items };
      const size = shape.count * agents * items;
      for (const values of [draw.reals(size), draw.integers(size, 0, 2), new Float64Array(size)]) {
        const out = run(kernels, maxUtilitarian, shape, { values });
        for (let p = 0; p < shape.count; p++) {
          const v = rows(values, p, agents, items);
          const owner = v[0]!.map((_, m) => v.map((row) => row[m]!).indexOf(Math.max(...v.map((row) => row[m]!))));
          const utilities = v.map((row, i) => row.reduce((sum, x, m) => (owner[m] === i ? sum + x : sum), 0));
          expect([...out.owner.subarray(p * items, (p + 1) * items)]).toEqual(owner);
          expect([...out.utilities.subarray(p * agents, (p + 1) * agents)]).toEqual(utilities);
        }
        expect([...out.status, ...out.residual]).toEqual(Array(20).fill(0));
        expect(measure(kernels, 'feasibility', shape, { values }, { owner: out.owner })).toEqual(Array(10).fill(0));
      }
    });
  }

  it('takes one array for every profile', () => {
    const out = run(
      kernels,
      maxUtilitarian,
      { count: 2, agents: 2, items: 3 },
      { values: Float64Array.of(1, 5, 2, 2, 4, 2) },
    );
    expect([...out.owner]).toEqual([1, 0, 0, 1, 0, 0]);
  });
});
