import { createEngine, materialize, mechanism, sampleProfiles, type Engine } from 'evenhand';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { BatchArray } from '../../src/profiles/batch.js';
import { sharedArray } from '../../src/profiles/convert.js';
import { OUTPUT_ARRAYS } from '../../src/profiles/schema.js';
import { definitionOf } from '../../src/mechanisms/registry.js';
import type { CardinalDefinition } from '../../src/mechanisms/mechanism.js';
import { outputNames, type Batch } from '../../src/engine/chunk.js';
import { allocateJob } from '../../src/mechanisms/operation.js';
import { elementsOf } from '../../src/profiles/spots.js';
import { execute } from '../../src/engine/tasks.js';
import { testKernels } from '../helpers/kernels.js';
import { ruleOf } from '../helpers/rules.js';
import { CARDINAL, bytesOf, drawn, expectSameBits, profileOf, stack, type Profile } from './support.js';

const engines: Engine[] = await Promise.all([0, 1, 2].map((threads) => createEngine({ threads })));
const [inThisThread, one, two] = engines as [Engine, Engine, Engine];
afterAll(() => Promise.all(engines.map((engine) => engine.close())));

/** Solves a batch in chunks that end where `ends` says. */
function inChunks(id: string, batch: Batch, ends: readonly number[]): Record<string, BatchArray> {
  const kernels = testKernels();
  const definition = definitionOf(id) as CardinalDefinition;
  const results = Object.fromEntries(
    outputNames(definition).map((name): [string, BatchArray] => {
      const stride = elementsOf(name, batch.agents, batch.items);
      return [name, { data: sharedArray(OUTPUT_ARRAYS[name]!.dtype, batch.count * stride), stride }];
    }),
  );
  let low = 0;
  for (const high of ends) {
    execute(kernels, {
      kind: 'job',
      job: allocateJob(ruleOf(id, batch.agents, batch.items)),
      batch,
      results,
      low,
      high,
    });
    low = high;
  }
  return results;
}

/** Ends of chunks of `size` each. */
function every(size: number, count: number): number[] {
  return Array.from({ length: Math.ceil(count / size) }, (_, k) => Math.min(count, (k + 1) * size));
}

describe.each(CARDINAL)('%s gives the same bits', (id) => {
  it('on no, one and two worker threads', async () => {
    // Enough work for the engine to hand it over: rules that only assign items are fast.
    const count = (definitionOf(id) as CardinalDefinition).outputs.includes('owner') ? 60_000 : 6000;
    const batch = sampleProfiles('uniform', { agents: 8, items: 5, count, budget: 1, seed: 3 });
    const expected = await inThisThread.allocate(ruleOf(id, batch.agents, batch.items), batch);
    expect([...expected.status].filter((status) => status > 1)).toEqual([]);
    for (const engine of [one, two]) {
      const run = vi.spyOn(engine.pool, 'run');
      expectSameBits(await engine.allocate(ruleOf(id, batch.agents, batch.items), batch), expected);
      expect(run.mock.calls.some(([, here]) => here !== true)).toBe(true);
      run.mockRestore();
    }
  });

  it('whether profiles are drawn in chunks or all at once', async () => {
    const batch = sampleProfiles('integer:3', { agents: 4, items: 3, count: 1500, seed: 11 });
    expectSameBits(
      await two.allocate(ruleOf(id, batch.agents, batch.items), materialize(batch)),
      await inThisThread.allocate(ruleOf(id, batch.agents, batch.items), batch),
    );
  });

  it.each([2, 7, 64, 299])('in chunks of %i profiles as in chunks of one', (size) => {
    const batch = sampleProfiles('uniform', { agents: 5, items: 4, count: 300, budget: 1, seed: 5 });
    const alone = inChunks(id, batch, every(1, 300));
    for (const [name, { data }] of Object.entries(inChunks(id, batch, every(size, 300)))) {
      expect(`${name} ${bytesOf(data).equals(bytesOf(alone[name]!.data))}`).toBe(`${name} true`);
    }
  });

  it('for a run repeated on the same engine', async () => {
    const batch = sampleProfiles('rank-one', { agents: 6, items: 3, count: 2000, seed: 2 });
    expectSameBits(
      await two.allocate(ruleOf(id, batch.agents, batch.items), batch),
      await two.allocate(ruleOf(id, batch.agents, batch.items), batch),
    );
  });

  it('for a profile alone, and at odd and even places next to easy and hard ones', async () => {
    const [agents, items] = [4, 3];
    const entries = agents * items;
    const neighbours: Profile[] = [
      // Nobody wants anything: over at once.
      { values: Array(entries).fill(1), demands: Array(entries).fill(0), budgets: [1, 1, 1], weights: [1, 1, 1, 1] },
      // All alike, demands that just bind: degenerate.
      { values: Array(entries).fill(1), demands: Array(entries).fill(0.25), budgets: [1, 1, 1], weights: [1, 1, 1, 1] },
      // Eighteen orders of magnitude.
      {
        values: Array.from({ length: entries }, (_, j) => 10 ** ((j % 7) * 3 - 9)),
        demands: Array.from({ length: entries }, (_, j) => 1 + (j % 2)),
        // Two rules refuse supplies other than 1.
        budgets: id === 'fehr-schmidt' || id === 'participatory' ? [1, 1, 1] : [1e-6, 1, 1e6],
        weights: [1e-3, 1, 1, 1e3],
      },
      ...drawn(agents, items, 1, 8),
    ];
    // The mixture draws by the place: whichever it draws, the answer is the same.
    const rules = id === 'pf-pa-mixture' ? [0, 1].map((rho) => mechanism(id, { rho })) : [ruleOf(id, agents, items)];
    for (const [rule, target] of rules.flatMap((each) => drawn(agents, items, 4, 1).map((p) => [each, p] as const))) {
      const alone = await inThisThread.allocate(rule, stack(agents, items, [target]));
      for (const other of neighbours) {
        const arrangements: [number, Profile[]][] = [
          [0, [target, other]],
          [1, [other, target]],
          [2, [other, other, target]],
          [3, [other, other, other, target]],
          [2, [other, other, target, other, other]],
        ];
        for (const [place, profiles] of arrangements) {
          const together = await inThisThread.allocate(rule, stack(agents, items, profiles));
          expect(profileOf(together, place)).toEqual(profileOf(alone, 0));
        }
      }
    }
  });
});
