import { readFileSync } from 'node:fs';
import { networkConfig, initialNetwork } from 'evenhand';
import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { hamming } from '../../src/learning/nrr-held-out.js';
import { roundRobin } from '../../src/mechanisms/round-robin.js';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  TAU_SCHEDULES,
  nrrFeatures,
  nrrLoss,
  nrrSlope,
  nrrTemperature,
} from '../../src/networks/neural-round-robin.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { run } from '../helpers/run.js';
import { lossGraph, scoreGraph, sortGraph } from '../oracle/neural-round-robin.js';
import { add, backward, num } from '../oracle/reverse-mode.js';
import { rows } from '../oracle/round-robin.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

interface Stage {
  readonly A_hat: number[][];
  readonly ItemCE: number;
  readonly dItemCE_draw_scores: number[][];
}

interface Case {
  readonly V: number[][];
  readonly raw_scores: number[];
  readonly 'P_tau0.1': number[][];
  readonly P_tau1: number[][];
  readonly MUW: number[][];
  readonly 'NRR_tau_sort0.1_tau_rr0.01': Stage;
  readonly 'NRR_tau_sort1_tau_rr0.1': Stage;
  readonly svd_abs_U_first3: number[][];
  readonly row_max: number[];
  readonly row_min: number[];
  readonly RR_identity: number[][];
  readonly NRR_hard_allocation: number[][];
  readonly metrics_hard: { readonly Hamm_normalised: number; readonly rSCW: number };
}

const cases = JSON.parse(readFileSync(new URL('../fixtures/nrr/cases.json', import.meta.url), 'utf8')) as Record<
  string,
  Case
>;

function near(found: ArrayLike<number>, expected: readonly number[], most: number): void {
  expect(found.length).toBe(expected.length);
  expected.forEach((x, k) => expect(Math.abs(found[k]! - x), `element ${k}`).toBeLessThan(most));
}

/** Shares [N][M] of owners, as numbers in a row. */
function given(owner: readonly number[], agents: number): Float64Array {
  return Float64Array.from({ length: agents * owner.length }, (_, k) =>
    owner[k % owner.length] === Math.floor(k / owner.length) ? 1 : 0,
  );
}

const one = (V: readonly (readonly number[])[]) => ({
  count: 1,
  agents: V.length,
  items: V[0]!.length,
  values: Float64Array.from(V.flat()),
});

describe.each(Object.entries(cases))('the published stages of %s', (_, stages) => {
  const target = Int32Array.from(stages.V[0]!, (_, m) => stages.MUW.findIndex((row) => row[m] === 1));

  it('features', () => {
    const found = rows(nrrFeatures(kernels, one(stages.V)), 0, stages.V.length, 5);
    near(
      found.map((row) => row[0]!),
      stages.row_max,
      1e-15,
    );
    near(
      found.map((row) => row[1]!),
      stages.row_min,
      1e-15,
    );
    near(
      found.flatMap((row) => row.slice(2).map(Math.abs)),
      stages.svd_abs_U_first3.flat(),
      1e-9,
    );
  });

  it('the hard order, what Round Robin makes of it, and how far that is from the target', () => {
    const { V, raw_scores, NRR_hard_allocation, metrics_hard } = stages;
    const shape = one(V);
    const mark = kernels.arena.mark();
    const [scores, at] = [kernels.arena.take(8 * shape.agents), kernels.arena.take(4 * shape.agents)];
    kernels.arena.f64(scores, shape.agents).set(raw_scores);
    kernels.call.neuralOrder(1, shape.agents, scores, at);
    const order = kernels.arena.i32(at, shape.agents).slice();
    kernels.arena.release(mark);
    const { owner, utilities } = run(kernels, roundRobin, shape, { values: shape.values, order });
    expect([...owner]).toEqual(V[0]!.map((_, m) => NRR_hard_allocation.findIndex((row) => row[m] === 1)));
    expect(hamming(owner, target)).toBeCloseTo(metrics_hard.Hamm_normalised, 12);
    const most = V[0]!.reduce((sum, _, m) => sum + Math.max(...V.map((row) => row[m]!)), 0);
    expect(utilities.reduce((a, b) => a + b, 0) / most).toBeCloseTo(metrics_hard.rSCW, 12);
    const plain = run(kernels, roundRobin, shape, { values: shape.values }).owner;
    expect([...plain]).toEqual(V[0]!.map((_, m) => stages.RR_identity.findIndex((row) => row[m] === 1)));
  });

  for (const [softness, tau, stage, sorted] of [
    [0.1, 0.01, 'NRR_tau_sort0.1_tau_rr0.01', 'P_tau0.1'],
    [1, 0.1, 'NRR_tau_sort1_tau_rr0.1', 'P_tau1'],
  ] as const) {
    it(`order, shares, loss and derivatives, softness ${softness}, tau ${tau}`, () => {
      const { V, MUW } = stages;
      const how = { tau, softness, leftover: 'uniform' } as const;
      const found = nrrLoss(
        kernels,
        { ...one(V), target: Float64Array.from(MUW.flat()) },
        Float64Array.from(stages.raw_scores),
        how,
      );
      near(found.sorted, stages[sorted].flat(), 1e-9);
      near(found.shares, stages[stage].A_hat.flat(), 1e-9);
      near(found.loss, [stages[stage].ItemCE], 3e-9);
      near(found.dScores, stages[stage].dItemCE_draw_scores.flat(), 1e-9);
    });
  }
});

describe('features', () => {
  it.each([
    [4, 7],
    [7, 4],
    [15, 5],
    [3, 3],
    [30, 40],
    [2, 5],
    [5, 2],
    [1, 1],
  ])('are those of ml-matrix, %i agents and %i items, signs by the largest entry', (agents, items) => {
    const draw = new Draw(`svd ${agents} ${items}`);
    const values = draw.reals(6 * agents * items);
    const found = nrrFeatures(kernels, { count: 6, agents, items, values });
    for (let p = 0; p < 6; p++) {
      const v = rows(values, p, agents, items);
      const f = rows(found, p, agents, 5);
      const U = new SingularValueDecomposition(new Matrix(v), { autoTranspose: true }).leftSingularVectors;
      for (let c = 0; c < 3; c++) {
        const column = f.map((row) => row[2 + c]!);
        if (c >= Math.min(agents, items)) {
          expect(column).toEqual(Array(agents).fill(0));
          continue;
        }
        near(column.map(Math.abs), U.getColumn(c).map(Math.abs), 1e-8);
        expect(Math.max(...column)).toBe(Math.max(...column.map(Math.abs)));
        expect(column.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 12);
      }
      near(
        f.map((row) => row[0]!),
        v.map((row) => Math.max(...row)),
        1e-15,
      );
    }
  });

  it('are finite for zeros, equal rows and huge numbers, with zeros where the rank ends', () => {
    const describeOne = (V: number[][]) => [...nrrFeatures(kernels, one(V))];
    expect(
      describeOne([
        [0, 0],
        [0, 0],
      ]),
    ).toEqual(Array(10).fill(0));
    near(
      describeOne([
        [1, 2, 3],
        [1, 2, 3],
        [1, 2, 3],
      ]).filter((_, k) => k % 5 > 1),
      Array(3)
        .fill([1 / Math.sqrt(3), 0, 0])
        .flat() as number[],
      1e-12,
    );
    expect(
      describeOne([
        [1e308, 1e-308],
        [5e307, 0],
        [0, 1e308],
      ]).every(Number.isFinite),
    ).toBe(true);
  });

  it('follow agents that change places, and do not mind items that do', ({ task }) => {
    const draw = new Draw(task.name);
    const V = rows(draw.reals(35), 0, 5, 7);
    const before = rows(nrrFeatures(kernels, one(V)), 0, 5, 5);
    const [agents, items] = [draw.permutation(5), draw.permutation(7)];
    const after = rows(nrrFeatures(kernels, one(agents.map((i) => items.map((m) => V[i]![m]!)))), 0, 5, 5);
    near(
      after.flat(),
      agents.flatMap((i) => before[i]!),
      1e-11,
    );
  });
});

describe('training loss', () => {
  it.each([
    [3, 5, 1],
    [4, 3, 5],
    [1, 1, 2],
    [1, 4, 3],
    [6, 2, 3],
  ])(
    'and its derivatives agree with one number at a time, %i agents, %i items, %i profiles',
    (agents, items, count) => {
      const draw = new Draw(`loss ${agents} ${items}`);
      const values = draw.reals(count * agents * items, 1, 2);
      const parts = draw.reals(count * agents * items).map((x) => (x < 0.3 ? 0 : x));
      // Of every item some agents should get nothing.
      const target = parts.map((x, k) => {
        const [p, m] = [Math.floor(k / (agents * items)), k % items];
        const sum = rows(parts, p, agents, items).reduce((all, row) => all + row[m]!, 0);
        return sum === 0 ? 1 / agents : x / sum;
      });
      const network = initialNetwork(networkConfig({ model: 'nrr', agents, items, hidden: [3] }), 7);
      const batch = { count, agents, items, values, target };
      const features = nrrFeatures(kernels, batch);
      for (const [leftover, envy, envyForm] of [
        ['uniform', 0, 'per-bundle'],
        ['masked', 0, 'per-good'],
        ['uniform', 0.7, 'per-bundle'],
        ['masked', 0.3, 'per-good'],
      ] as const) {
        const perGood = envyForm === 'per-good';
        const parameters = [...network.parameters].map(num);
        const losses = Array.from({ length: count }, (_, p) => {
          const scores = scoreGraph(rows(features, p, agents, 5), parameters, 3);
          const wanted = rows(target, p, agents, items);
          const how = { tau: 0.2, leftover, envy, perGood };
          return lossGraph(rows(values, p, agents, items), scores, wanted, 1, how).loss;
        });
        backward(add(...losses));
        const { loss, gradient } = nrrSlope(kernels, network, batch, features, {
          tau: 0.2,
          softness: 1,
          leftover,
          envy,
          envyForm,
        });
        expect(loss).toBeCloseTo(losses.reduce((sum, x) => sum + x.value, 0) / count, 12);
        const unit = Math.max(1e-4, ...parameters.map(({ slope }) => Math.abs(slope) / count));
        parameters.forEach(({ slope }, k) => expect(Math.abs(gradient[k]! - slope / count) / unit).toBeLessThan(2e-7));
      }
    },
  );

  it('sets equal scores apart, the lower agent first', () => {
    const V = [
      [1, 2],
      [2, 1],
      [1, 1],
    ];
    const how = { tau: 0.1, softness: 0.1, leftover: 'uniform' } as const;
    const { sorted } = nrrLoss(kernels, { ...one(V), target: given([0, 0], 3) }, new Float64Array(3), how);
    near(
      sorted,
      sortGraph([num(0), num(0), num(0)], 0.1).flatMap((row) => row.map(({ value }) => value)),
      1e-14,
    );
    expect(sorted[0]).toBeGreaterThan(0.99);
  });

  it('of a profile does not depend on the others', ({ task }) => {
    const draw = new Draw(task.name);
    const batch = {
      count: 5,
      agents: 4,
      items: 3,
      values: draw.reals(60),
      target: Float64Array.from(Array.from({ length: 5 }, () => [...given([...draw.integers(3, 0, 3)], 4)]).flat()),
    };
    const scores = draw.reals(20);
    const how = { tau: 0.05, softness: 0.3, leftover: 'uniform', envy: 0.5 } as const;
    const all = nrrLoss(kernels, batch, scores, how);
    for (let p = 0; p < 5; p++) {
      const alone = {
        ...batch,
        count: 1,
        values: batch.values.slice(12 * p, 12 * p + 12),
        target: batch.target.slice(12 * p, 12 * p + 12),
      };
      const found = nrrLoss(kernels, alone, scores.slice(4 * p, 4 * p + 4), how);
      expect([...found.dScores, ...found.loss]).toEqual([...all.dScores.subarray(4 * p, 4 * p + 4), all.loss[p]]);
    }
  });
});

describe('temperature of the picks', () => {
  it('stays, falls along a line, or falls by the same factor at every step', () => {
    const at = (schedule: (typeof TAU_SCHEDULES)[number], done: number) =>
      nrrTemperature(kernels, schedule, 1, 0.01, done);
    const shares = [0, 0.25, 0.5, 1];
    expect(shares.map((done) => at('constant', done))).toEqual([0.01, 0.01, 0.01, 0.01]);
    near(
      shares.map((done) => at('linear', done)),
      [1, 0.7525, 0.505, 0.01],
      1e-15,
    );
    near(
      shares.map((done) => at('exponential', done)),
      [1, Math.sqrt(0.1), 0.1, 0.01],
      1e-15,
    );
    expect(TAU_SCHEDULES.map((schedule) => at(schedule, 1))).toEqual([0.01, 0.01, 0.01]);
  });
});
