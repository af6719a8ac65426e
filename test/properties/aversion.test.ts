import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { answerAt, drawAversion, solveAll } from '../helpers/fehr-schmidt.js';
import { testKernels } from '../helpers/kernels.js';
import { measure } from '../helpers/run.js';
import { objectiveOf, utilitiesOf, type Aversion } from '../oracle/fehr-schmidt.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

const NAMES = ['fs_loss', 'fs_gain', 'individual_tradeoff', 'pof_bertsimas', 'pof_caragiannis'] as const;

/** Utilities of the utilitarian optimum, tied items to the lowest agent, by sorting. */
function utopia({ values, shares }: Aversion): number[] {
  const u = values.map(() => 0);
  shares.forEach((b, j) => {
    let left = 1;
    for (const i of [...values.keys()].sort((x, y) => values[y]![j]! - values[x]![j]! || x - y)) {
      const amount = Math.min(left, b);
      u[i]! += values[i]![j]! * amount;
      left -= amount;
    }
  });
  return u;
}

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

function expected(p: Aversion, u: readonly number[]): Record<(typeof NAMES)[number], number> {
  const best = utopia(p);
  const ratios = best.map((x, i) => x / u[i]!).filter((x) => !Number.isNaN(x));
  return {
    fs_loss: sum(best) - sum(u),
    fs_gain: objectiveOf(p, u) - objectiveOf(p, best),
    individual_tradeoff: ratios.length === 0 ? 1 : Math.max(...ratios),
    pof_bertsimas: sum(best) > 0 ? 1 - sum(u) / sum(best) : 0,
    pof_caragiannis: sum(best) > 0 ? sum(best) / sum(u) : 1,
  };
}

function measured(p: Aversion, allocation: readonly (readonly number[])[], without: readonly string[] = []) {
  const shape = { count: 1, agents: p.alpha.length, items: p.shares.length };
  const all = {
    values: Float64Array.from(p.values.flat()),
    alpha: Float64Array.from(p.alpha),
    beta: Float64Array.from(p.beta),
    shares: Float64Array.from(p.shares),
  };
  const arrays = Object.fromEntries(Object.entries(all).filter(([name]) => !without.includes(name)));
  const result = { allocation: Float64Array.from(allocation.flat()) };
  return Object.fromEntries(NAMES.map((name) => [name, measure(kernels, name, shape, arrays, result)[0]!])) as Record<
    (typeof NAMES)[number],
    number
  >;
}

function close(found: Record<string, number>, wanted: Record<string, number>, tolerance = 1e-12): void {
  for (const [name, x] of Object.entries(wanted)) {
    if (Number.isFinite(x))
      expect(Math.abs(found[name]! - x), name).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(x)));
    else expect(found[name], name).toBe(x);
  }
}

interface Case {
  readonly a: number[][];
  readonly b: number[];
  readonly alpha: number[];
  readonly beta: number[];
  readonly u_star: number[];
  readonly loss: number;
  readonly gain: number;
}

const cases = JSON.parse(
  readFileSync(new URL('../fixtures/fehr-schmidt/cases.json', import.meta.url), 'utf8'),
) as Case[];

describe('the price of inequality aversion', () => {
  it.each(cases.map((each, k) => [k, each] as const))('meets fixture %i', (_, { a, b, alpha, beta, ...known }) => {
    const p = { values: a, shares: b, alpha, beta };
    const { allocation } = answerAt(p, solveAll(kernels, [p]));
    utopia(p).forEach((u, i) => expect(Math.abs(u - known.u_star[i]!)).toBeLessThanOrEqual(1e-12));
    close(measured(p, allocation), { fs_loss: known.loss, fs_gain: known.gain });
  });

  it('is what sorting gives, on optimal and on arbitrary allocations', ({ task }) => {
    const draw = new Draw(task.name);
    for (let k = 0; k < 60; k++) {
      const family = (['random', 'integers', 'sparse', 'equal'] as const)[k % 4]!;
      const p = drawAversion(draw, family, draw.integer(1, 6), draw.integer(1, 5), false);
      const { allocation } = answerAt(p, solveAll(kernels, [p]));
      close(measured(p, allocation), expected(p, utilitiesOf(p, allocation)));
      const equal = p.values.map((row) => row.map((_, j) => Math.min(p.shares[j]!, 1 / p.alpha.length)));
      close(measured(p, equal), expected(p, utilitiesOf(p, equal)));
    }
  });

  it('counts alpha and beta as 0.25 and shares as 1 where there are none', () => {
    const p = {
      values: [
        [1, 2],
        [2, 1],
        [0.5, 3],
      ],
      alpha: [0.25, 0.25, 0.25],
      beta: [0.25, 0.25, 0.25],
      shares: [1, 1],
    };
    const { allocation } = answerAt(p, solveAll(kernels, [p]));
    close(measured(p, allocation, ['alpha', 'beta', 'shares']), measured(p, allocation));
  });

  it('has no loss and no trade-off at the utilitarian optimum, and says infinity where an agent lost everything', () => {
    const p = {
      values: [
        [2, 1],
        [1, 2],
      ],
      alpha: [0.1, 0.1],
      beta: [0.1, 0.1],
      shares: [1, 1],
    };
    const [best, none] = [
      [
        [1, 0],
        [0, 1],
      ],
      [
        [1, 1],
        [0, 0],
      ],
    ] as const;
    close(measured(p, best), { fs_loss: 0, fs_gain: 0, individual_tradeoff: 1, pof_bertsimas: 0, pof_caragiannis: 1 });
    close(measured(p, none), {
      fs_loss: 1,
      individual_tradeoff: Infinity,
      pof_bertsimas: 0.25,
      pof_caragiannis: 4 / 3,
    });
  });

  it('gives tied items of x* to the lowest agent, on which the gain depends', () => {
    const p = {
      values: [
        [1, 1],
        [1, 1],
      ],
      alpha: [0.5, 0.5],
      beta: [0.5, 0.5],
      shares: [1, 1],
    };
    const even = [
      [1, 0],
      [0, 1],
    ];
    close(measured(p, even), { fs_loss: 0, fs_gain: 2, individual_tradeoff: 2 });
  });

  it('takes demands and budgets of other rules for the bounds of x*', () => {
    const shape = { count: 1, agents: 2, items: 1 };
    const arrays = { values: Float64Array.of(3, 1), demands: Float64Array.of(0.5, 2), budgets: Float64Array.of(1.5) };
    const result = { allocation: Float64Array.of(0.25, 1) };
    expect(measure(kernels, 'fs_loss', shape, arrays, result)[0]).toBe(3 * 0.5 + 1 - (0.75 + 1));
    expect(measure(kernels, 'fs_loss', shape, { values: arrays.values }, { owner: Int32Array.of(1) })[0]).toBe(2);
  });
});
