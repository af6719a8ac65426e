import { beforeAll, describe, expect, it } from 'vitest';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { DENSE, SLOPES, differentiate, drawCotangent, onlyProfile } from '../helpers/gradient.js';
import { testKernels } from '../helpers/kernels.js';
import { drawInput, solve, type Input } from '../helpers/proportional-fairness.js';
import { permuted } from '../helpers/run.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

const shape = { count: 40, agents: 5, items: 3 };
const size = shape.count * 15;

/** Scarce items, weights, supplies and a regularizer of each profile's own. */
function drawn(draw: Draw): Required<Input> {
  return {
    ...drawInput(draw, shape, 1, 0.3),
    budgets: draw.reals(shape.count * 3, 0.3, 1.5),
    weights: draw.reals(shape.count * 5, 0.5, 2),
    regularizer: draw.reals(size, -0.5, 0.5),
  };
}

function near(actual: ArrayLike<number>, expected: ArrayLike<number>, within: number, what: string): void {
  expect(actual.length).toBe(expected.length);
  const unit = Math.max(1e-3, ...Array.from(expected, Math.abs));
  for (let k = 0; k < actual.length; k++) {
    expect(Math.abs(actual[k]! - expected[k]!), `${what}[${k}]`).toBeLessThanOrEqual(within * unit);
  }
}

describe('identities of homogeneity', () => {
  const cases = (draw: Draw) => {
    const input = drawn(draw);
    const { values, demands, budgets, weights } = input;
    const rest = { values, demands, budgets, weights };
    const cotangent = drawCotangent(draw, shape);
    return [input, rest].map((whole: Input) => {
      const out = differentiate(kernels, shape, whole, cotangent);
      expect([...out.status].every((s) => s === 0)).toBe(true);
      const a = solve(kernels, shape, whole).allocation;
      return { whole: { ...rest, regularizer: whole.regularizer ?? new Float64Array(size) }, cotangent, out, a };
    });
  };

  it("only ratios of an agent's values matter: v_i · dl/dv_i = 0, with a regularizer too", ({ task }) => {
    for (const { whole, out } of cases(new Draw(task.name))) {
      for (let i = 0; i < shape.count * 5; i++) {
        const terms = [0, 1, 2].map((m) => whole.values[3 * i + m]! * out.d_values[3 * i + m]!);
        const unit = Math.max(1, ...terms.map(Math.abs));
        expect(Math.abs(terms[0]! + terms[1]! + terms[2]!)).toBeLessThanOrEqual(1e-12 * unit);
      }
    }
  });

  it('the objective may be scaled: Σ w dl/dw + ⟨z, dl/dz⟩ = 0', ({ task }) => {
    for (const { whole, out } of cases(new Draw(task.name))) {
      for (let k = 0; k < shape.count; k++) {
        let sum = 0;
        for (let i = 5 * k; i < 5 * k + 5; i++) sum += whole.weights[i]! * out.d_weights[i]!;
        for (let j = 15 * k; j < 15 * k + 15; j++) sum += whole.regularizer[j]! * out.d_regularizer[j]!;
        expect(Math.abs(sum)).toBeLessThanOrEqual(1e-11);
      }
    }
  });

  it("an item's unit may be changed: Σ_i x dl/dx − v dl/dv − z dl/dz, plus b dl/db, is Σ_i dl/da · a", ({ task }) => {
    for (const { whole, cotangent, out, a } of cases(new Draw(task.name))) {
      for (let k = 0; k < shape.count; k++) {
        for (let m = 0; m < 3; m++) {
          let sum = whole.budgets[3 * k + m]! * out.d_budgets[3 * k + m]!;
          for (let j = 15 * k + m; j < 15 * k + 15; j += 3) {
            sum += whole.demands[j]! * out.d_demands[j]! - whole.values[j]! * out.d_values[j]!;
            sum -= whole.regularizer[j]! * out.d_regularizer[j]! + cotangent[j]! * a[j]!;
          }
          expect(Math.abs(sum), `item ${m} of profile ${k}`).toBeLessThanOrEqual(1e-10);
        }
      }
    }
  });
});

describe('the derivative of the allocation in the regularizer', () => {
  it('is symmetric and negative semidefinite, as a Hessian is', ({ task }) => {
    const draw = new Draw(task.name);
    const one = { count: 15, agents: 5, items: 3 };
    const units = Float64Array.from({ length: 225 }, (_, k) => (k % 16 === 0 ? 1 : 0));
    for (let k = 0; k < 10; k++) {
      const input = onlyProfile(shape, drawn(draw), k);
      const { d_regularizer: H } = differentiate(kernels, one, input, units);
      for (let r = 0; r < 15; r++) {
        for (let c = 0; c < r; c++) expect(Math.abs(H[15 * r + c]! - H[15 * c + r]!)).toBeLessThanOrEqual(1e-12);
      }
      for (let trial = 0; trial < 20; trial++) {
        const d = draw.reals(15, -1, 1);
        let form = 0;
        for (let j = 0; j < 225; j++) form += d[Math.floor(j / 15)]! * H[j]! * d[j % 15]!;
        expect(form).toBeLessThanOrEqual(1e-12);
      }
    }
  });
});

describe('metamorphic', () => {
  it('the gradient is linear in the cotangent, and twice the cotangent gives twice every bit', ({ task }) => {
    const draw = new Draw(task.name);
    const input = drawn(draw);
    const [c, d] = [drawCotangent(draw, shape), drawCotangent(draw, shape)];
    const [one, other, double, sum] = [c, d, c.map((x) => 2 * x), c.map((x, j) => x + d[j]!)].map((cotangent) =>
      differentiate(kernels, shape, input, cotangent),
    ) as [ReturnType<typeof differentiate>, ...ReturnType<typeof differentiate>[]];
    for (const name of SLOPES) {
      expect([...double![name]]).toEqual([...one[name].map((x) => 2 * x)]);
      near(
        sum![name],
        one[name].map((x, j) => x + other![name][j]!),
        1e-11,
        name,
      );
    }
  });

  it('permuting agents and items permutes the derivatives', ({ task }) => {
    const draw = new Draw(task.name);
    const input = drawn(draw);
    const cotangent = drawCotangent(draw, shape);
    const [agents, items] = [draw.permutation(5), draw.permutation(3)];
    const entries = (data: Float64Array) => permuted(data, shape, agents, items);
    const perAgent = (data: Float64Array) => permuted(data, { ...shape, items: 1 }, agents, [0]);
    const perItem = (data: Float64Array) => permuted(data, { ...shape, agents: 1 }, [0], items);
    const plain = differentiate(kernels, shape, input, cotangent);
    const moved = {
      values: entries(input.values),
      demands: entries(input.demands),
      budgets: perItem(input.budgets),
      weights: perAgent(input.weights),
      regularizer: entries(input.regularizer),
    };
    for (const options of [{}, DENSE]) {
      const out = differentiate(kernels, shape, moved, entries(cotangent), options);
      near(out.d_values, entries(plain.d_values), 1e-8, 'd_values');
      near(out.d_demands, entries(plain.d_demands), 1e-8, 'd_demands');
      near(out.d_regularizer, entries(plain.d_regularizer), 1e-8, 'd_regularizer');
      near(out.d_weights, perAgent(plain.d_weights), 1e-8, 'd_weights');
      near(out.d_budgets, perItem(plain.d_budgets), 1e-8, 'd_budgets');
    }
  });

  it('a worthless item that nobody can use changes nothing, and has derivatives 0', ({ task }) => {
    const draw = new Draw(task.name);
    const input = drawn(draw);
    const cotangent = drawCotangent(draw, shape);
    const wider = (data: Float64Array, other: number): Float64Array =>
      Float64Array.from({ length: shape.count * 20 }, (_, j) =>
        j % 4 < 3 ? data[Math.floor(j / 4) * 3 + (j % 4)]! : other,
      );
    const wide = { ...shape, items: 4 };
    const plain = differentiate(kernels, shape, input, cotangent);
    const out = differentiate(
      kernels,
      wide,
      {
        values: wider(input.values, 0),
        demands: wider(input.demands, 0),
        budgets: Float64Array.from({ length: shape.count * 4 }, (_, j) =>
          j % 4 < 3 ? input.budgets[Math.floor(j / 4) * 3 + (j % 4)]! : 0.8,
        ),
        weights: input.weights,
        regularizer: wider(input.regularizer, 0.1),
      },
      wider(cotangent, 7),
    );
    expect([...out.status]).toEqual([...plain.status]);
    const kept = (data: Float64Array) => data.filter((_, j) => j % 4 < 3);
    for (const name of ['d_values', 'd_demands', 'd_regularizer', 'd_budgets'] as const) {
      near(kept(out[name]), plain[name], 1e-10, name);
      expect(out[name].every((x, j) => j % 4 < 3 || x === 0)).toBe(true);
    }
    near(out.d_weights, plain.d_weights, 1e-10, 'd_weights');
  });

  it('powers of two in the units of values, items and weights move only exponents', ({ task }) => {
    const draw = new Draw(task.name);
    const input = { ...drawn(draw), regularizer: new Float64Array(size) };
    const cotangent = drawCotangent(draw, shape);
    const plain = differentiate(kernels, shape, input, cotangent);
    const unit = 2 ** 30;
    const valued = differentiate(kernels, shape, { ...input, values: input.values.map((v) => v * unit) }, cotangent);
    const weighted = differentiate(
      kernels,
      shape,
      { ...input, weights: input.weights.map((w) => w * unit) },
      cotangent,
    );
    for (const name of SLOPES) {
      const scaled = (other: typeof plain, factor: number) =>
        near(
          other[name],
          plain[name].map((x) => x * factor),
          1e-12,
          name,
        );
      scaled(valued, name === 'd_values' ? 1 / unit : 1);
      scaled(weighted, name === 'd_weights' || name === 'd_regularizer' ? 1 / unit : 1);
    }
    expect([...valued.status, ...weighted.status]).toEqual([...plain.status, ...plain.status]);
  });
});
