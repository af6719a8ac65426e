import { readFileSync } from 'node:fs';
import { initialNetwork, networkConfig, parameterCount, type Network } from 'evenhand';
import { beforeAll, describe, expect, it } from 'vitest';
import { eef1nnInput, eef1nnOutput, eef1nnSlope, type EnvyLoss } from '../../src/networks/eef1nn.js';
import type { AssignmentBatch } from '../../src/networks/eef1nn.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { lossOf, outputOf, planesOf, violationOf } from '../oracle/convolution.js';
import { rows } from '../oracle/round-robin.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

const config = (fields: object = {}) => networkConfig({ model: 'eef1nn', agents: 4, items: 3, ...fields });
/** A network all of whose layers matter: outputs of an untrained deep one hardly depend on the input. */
function network(draw: Draw, hidden: readonly number[]): Network {
  const made = initialNetwork(config({ hidden }), draw.integer(1, 1e6));
  made.parameters.forEach((x, k) => (made.parameters[k] = 1.7 * x));
  return made;
}

function batch(draw: Draw, count: number, agents: number, items: number): AssignmentBatch {
  const values = draw.reals(count * agents * items, 0, 2);
  return { count, agents, items, values, target: Int32Array.from(draw.integers(count * items, 0, agents - 1)) };
}

function slope(net: Network, given: AssignmentBatch, how: EnvyLoss) {
  const gradient = new Float32Array(net.parameters.length);
  const loss = new Float64Array(given.count);
  eef1nnSlope(kernels, net, given, [0, given.count], how, gradient, loss);
  return { gradient, loss };
}

const SHAPES = [
  [1, 1],
  [1, 2],
  [2, 1],
  [2, 2],
  [5, 3],
  [4, 9],
  [15, 5],
] as const;

interface Case {
  readonly V: number[][];
  readonly EEF1NN_input_channels: number[][][];
  readonly EFViolation: Readonly<Record<string, unknown>> & { readonly A: number[][] };
}
const cases = JSON.parse(readFileSync(new URL('../fixtures/nrr/cases.json', import.meta.url), 'utf8')) as Record<
  string,
  Case
>;

describe.each(Object.entries(cases))(
  'the published stages of %s',
  (_, { V, EEF1NN_input_channels: planes, EFViolation }) => {
    it('has these planes', () => {
      const [agents, items] = [V.length, V[0]!.length];
      const input = eef1nnInput({ count: 1, agents, items, values: Float64Array.from(V.flat()) });
      planes.forEach((plane, c) => plane.flat().forEach((x, k) => expect(input[6 * k + c]).toBe(Math.fround(x))));
      expect(planesOf(V)).toEqual(planes);
    });

    it('has this envy, item by item and of bundles', () => {
      const given = Object.entries(EFViolation).filter(([name]) => name !== 'A');
      const of = (path: string) => given.find(([name]) => name.includes(path))![1] as number;
      expect(violationOf('good', V, EFViolation.A)).toBeCloseTo(of('per good'), 8);
      expect(violationOf('bundle', V, EFViolation.A)).toBeCloseTo(of('bundle'), 8);
    });
  },
);

describe('the network', () => {
  it('has the published number of parameters in three blocks of eight convolutions', () => {
    expect(parameterCount(config())).toBe(146_475);
  });

  it.each(SHAPES)('agrees with plain loops in double precision, %i agents and %i items', (agents, items) => {
    const draw = new Draw(`eef1nn ${agents} ${items}`);
    const hidden = agents > 4 ? [8, 16, 32, 64, 32, 16, 8] : [7, 9];
    const net = network(draw, hidden);
    const given = batch(draw, 5, agents, items);
    const output = eef1nnOutput(kernels, net, given);
    for (let p = 0; p < (agents > 4 ? 2 : 5); p++) {
      const expected = outputOf(net.config, net.parameters, rows(given.values, p, agents, items)).flat();
      const found = output.subarray(p * agents * items, (p + 1) * agents * items);
      expected.forEach((x, k) => expect(Math.abs(found[k]! - x), `profile ${p}, element ${k}`).toBeLessThan(1e-5));
    }
  });

  it('says the same bits of a profile alone and among others', () => {
    const draw = new Draw('alone');
    const net = network(draw, [8, 12]);
    const given = batch(draw, 7, 3, 4);
    const all = eef1nnOutput(kernels, net, given);
    for (let p = 0; p < 7; p++) {
      const one = { count: 1, agents: 3, items: 4, values: given.values.slice(12 * p, 12 * (p + 1)) };
      expect([...eef1nnOutput(kernels, net, one)]).toEqual([...all.subarray(12 * p, 12 * (p + 1))]);
    }
  });
});

describe('loss and gradient', () => {
  const HOW: EnvyLoss = { temperature: 0.3, offset: 1e-9, envy: 0.7, violation: 'good' };
  it.each([
    ['good', 1e-9, 3, 4],
    ['bundle', 0, 3, 4],
    ['ef1', 0.01, 3, 7],
    ['good', 0, 1, 1],
    ['ef1', 1e-9, 2, 2],
    ['bundle', 1e-9, 2, 1],
    ['ef1', 1e-9, 1, 2],
  ] as const)(
    'agree with plain loops and differences of them, envy by %s, offset %d, %i x %i',
    (violation, offset, agents, items) => {
      const draw = new Draw(`slope ${violation} ${agents}`);
      const net = network(draw, [3, 9]);
      const given = batch(draw, 3, agents, items);
      const how = { ...HOW, violation, offset };
      const { gradient, loss } = slope(net, given, how);
      const parameters = Float64Array.from(net.parameters);
      const lossAt = (p: number) => {
        const v = rows(given.values, p, agents, items);
        return lossOf(
          outputOf(net.config, parameters, v),
          v,
          [...given.target.subarray(p * items, (p + 1) * items)],
          how,
        );
      };
      loss.forEach((x, p) => expect(Math.abs(x - lossAt(p)) / Math.max(1, lossAt(p))).toBeLessThan(1e-5));
      const total = () => [0, 1, 2].reduce((sum, p) => sum + lossAt(p), 0);
      const size = Math.max(...gradient.map(Math.abs), 1e-3);
      for (let k = 0; k < parameters.length; k += 37) {
        const at = parameters[k]!;
        parameters[k] = at + 1e-5;
        const up = total();
        parameters[k] = at - 1e-5;
        const slopeThere = (up - total()) / 2e-5;
        parameters[k] = at;
        expect(Math.abs(gradient[k]! - slopeThere) / size, `parameter ${k}`).toBeLessThan(2e-4);
      }
    },
  );

  it('of a batch is the sum of those of its profiles, each with the loss that it has alone', () => {
    const draw = new Draw('sum');
    const net = network(draw, [8, 3]);
    const given = batch(draw, 4, 5, 3);
    const all = slope(net, given, HOW);
    const sum = new Float64Array(all.gradient.length);
    for (let p = 0; p < 4; p++) {
      const gradient = new Float32Array(sum.length);
      const loss = new Float64Array(4);
      eef1nnSlope(kernels, net, given, [p, p + 1], HOW, gradient, loss);
      expect(loss[p]).toBe(all.loss[p]);
      gradient.forEach((g, k) => (sum[k]! += g));
    }
    const size = Math.max(...sum.map(Math.abs));
    all.gradient.forEach((g, k) => expect(Math.abs(g - sum[k]!) / size).toBeLessThan(1e-6));
  });
});
