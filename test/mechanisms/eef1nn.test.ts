import { initialNetwork, loadNetwork, mechanism, networkConfig, saveNetwork, type Network } from 'evenhand';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { eef1nn } from '../../src/mechanisms/eef1nn.js';
import { eef1nnOutput } from '../../src/networks/eef1nn.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { measure, run } from '../helpers/run.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

const network = (seed: number): Network =>
  initialNetwork(networkConfig({ model: 'eef1nn', agents: 4, items: 3, hidden: [8, 6] }), seed);

describe('EEF1-NN', () => {
  it.each([
    [1, 1],
    [2, 1],
    [1, 2],
    [3, 8],
    [9, 4],
  ])('gives every item to the agent of the largest output, %i agents and %i items', (agents, items) => {
    const draw = new Draw(`eef1nn ${agents} ${items}`);
    const shape = { count: 9, agents, items };
    const values = draw.reals(9 * agents * items);
    const model = network(draw.integer(1, 99));
    const out = run(kernels, eef1nn, shape, { values }, { model });
    const said = eef1nnOutput(kernels, model, { ...shape, values });
    for (let p = 0; p < 9; p++) {
      const utilities = new Float64Array(agents);
      for (let m = 0; m < items; m++) {
        const at = (i: number) => (p * agents + i) * items + m;
        let best = 0;
        for (let i = 1; i < agents; i++) if (said[at(i)]! > said[at(best)]!) best = i;
        expect(out.owner[p * items + m]).toBe(best);
        utilities[best]! += values[at(best)]!;
      }
      expect([...out.utilities.subarray(p * agents, (p + 1) * agents)]).toEqual([...utilities]);
    }
    expect([...out.status, ...out.residual]).toEqual(Array(18).fill(0));
    expect(measure(kernels, 'feasibility', shape, { values }, { owner: out.owner })).toEqual(Array(9).fill(0));
  });

  it('gives the item to the lowest of agents with equal outputs', () => {
    const model = network(1);
    model.parameters.fill(0);
    const values = Float64Array.of(1, 2, 3, 4, 5, 6);
    const { owner } = run(kernels, eef1nn, { count: 1, agents: 3, items: 2 }, { values }, { model });
    expect([...owner]).toEqual([0, 0]);
  });

  it('has no answer where values are beyond single precision, and leaves the neighbours as they are', () => {
    const model = network(2);
    const values = new Draw('neighbours').reals(5 * 6);
    const shape = { count: 5, agents: 2, items: 3 };
    const clean = run(kernels, eef1nn, shape, { values }, { model });
    const spoilt = run(kernels, eef1nn, shape, { values: values.map((v, k) => (k === 15 ? 1e31 : v)) }, { model });
    expect([...spoilt.status]).toEqual([0, 0, 5, 0, 0]);
    expect(spoilt.residual[2]).toBe(Infinity);
    expect([...spoilt.owner.subarray(6, 9), ...spoilt.utilities.subarray(4, 6)]).toEqual([-1, -1, -1, 0, 0]);
    for (const p of [0, 1, 3, 4]) {
      expect(spoilt.owner.slice(3 * p, 3 * p + 3)).toEqual(clean.owner.slice(3 * p, 3 * p + 3));
      expect(spoilt.utilities.slice(2 * p, 2 * p + 2)).toEqual(clean.utilities.slice(2 * p, 2 * p + 2));
    }
  });

  it('reads one profile that stands for all', () => {
    const model = network(3);
    const values = new Draw('shared').reals(6);
    const shared = run(kernels, eef1nn, { count: 6, agents: 2, items: 3 }, { values }, { model });
    const each = Float64Array.from({ length: 36 }, (_, k) => values[k % 6]!);
    const repeated = run(kernels, eef1nn, { count: 6, agents: 2, items: 3 }, { values: each }, { model });
    expect(shared.owner).toEqual(repeated.owner);
  });

  it('comes back from its folder as it was', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'evenhand-eef1nn-'));
    try {
      const model = network(4);
      await saveNetwork(folder, model);
      const found = await loadNetwork(folder);
      expect(found.config).toEqual(model.config);
      expect([...found.parameters]).toEqual([...model.parameters]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('needs a network of its own', () => {
    const values = new Float64Array(6).fill(1);
    const shape = { count: 1, agents: 2, items: 3 };
    expect(() => run(kernels, eef1nn, shape, { values }, { model: '' })).toThrow('needs a trained network');
    const other = initialNetwork(networkConfig({ model: 'nrr', agents: 2, items: 3 }), 1);
    expect(() => run(kernels, eef1nn, shape, { values }, { model: other })).toThrow('expected an eef1nn');
    expect(mechanism('eef1nn', { model: network(1) }).id).toBe('eef1nn');
    const refused = (fields: object) => () => networkConfig({ model: 'eef1nn', agents: 2, items: 3, ...fields });
    expect(refused({ agentWeights: true })).toThrow('values only');
    expect(refused({ architecture: 'dense' })).toThrow('convolutional, as an eef1nn is');
  });
});
