import { beforeAll, describe, expect, it } from 'vitest';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import {
  DENSE,
  ONE_SIDED,
  SLOPES,
  differentiate,
  distance,
  distanceFromAny,
  drawCotangent,
  onlyProfile,
  partOf,
  slopesOf,
  type Gradients,
} from '../helpers/gradient.js';
import { testKernels } from '../helpers/kernels.js';
import { drawInput, type Input } from '../helpers/proportional-fairness.js';
import type { Shape } from '../helpers/run.js';
import { differences } from '../oracle/finite-differences.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

interface Compared {
  readonly out: Gradients;
  compared: number;
  worst: number;
  unknown: number;
}

/** Compares profiles that have a status wanted with differences of solves. */
function compare(
  shape: Shape,
  input: Input,
  cotangent: Float64Array,
  out: Gradients,
  right: boolean,
  k0 = 0,
): Compared {
  const found = { out, compared: 0, worst: 0, unknown: 0 };
  const { agents, items } = shape;
  for (let k = k0; k < shape.count; k++) {
    if (out.status[k] !== 0) continue;
    const one = onlyProfile(shape, input, k);
    const part = partOf(cotangent, agents * items, k);
    const estimates = [1e-4, 1e-5, 1e-6].map((step) => differences(kernels, agents, items, one, part, step, right));
    const { worst, unknown } = distanceFromAny(slopesOf(shape, out, k), estimates);
    found.compared++;
    found.worst = Math.max(found.worst, worst);
    found.unknown += unknown;
    expect(worst, `profile ${k}`).toBeLessThanOrEqual(1e-5);
  }
  return found;
}

const SHAPES = [
  [10, 3],
  [5, 4],
  [2, 5],
  [3, 2],
] as const;

describe('the gradient agrees with central differences of solves to 1e-5, from the right at demands and values of 0', () => {
  const kinds: Readonly<Record<string, (draw: Draw, shape: Shape) => Input>> = {
    'scarce, half of the demands 0': (draw, shape) => drawInput(draw, shape, 1),
    'no demands at all': (draw, shape) => ({ values: draw.reals(shape.count * shape.agents * shape.items, 0.1, 1) }),
    'supplies that differ, some values 0': (draw, shape) => {
      const input = drawInput(draw, shape, 1, 0.2);
      const values = input.values.map((v) => (draw.unit() < 0.2 ? 0 : v));
      return { ...input, values, budgets: draw.reals(shape.count * shape.items, 0.3, 1.5) };
    },
    'supplies below the demands, weights': (draw, shape) => ({
      ...drawInput(draw, shape, 0.4, 0.2),
      weights: draw.reals(shape.count * shape.agents, 0.5, 2),
    }),
    'a regularizer of both signs, weights': (draw, shape) => ({
      ...drawInput(draw, shape, 1, 0.3),
      weights: draw.reals(shape.count * shape.agents, 0.5, 2),
      regularizer: draw.reals(shape.count * shape.agents * shape.items, -1, 1),
    }),
    'abundant, supplies N/2': (draw, shape) => drawInput(draw, shape, shape.agents / 2),
  };
  for (const [agents, items] of SHAPES) {
    for (const [kind, make] of Object.entries(kinds)) {
      it(`${agents} agents, ${items} items, ${kind}`, ({ task }) => {
        const draw = new Draw(task.name);
        const shape = { count: agents === 10 ? 6 : 15, agents, items };
        const input = make(draw, shape);
        const cotangent = drawCotangent(draw, shape);
        const out = differentiate(kernels, shape, input, cotangent);
        const { compared, unknown } = compare(shape, input, cotangent, out, false);
        // An entry that is worth nothing on an item with supply to spare can move at will.
        const loose = kind.includes('values 0');
        expect(compared).toBeGreaterThanOrEqual(loose ? 3 : shape.count);
        expect(unknown).toBeLessThanOrEqual(loose ? shape.count : shape.count / 5);
        for (const name of SLOPES) expect(out[name].every(Number.isFinite)).toBe(true);
      });
    }
  }
});

describe('structured and dense agree to 1e-8', () => {
  for (const [agents, items] of [...SHAPES, [1, 1], [1, 4], [5, 1], [15, 4]] as const) {
    it(`${agents} agents, ${items} items, drawn and tied, free of demands or not, an item without supply`, ({
      task,
    }) => {
      const draw = new Draw(task.name);
      const shape = { count: agents > 10 ? 10 : 30, agents, items };
      const size = shape.count * agents * items;
      const drawn = drawInput(draw, shape, 1);
      const budgets = draw.reals(items, 0.3, 2);
      budgets[items - 1] = 0;
      const tied = draw.integers(size, 0, 3);
      const demands = draw.integers(size, 0, 3).map((x) => x / 2);
      const inputs: Input[] = [
        { ...drawn, regularizer: draw.reals(size, -1, 1), weights: draw.reals(shape.count * agents, 0.5, 2) },
        { ...drawn, budgets },
        { values: drawn.values },
        { values: tied },
        { values: tied, demands },
        { values: tied, demands, weights: draw.integers(shape.count * agents, 0, 2) },
      ];
      for (const input of inputs) {
        const cotangent = drawCotangent(draw, shape);
        const structured = differentiate(kernels, shape, input, cotangent);
        const dense = differentiate(kernels, shape, input, cotangent, DENSE);
        for (let k = 0; k < shape.count; k++) {
          const off = distance(slopesOf(shape, dense, k), slopesOf(shape, structured, k));
          expect(off, `profile ${k}`).toBeLessThanOrEqual(1e-8);
        }
        for (const name of ['status', 'rank_deficiency', 'weakly_active'] as const) {
          expect([...dense[name]]).toEqual([...structured[name]]);
        }
        const regular = [...structured.residual].filter((_, k) => structured.status[k] === 0);
        expect(Math.max(0, ...regular)).toBeLessThanOrEqual(1e-12);
      }
    });
  }
});

describe('each method does its own work', () => {
  /** Kernels one of whose exports refuses to be called. */
  const without = (name: 'gradientGeneral' | 'gradientForest'): Kernels =>
    Object.assign(Object.create(kernels) as Kernels, {
      call: {
        ...kernels.call,
        [name]: () => {
          throw new Error(`${name} was called`);
        },
      },
    });

  it('structured solves untied profiles by the forest alone, trees that hang on any of their items among them', ({
    task,
  }) => {
    const draw = new Draw(task.name);
    for (const [agents, items] of [...SHAPES, [4, 8], [3, 12]] as const) {
      const shape = { count: 200, agents, items };
      const input = {
        values: draw.reals(200 * agents * items, 0.1, 1),
        demands: drawInput(draw, shape, 1, 0.3).demands,
      };
      differentiate(without('gradientGeneral'), shape, { values: input.values }, drawCotangent(draw, shape));
      differentiate(without('gradientGeneral'), shape, input, drawCotangent(draw, shape));
    }
  });

  it('dense is dense on ties too: above its size every profile has status 5', () => {
    // 1100 agents, of whom two share an item exactly: weakly active.
    const demands = new Float64Array(1100).fill(0.5, 0, 2);
    const input = { values: new Float64Array(1100).fill(1), demands };
    const one = { count: 1, agents: 1100, items: 1 };
    const cotangent = new Float64Array(1100).fill(1);
    expect(differentiate(kernels, one, input, cotangent).status[0]).toBe(7);
    expect(differentiate(kernels, one, input, cotangent, DENSE).status[0]).toBe(5);
  });
});

describe('one-sided', () => {
  for (const [agents, items] of [
    [2, 2],
    [3, 2],
    [3, 3],
  ] as const) {
    it(`agrees with differences from the right on small integers where it says they exist, ${agents} agents and ${items} items`, ({
      task,
    }) => {
      const draw = new Draw(task.name);
      const shape = { count: 50, agents, items };
      const size = shape.count * agents * items;
      const tied = draw.integers(size, 1, 3);
      let compared = 0;
      for (const input of [{ values: tied }, { values: tied, demands: draw.integers(size, 1, 3).map((x) => x / 2) }]) {
        const cotangent = drawCotangent(draw, shape);
        const plain = differentiate(kernels, shape, input, cotangent);
        const out = differentiate(kernels, shape, input, cotangent, ONE_SIDED);
        for (let k = 0; k < shape.count; k++) {
          expect([0, 7]).toContain(out.status[k]);
          if (plain.status[k] !== 7) expect(slopesOf(shape, out, k)).toEqual(slopesOf(shape, plain, k));
        }
        const status = out.status.map((s, k) => (plain.status[k] === 7 ? s : 7));
        compared += compare(shape, input, cotangent, { ...out, status }, true).compared;
      }
      expect(compared).toBeGreaterThan(5);
    });
  }
});
