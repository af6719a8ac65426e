import { beforeAll, describe, expect, it } from 'vitest';
import { Draw } from '../helpers/draw.js';
import { DENSE, ONE_SIDED, SLOPES, differentiateOne, type Gradients } from '../helpers/gradient.js';
import { testKernels } from '../helpers/kernels.js';
import { solve, type Input } from '../helpers/proportional-fairness.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import type { OptionValues } from '../../src/mechanisms/mechanism.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

/** Figure 2 of Zeng et al. 2023. */
const FIGURE = Float64Array.of(1, 0.5, 1, 0.25);
/** dl/da for l = a_11. */
const FIRST = [1, 0, 0, 0];

const two = (demand: number | undefined, values = FIGURE): Input =>
  demand === undefined ? { values } : { values, demands: new Float64Array(4).fill(demand) };
const gradient = (input: Input, cotangent = FIRST, options: OptionValues = {}): Gradients =>
  differentiateOne(kernels, 2, 2, input, cotangent, options);
function near(actual: ArrayLike<number>, expected: readonly number[], within = 1e-9): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((x, k) =>
    expect(Math.abs(actual[k]! - x), `element ${k} is ${actual[k]}`).toBeLessThanOrEqual(within),
  );
}

describe('the two-agent instance of Figure 2', () => {
  for (const method of ['structured', 'dense']) {
    it(`with demands 2 or none has a derivative: 1/4 in v_11, -1/2 in v_12, 1/2 in b_1, ${method}`, () => {
      for (const demand of [2, undefined]) {
        const out = gradient(two(demand), FIRST, { method });
        near(out.d_values, [1 / 4, -1 / 2, 0, 0]);
        near(out.d_budgets, [1 / 2, -1 / 4]);
        near(out.d_demands, [0, 0, 0, 0]);
        expect([out.status[0], out.rank_deficiency[0], out.weakly_active[0]]).toEqual([0, 0, 0]);
        expect(out.residual[0]).toBeLessThanOrEqual(1e-12);
      }
    });

    it(`with demands 1 has none (status 7, one rank missing), and the same slopes in v, ${method}`, () => {
      const out = gradient(two(1), FIRST, { method });
      near(out.d_values, [1 / 4, -1 / 2, 0, 0]);
      expect(Math.abs(out.d_budgets[0]! - 1 / 2)).toBeLessThanOrEqual(1e-9);
      expect([out.status[0], out.rank_deficiency[0]]).toEqual([7, 1]);
      expect(out.residual[0]).toBeLessThanOrEqual(1e-12);
    });
  }

  it('with demands 1 has right-hand derivatives: 1/8 in b_2, though the formula gives another number', () => {
    const out = gradient(two(1), FIRST, ONE_SIDED);
    expect(out.status[0]).toBe(0);
    near(out.d_budgets, [1 / 2, 1 / 8], 1e-6);
    near(out.d_values, [1 / 4, -1 / 2, 0, 0], 1e-6);
    // Raising a demand alone changes nothing: the supply binds.
    near(out.d_demands, [0, 0, 0, 0], 1e-6);
  });

  it('with demands 1 has another slope in b_2 from the left, -1/4: a residual of 0 does not say that a derivative exists', () => {
    const amount = (supply: number): number =>
      solve(kernels, { count: 1, agents: 2, items: 2 }, { ...two(1), budgets: Float64Array.of(1, supply) })
        .allocation[0]!;
    expect(Math.abs((amount(1 + 1e-5) - amount(1)) / 1e-5 - 1 / 8)).toBeLessThanOrEqual(1e-4);
    expect(Math.abs((amount(1) - amount(1 - 1e-5)) / 1e-5 + 1 / 4)).toBeLessThanOrEqual(1e-4);
    expect(gradient(two(1)).residual[0]).toBeLessThanOrEqual(1e-12);
  });

  it('gets status 5 from the policy error where there is none, and the derivative where there is', () => {
    const out = gradient(two(1), FIRST, { degenerate: 'error' });
    expect(out.status[0]).toBe(5);
    const fine = gradient(two(2), FIRST, { degenerate: 'error' });
    expect(fine.status[0]).toBe(0);
    near(fine.d_values, [1 / 4, -1 / 2, 0, 0]);
  });
});

describe('two identical agents', () => {
  const alike = Float64Array.of(1, 0.5, 1, 0.5);

  it('have no derivative: the system is inconsistent, and its residual says so', () => {
    for (const options of [{}, DENSE]) {
      const out = gradient(two(2, alike), FIRST, options);
      expect([out.status[0], out.rank_deficiency[0]]).toEqual([7, 1]);
      expect(out.residual[0]).toBeGreaterThan(0.01);
    }
  });

  it('have one of a loss that no tie can move: their utilities', () => {
    // l = u_1 = u_2's complement: half of what there is; d u_1 / d b_m = v_m / 2.
    const out = gradient(two(2, alike), [1, 0.5, 0, 0]);
    expect(out.status[0]).toBe(7);
    expect(out.residual[0]).toBeLessThanOrEqual(1e-12);
    near(out.d_budgets, [0.5, 0.25]);
    near(out.d_weights, [0.375, -0.375]);
  });
});

describe('a constraint whose slack and dual both vanish is counted', () => {
  const counted = (agents: number, items: number, input: Input, cotangent?: readonly number[]) => {
    const c = cotangent ?? Array<number>(agents * items).fill(1);
    const out = differentiateOne(kernels, agents, items, input, c);
    const dense = differentiateOne(kernels, agents, items, input, c, DENSE);
    expect(dense.weakly_active[0]).toBe(out.weakly_active[0]);
    return [out.weakly_active[0], out.rank_deficiency[0], out.status[0]];
  };

  it('an item of which exactly all is used at price 0', () => {
    expect(counted(2, 1, { values: Float64Array.of(1, 1), demands: Float64Array.of(0.5, 0.5) })).toEqual([1, 0, 7]);
    expect(counted(2, 1, { values: Float64Array.of(1, 1), demands: Float64Array.of(0.5, 0.25) })).toEqual([0, 0, 0]);
  });

  it('an amount of 0 whose marginal is the price', () => {
    // Agent 1 takes item 1, agent 2 item 2; agent 2's marginal on item 1 is v_21.
    for (const [v, weak] of [
      [1, 1],
      [0.99, 0],
      [0.5, 0],
    ] as const) {
      expect(counted(2, 2, { values: Float64Array.of(1, 0.25, v, 1) })).toEqual([weak, 0, weak ? 7 : 0]);
    }
  });

  it('an amount at its demand whose marginal is the price', () => {
    // Shares of one item are 1/2 each, demand or not.
    expect(counted(2, 1, { values: Float64Array.of(1, 3), demands: Float64Array.of(0.5, 2) })).toEqual([1, 0, 7]);
    expect(counted(2, 1, { values: Float64Array.of(1, 3), demands: Float64Array.of(0.4, 2) })).toEqual([0, 0, 0]);
  });

  it('a demand of 0 whose entry would be worth the price', () => {
    const demands = Float64Array.of(2, 2, 0, 2);
    expect(counted(2, 2, { values: Float64Array.of(1, 0.25, 1, 1), demands })).toEqual([1, 0, 7]);
    expect(counted(2, 2, { values: Float64Array.of(1, 0.25, 2, 1), demands })).toEqual([0, 0, 0]);
  });

  it('an amount that a regularizer brings to 0 at the edge', () => {
    // w v / u − z = 0 on item 2 at u = 1.
    const values = Float64Array.of(1, 1);
    expect(counted(1, 2, { values, regularizer: Float64Array.of(0, 1) })).toEqual([1, 0, 7]);
    expect(counted(1, 2, { values, regularizer: Float64Array.of(0, 1.5) })).toEqual([0, 0, 0]);
  });

  it('a demand whose rise lets two agents trade moves them half of it each, the centre of what may be', () => {
    const demands = Float64Array.of(0.5, 1, 0.5, 1);
    const out = differentiateOne(
      kernels,
      2,
      2,
      { values: new Float64Array(4).fill(1), demands },
      [0, 1, 1, 1],
      ONE_SIDED,
    );
    expect(out.status[0]).toBe(0);
    near(out.d_demands, [-1 / 2, 0, 1 / 2, 0], 1e-3);
  });

  it('no slope of 0 is reported from the right where the tie is too narrow for the solver to see', () => {
    // The amount that moves is about a fifth of the demand that is added; at a demand of 1e-7 the solver takes it for 0.
    const entering = { values: Float64Array.of(2, 3, 2, 3), demands: Float64Array.of(0, 1, 1.5, 1.5) };
    const out = differentiateOne(kernels, 2, 2, entering, [0.99, -0.53, 0.52, -0.786], ONE_SIDED);
    if (out.status[0] === 0) expect(Math.abs(out.d_demands[0]! - 0.2)).toBeLessThan(0.01);
    else expect(out.status[0]).toBe(7);
    // More of item 1 goes to agents 1 and 2, who are alike, in what shares is a tie.
    const alike = {
      values: Float64Array.of(1, 2, 1, 2, 2, 2),
      demands: Float64Array.of(0.5, 1.5, 1, 1, 1.5, 1.5),
    };
    const other = differentiateOne(kernels, 3, 2, alike, [0.613, -0.947, 0.639, 0.978, 0.942, -0.122], ONE_SIDED);
    if (other.status[0] === 0) expect(Math.abs(other.d_budgets[0]! - 0.7314)).toBeLessThan(0.01);
    else expect(other.status[0]).toBe(7);
  });

  it('from the right only one side of the edge counts', () => {
    // One item, two agents, demand 1/2 of agent 1 just binds: more of it buys nothing, more supply goes to agent 2 alone.
    const input = { values: Float64Array.of(1, 3), demands: Float64Array.of(0.5, 2) };
    const out = differentiateOne(kernels, 2, 1, input, [1, 0], ONE_SIDED);
    expect(out.status[0]).toBe(0);
    near(out.d_demands, [0, 0], 1e-6);
    near(out.d_budgets, [0], 1e-6);
    near(out.d_weights, [0, -1 / 4], 1e-6);
  });
});

describe('small cases by hand', () => {
  it('one agent, one item: the demand, the supply or the regularizer says how much', () => {
    const of = (input: Input) => {
      const out = differentiateOne(kernels, 1, 1, input, [3]);
      expect(out.status[0]).toBe(0);
      return SLOPES.map((name) => out[name][0]!);
    };
    const values = Float64Array.of(0.7);
    near(of({ values, demands: Float64Array.of(0.5) }), [0, 3, 0, 0, 0], 1e-12);
    near(of({ values }), [0, 0, 0, 0, 3], 1e-12);
    near(of({ values, demands: Float64Array.of(0.5), budgets: Float64Array.of(0.25) }), [0, 0, 0, 0, 3], 1e-12);
    // a = w / z with z = 4, w = 1.
    near(of({ values, regularizer: Float64Array.of(4) }), [0, 0, 3 / 4, -3 / 16, 0], 1e-9);
  });

  it('one item: shares are w_i b over the sum of weights', () => {
    const input = {
      values: Float64Array.of(5, 1, 0.1),
      weights: Float64Array.of(1, 2, 3),
      budgets: Float64Array.of(12),
    };
    const out = differentiateOne(kernels, 3, 1, input, [1, 0, 0]);
    near(out.d_weights, [2 - 2 / 6, -2 / 6, -2 / 6], 1e-12);
    near(out.d_budgets, [1 / 6], 1e-12);
    near(out.d_values, [0, 0, 0], 1e-12);
  });

  it('agents who want nothing, or weigh nothing, have derivatives 0 and change nobody', ({ task }) => {
    const draw = new Draw(task.name);
    const values = draw.reals(6, 0.1, 1);
    const cotangent = [...draw.reals(6, -1, 1)];
    const plain = differentiateOne(kernels, 3, 2, { values }, cotangent);
    const wider = Float64Array.of(...values, 0.3, 0.4, 0, 0, 0.5, 0.6);
    const weights = Float64Array.of(1, 1, 1, 0, 1, 1);
    const demands = new Float64Array(12).fill(2);
    demands.fill(0, 10);
    const out = differentiateOne(kernels, 6, 2, { values: wider, weights, demands }, [...cotangent, 9, 9, 9, 9, 9, 9]);
    expect(out.status[0]).toBe(0);
    for (const name of ['d_values', 'd_weights', 'd_regularizer', 'd_budgets'] as const) {
      const own = out[name].subarray(0, plain[name].length);
      near(own, [...plain[name]], 1e-12);
      expect([...out[name].subarray(plain[name].length)].every((x) => x === 0)).toBe(true);
    }
  });

  it('nobody can gain, or nothing is there: zeros, status 0', () => {
    for (const extra of [{ demands: new Float64Array(4) }, { budgets: new Float64Array(2) }]) {
      const out = gradient({ values: FIGURE, ...extra }, [1, 2, 3, 4]);
      expect(out.status[0]).toBe(0);
      for (const name of SLOPES) expect([...out[name]].every((x) => x === 0)).toBe(true);
      expect(out.residual[0]).toBe(0);
    }
  });

  it('derivatives beyond the largest number show in the residual', () => {
    let beyond = 0;
    for (const unit of [1e-200, 1e-170, 1e-150, 1e150, 1e160]) {
      for (const ratio of [1, 1e-100, 1e100]) {
        const values = Float64Array.of(unit, (unit / 2) * ratio, 0.9 * unit, unit);
        const out = gradient({ values }, [1, 0.5, -1, 0.25]);
        const finite = SLOPES.every((name) => out[name].every(Number.isFinite));
        expect(Number.isNaN(out.residual[0])).toBe(!finite);
        if (!finite) beyond++;
      }
    }
    expect(beyond).toBeGreaterThan(0);
  });

  it('a cotangent of 0 gives zeros', () => {
    const out = gradient(two(2), [0, 0, 0, 0]);
    for (const name of SLOPES) expect([...out[name]].every((x) => x === 0)).toBe(true);
    expect([out.status[0], out.residual[0]]).toEqual([0, 0]);
  });
});
