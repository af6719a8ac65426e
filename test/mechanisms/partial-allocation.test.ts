import { beforeAll, describe, expect, it } from 'vitest';
import { partialAllocation } from '../../src/mechanisms/partial-allocation.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { onlyProfile } from '../helpers/gradient.js';
import { testKernels } from '../helpers/kernels.js';
import { closeTo, drawInput, profileAt, solve, type Input } from '../helpers/proportional-fairness.js';
import { permuted, run, type Shape } from '../helpers/run.js';
import { utilitiesOf } from '../oracle/proportional-fairness.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

interface Allocated {
  readonly status: Int32Array;
  readonly residual: Float64Array;
  readonly allocation: Float64Array;
  readonly utilities: Float64Array;
  readonly fractions: Float64Array;
}

function allocate(shape: Shape, input: Input): Allocated {
  return run(kernels, partialAllocation, shape, input) as unknown as Allocated;
}

const one = (agents: number, items: number, input: Input): Allocated => allocate({ count: 1, agents, items }, input);

/**
 * The definition: f_i^{w_i} = Π_{j≠i} (u_j / u_j without i)^{w_j}, from one solve without each agent (its weight 0).
 */
function fractionsByDefinition(shape: Shape, input: Input, k: number): number[] {
  const { agents, items } = shape;
  const profile = onlyProfile(shape, input, k);
  const weights = profile.weights ?? new Float64Array(agents).fill(1);
  const single = { count: 1, agents, items };
  const full = solve(kernels, single, profile).utilities;
  return Array.from({ length: agents }, (_, i) => {
    if (!(full[i]! > 0)) return 1;
    const without = solve(kernels, single, { ...profile, weights: weights.map((w, j) => (j === i ? 0 : w)) });
    expect(without.status[0]).toBe(0);
    let log = 0;
    for (let j = 0; j < agents; j++) {
      if (j !== i && full[j]! > 0) log += weights[j]! * Math.log(full[j]! / without.utilities[j]!);
    }
    return Math.min(1, Math.exp(log / weights[i]!));
  });
}

/** Checks fractions against the definition, and amounts and utilities against fractions. */
function agree(shape: Shape, input: Input): Allocated {
  const { count, agents, items } = shape;
  const out = allocate(shape, input);
  const fair = solve(kernels, shape, input);
  for (let k = 0; k < count; k++) {
    expect(out.status[k], `status of profile ${k}`).toBe(0);
    fractionsByDefinition(shape, input, k).forEach((f, i) => {
      const found = out.fractions[k * agents + i]!;
      expect(Math.abs(found - f), `fraction ${i} of profile ${k}: ${found}, expected ${f}`).toBeLessThanOrEqual(1e-12);
      expect(found).toBeGreaterThan(0);
      expect(found).toBeLessThanOrEqual(1);
    });
    utilitiesOf(
      profileAt(shape, input, k),
      Array.from({ length: agents }, (_, i) => [
        ...out.allocation.subarray((k * agents + i) * items, (k * agents + i + 1) * items),
      ]),
    ).forEach((u, i) => expect(Math.abs(out.utilities[k * agents + i]! - u)).toBeLessThanOrEqual(1e-13 * u));
  }
  out.allocation.forEach((a, j) => expect(a).toBe(out.fractions[Math.floor(j / items)]! * fair.allocation[j]!));
  expect([...out.residual]).toEqual([...fair.residual]);
  return out;
}

describe('Partial Allocation, known answers', () => {
  it('Figure 2 of Zeng et al. 2023: fractions 3/5 and 1/2, with demands 1 or 2 or none', () => {
    for (const demand of [1, 2, undefined]) {
      const demands = demand === undefined ? {} : { demands: new Float64Array(4).fill(demand) };
      const out = one(2, 2, { values: Float64Array.of(1, 0.5, 1, 0.25), ...demands });
      closeTo(out.fractions, [3 / 5, 1 / 2], 1e-12);
      closeTo(out.utilities, [9 / 20, 3 / 8], 1e-12);
      out.allocation.forEach((a, j) => expect(Math.abs(a - [3 / 20, 3 / 5, 3 / 8, 0][j]!)).toBeLessThan(1e-9));
    }
  });

  it('one item, equal weights: everybody keeps (1 − 1/n)^(n−1) of 1/n', () => {
    for (const n of [2, 3, 7]) {
      const out = one(n, 1, { values: new Float64Array(n).fill(1) });
      closeTo(out.fractions, Array<number>(n).fill((1 - 1 / n) ** (n - 1)), 1e-12);
    }
  });

  it('weights 1 and 2 on one item: f = (2/3)^2 and (1/3)^(1/2)', () => {
    const out = one(2, 1, { values: Float64Array.of(1, 1), weights: Float64Array.of(1, 2) });
    closeTo(out.fractions, [4 / 9, Math.sqrt(1 / 3)], 1e-12);
    closeTo(out.allocation, [4 / 27, (2 / 3) * Math.sqrt(1 / 3)], 1e-12);
  });

  it('is not truthful in demands: 0.24 for demand 0.4, 0.25 for demand 1', () => {
    const values = Float64Array.of(1, 1);
    const truth = one(2, 1, { values, demands: Float64Array.of(0.4, 1) });
    const lie = one(2, 1, { values, demands: Float64Array.of(1, 1) });
    closeTo(truth.utilities, [0.24, 0.6], 1e-12);
    expect(Math.abs(Math.min(0.4, lie.allocation[0]!) - 0.25)).toBeLessThanOrEqual(1e-12);
  });
});

describe('fractions are those of N separate solves without each agent, to 1e-12', () => {
  for (const [agents, items] of [
    [1, 1],
    [1, 3],
    [5, 1],
    [2, 2],
    [3, 3],
    [6, 4],
    [10, 3],
  ] as const) {
    it(`${agents} agents, ${items} items, drawn: scarce, abundant, weighted, without demands`, ({ task }) => {
      const draw = new Draw(task.name);
      const shape = { count: 8, agents, items };
      const weights = draw.reals(8 * agents, 0.5, 3);
      agree(shape, drawInput(draw, shape, agents / 2));
      agree(shape, drawInput(draw, shape, agents / 10));
      agree(shape, { ...drawInput(draw, shape, 0.7, 0.2), weights });
      agree(shape, { values: draw.reals(8 * agents * items), budgets: draw.reals(8 * items, 0, 2), weights });
    });

    it(`${agents} agents, ${items} items, small integers with ties, some agents of weight 0`, ({ task }) => {
      const draw = new Draw(task.name);
      const shape = { count: 15, agents, items };
      const size = 15 * agents * items;
      const values = draw.integers(size, 0, 3);
      agree(shape, { values });
      agree(shape, { values, demands: draw.integers(size, 0, 2).map((x) => x / 2) });
      agree(shape, { values, weights: draw.integers(15 * agents, 0, 2) });
    });
  }
});

describe('Partial Allocation', () => {
  it('leaves everybody at least 1/e of proportional fairness when weights are equal', ({ task }) => {
    const draw = new Draw(task.name);
    let least = 1;
    for (const [agents, items] of [
      [2, 2],
      [10, 3],
      [30, 2],
    ] as const) {
      const shape = { count: 100, agents, items };
      const weights = new Float64Array(agents).fill(3);
      for (const budget of [1, agents / 10]) {
        const out = allocate(shape, { ...drawInput(draw, shape, budget), weights });
        least = Math.min(least, ...out.fractions);
      }
      least = Math.min(least, ...allocate(shape, { values: new Float64Array(100 * agents * items).fill(1) }).fractions);
    }
    expect(least).toBeGreaterThanOrEqual(Math.exp(-1));
    expect(least).toBeLessThan(0.375);
  });

  it('is proportional fairness, bit for bit, where nothing is scarce', ({ task }) => {
    const shape = { count: 20, agents: 4, items: 3 };
    const input = drawInput(new Draw(task.name), shape, 4);
    const out = allocate(shape, input);
    expect(out.fractions.every((f) => f === 1)).toBe(true);
    const fair = solve(kernels, shape, input);
    expect([...out.allocation]).toEqual([...fair.allocation]);
    expect([...out.utilities]).toEqual([...fair.utilities]);
  });

  it('gives an agent who can gain nothing nothing, fraction 1, and the others what they have without it', ({
    task,
  }) => {
    const draw = new Draw(task.name);
    const values = draw.reals(6, 0.1, 1);
    const plain = one(3, 2, { values });
    const demands = Float64Array.of(1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1);
    const weights = Float64Array.of(1, 1, 1, 1, 1, 0);
    const out = one(6, 2, { values: Float64Array.of(...values, 1, 1, 0, 0, 1, 1), demands, weights });
    expect([...out.fractions.subarray(3)]).toEqual([1, 1, 1]);
    expect([...out.allocation.subarray(6)].every((a) => a === 0)).toBe(true);
    closeTo(out.fractions.subarray(0, 3), plain.fractions, 1e-12);
    const nobody = one(2, 1, { values: Float64Array.of(0, 0) });
    expect([nobody.status[0], nobody.fractions[0], nobody.allocation[0]]).toEqual([0, 1, 0]);
  });

  for (const [agents, items, weighted, budget] of [
    [2, 2, false, 1],
    [3, 3, true, 1],
    [4, 2, true, 0.5],
    [2, 4, false, 0.7],
  ] as const) {
    it(`no lie about values gains 1e-9: ${agents} agents, ${items} items, supply ${budget}${weighted ? ', weighted' : ''}`, ({
      task,
    }) => {
      const draw = new Draw(task.name);
      const lies = 60;
      const shape = { count: lies + 1, agents, items };
      const each = agents * items;
      let most = -Infinity;
      let moved = 0;
      for (let trial = 0; trial < 12; trial++) {
        const single = { count: 1, agents, items };
        const { values, demands, budgets } = drawInput(draw, single, budget, 0.2);
        const weights = weighted ? draw.reals(agents, 0.5, 3) : new Float64Array(agents).fill(1);
        for (let i = 0; i < agents; i++) {
          const reports = Float64Array.from({ length: shape.count * each }, (_, j) => {
            const truth = values[j % each]!;
            if (j < each || Math.floor((j % each) / items) !== i) return truth;
            // Far lies, near ones, and lies about single items.
            const kind = Math.floor(j / each) % 3;
            return kind === 0
              ? draw.unit()
              : kind === 1
                ? truth * (1 + 0.02 * (draw.unit() - 0.5))
                : draw.integer(0, 1);
          });
          const out = allocate(shape, { values: reports, demands, budgets, weights });
          const utility = (k: number): number => {
            let u = 0;
            for (let m = 0; m < items; m++) u += values[i * items + m]! * out.allocation[k * each + i * items + m]!;
            return u;
          };
          for (let k = 1; k <= lies; k++) {
            most = Math.max(most, utility(k) - utility(0));
            if (utility(k) < utility(0) - 1e-6) moved++;
          }
        }
      }
      expect(most).toBeLessThanOrEqual(1e-9);
      expect(moved).toBeGreaterThan(100);
    });
  }

  it('permuting agents and items permutes fractions and amounts', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 20, agents: 5, items: 3 };
    const input = { ...drawInput(draw, shape, 1, 0.3), weights: draw.reals(100, 0.5, 2) };
    const [agents, items] = [draw.permutation(5), draw.permutation(3)];
    const entries = (data: Float64Array) => permuted(data, shape, agents, items);
    const perAgent = (data: Float64Array) => permuted(data, { ...shape, items: 1 }, agents, [0]);
    const plain = allocate(shape, input);
    const out = allocate(shape, {
      values: entries(input.values),
      demands: entries(input.demands),
      budgets: input.budgets,
      weights: perAgent(input.weights),
    });
    closeTo(out.fractions, perAgent(plain.fractions), 1e-11);
    entries(plain.allocation).forEach((a, j) => expect(Math.abs(out.allocation[j]! - a)).toBeLessThanOrEqual(1e-10));
  });

  it('a profile alone, in a batch and backwards: the same bits', ({ task }) => {
    const draw = new Draw(task.name);
    const shape = { count: 7, agents: 4, items: 3 };
    const tied = (j: number): boolean => Math.floor(j / 12) % 3 === 1;
    const values = draw
      .reals(84, 0.1, 1)
      .map((v, j) => (tied(j) ? Math.round(2 * v) : Math.floor(j / 12) === 5 ? 0 : v));
    const demands = draw.reals(84, 0, 1);
    const turn = (data: Float64Array): Float64Array =>
      Float64Array.from({ length: 84 }, (_, j) => data[(6 - Math.floor(j / 12)) * 12 + (j % 12)]!);
    const all = allocate(shape, { values, demands });
    const backwards = allocate(shape, { values: turn(values), demands: turn(demands) });
    for (let k = 0; k < 7; k++) {
      const alone = one(4, 3, onlyProfile(shape, { values, demands }, k));
      for (const name of ['status', 'residual', 'allocation', 'utilities', 'fractions'] as const) {
        const each = all[name].length / 7;
        const part = (data: Allocated, p: number) => [...data[name].subarray(p * each, (p + 1) * each)];
        expect(part(alone, 0), `${name} of profile ${k}`).toEqual(part(all, k));
        expect(part(backwards, 6 - k), `${name} of profile ${k}`).toEqual(part(all, k));
      }
    }
  });
});
