import { InputError, createEngine, pa, pf, pfPaMixture, sampleProfiles, type Engine } from 'evenhand';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine({ threads: 0 });
});
afterAll(() => engine.close());

describe('the mixture of proportional fairness and Partial Allocation', () => {
  const batch = sampleProfiles('uniform', { agents: 4, items: 2, count: 4000, budget: 1, seed: 3 });

  it('is Partial Allocation at rho 0 and proportional fairness at rho 1, bit for bit', async () => {
    const [withheld, fair] = [await engine.allocate(pa(), batch), await engine.allocate(pf(), batch)];
    for (const [rho, wanted] of [
      [0, withheld],
      [1, fair],
    ] as const) {
      const out = await engine.allocate(pfPaMixture({ rho, seed: 5 }), batch);
      expect(Buffer.from(out.allocation!.buffer).equals(Buffer.from(wanted.allocation!.buffer))).toBe(true);
      expect(Buffer.from(out.utilities!.buffer).equals(Buffer.from(wanted.utilities!.buffer))).toBe(true);
      expect([...(out as unknown as { drawn: Int32Array }).drawn].every((d) => d === rho)).toBe(true);
    }
  });

  it('draws proportional fairness in a share rho of the profiles, and gives each the rule that was drawn', async () => {
    const [withheld, fair] = [await engine.allocate(pa(), batch), await engine.allocate(pf(), batch)];
    for (const rho of [0.2, 0.5, 0.9]) {
      const out = await engine.allocate(pfPaMixture({ rho, seed: 11 }), batch);
      const { drawn } = out as unknown as { drawn: Int32Array };
      const share = drawn.reduce((sum, d) => sum + d, 0) / 4000;
      expect(Math.abs(share - rho)).toBeLessThanOrEqual((4 * Math.sqrt(rho * (1 - rho))) / Math.sqrt(4000));
      out.utilities!.forEach((u, j) => {
        expect(u).toBe((drawn[Math.floor(j / 4)] === 1 ? fair : withheld).utilities![j]);
      });
    }
  });

  it('draws by seed and place in the batch, whatever the threads', async () => {
    const two = await createEngine({ threads: 2 });
    try {
      const large = sampleProfiles('uniform', { agents: 4, items: 2, count: 20_000, budget: 1, seed: 3 });
      const drawnOf = async (on: Engine, seed: number) =>
        (await on.allocate(pfPaMixture({ seed }), large)) as unknown as { drawn: Int32Array; allocation: Float64Array };
      const [first, same, other] = [await drawnOf(engine, 1), await drawnOf(two, 1), await drawnOf(two, 2)];
      expect(Buffer.from(same.drawn.buffer).equals(Buffer.from(first.drawn.buffer))).toBe(true);
      expect(Buffer.from(same.allocation.buffer).equals(Buffer.from(first.allocation.buffer))).toBe(true);
      const differing = other.drawn.filter((d, k) => d !== first.drawn[k]).length;
      expect(Math.abs(differing / 20_000 - 0.5)).toBeLessThan(0.02);
    } finally {
      await two.close();
    }
  });

  it('is refused a seed that is no integer and a rho that is no probability', async () => {
    const two = await createEngine({ threads: 2 });
    for (const on of [engine, two]) {
      const refused = on.allocate(pfPaMixture({ seed: 1.5 }), batch);
      await expect(refused).rejects.toThrow(new InputError('seed is 1.5, expected an integer'));
    }
    await two.close();
    expect(() => pfPaMixture({ rho: 1.5 })).toThrow('rho');
    expect(() => pfPaMixture({ rho: -0.1 })).toThrow('rho');
  });
});
