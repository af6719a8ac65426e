import { initialNetwork, mechanism, networkConfig, type Network } from 'evenhand';
import { beforeAll, describe, expect, it } from 'vitest';
import { neuralRoundRobin } from '../../src/mechanisms/neural-round-robin.js';
import { nrrFeatures } from '../../src/networks/neural-round-robin.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { measure, run } from '../helpers/run.js';
import { scoreGraph } from '../oracle/neural-round-robin.js';
import { num } from '../oracle/reverse-mode.js';
import { roundRobinOracle, rows } from '../oracle/round-robin.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

const network = (seed: number): Network =>
  initialNetwork(networkConfig({ model: 'nrr', agents: 15, items: 5, hidden: [7] }), seed);
const order = (out: object) => (out as { order: Int32Array }).order;

describe('Neural Round Robin', () => {
  it.each([
    [1, 1],
    [4, 6],
    [15, 5],
    [3, 20],
  ])('is Round Robin in the order of falling score, %i agents and %i items', (agents, items) => {
    const draw = new Draw(`nrr ${agents} ${items}`);
    const shape = { count: 5, agents, items };
    const values = draw.reals(shape.count * agents * items);
    const model = network(3);
    const out = run(kernels, neuralRoundRobin, shape, { values }, { model });
    const features = nrrFeatures(kernels, { ...shape, values });
    for (let p = 0; p < shape.count; p++) {
      const scores = scoreGraph(rows(features, p, agents, 5), [...model.parameters].map(num), 7).map((s) => s.value);
      const turns = scores.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
      expect([...order(out).subarray(p * agents, (p + 1) * agents)]).toEqual(turns);
      const owner = [...out.owner.subarray(p * items, (p + 1) * items)];
      expect(owner).toEqual(roundRobinOracle(rows(values, p, agents, items), turns));
    }
  });

  it('lets the lower agent pick first among equals', () => {
    const out = run(
      kernels,
      neuralRoundRobin,
      { count: 1, agents: 3, items: 2 },
      { values: new Float64Array(6).fill(1) },
      { model: network(1) },
    );
    expect([...order(out), ...out.owner]).toEqual([0, 1, 2, 0, 1]);
  });

  it('has no answer where scores overflow, and only there', () => {
    const model = network(1);
    model.parameters.fill(3e38);
    model.parameters.fill(-3e38, 7, 14);
    const values = Float64Array.of(1e308, 1e308, 1e308, 1e308, 0.5, 0.25, 0.25, 0.5);
    const out = run(kernels, neuralRoundRobin, { count: 2, agents: 2, items: 2 }, { values }, { model });
    expect(out.status[0]).toBe(5);
    expect(out.residual[0]).toBe(Infinity);
    expect([...out.owner.subarray(0, 2), ...order(out).subarray(0, 2)]).toEqual([-1, -1, -1, -1]);
    expect(out.status[1]).toBe(0);
  });

  it.each(neuralRoundRobin.claims)('claims %s', (claim) => {
    const draw = new Draw(claim);
    for (const [agents, items] of [
      [3, 7],
      [5, 10],
      [7, 3],
    ] as const) {
      const shape = { count: 100, agents, items };
      for (const values of [draw.reals(100 * agents * items), draw.integers(100 * agents * items, 0, 3)]) {
        const { owner } = run(kernels, neuralRoundRobin, shape, { values }, { model: network(2) });
        expect(measure(kernels, claim, shape, { values }, { owner })).toEqual(Array(100).fill(0));
      }
    }
  });

  it('serves any number of agents and items, and needs a network of its own', () => {
    const values = new Float64Array(6).fill(1);
    const shape = { count: 1, agents: 2, items: 3 };
    expect(() => run(kernels, neuralRoundRobin, shape, { values }, { model: '' })).toThrow('needs a trained network');
    const other = initialNetwork(networkConfig({ model: 'exs-net', agents: 2, items: 3 }), 1);
    expect(() => run(kernels, neuralRoundRobin, shape, { values }, { model: other })).toThrow('expected an nrr');
    expect(mechanism('nrr', { model: network(1) }).id).toBe('nrr');
    const refused = (fields: object) => () => networkConfig({ model: 'nrr', agents: 2, items: 3, ...fields });
    expect(refused({ hidden: [3, 3] })).toThrow('one layer width');
    expect(refused({ agentWeights: true })).toThrow('values only');
    expect(refused({ architecture: 'dense' })).toThrow('equivariant');
  });
});
