import { createEngine, pa, pf, profileBatch } from 'evenhand';
import { describe, expect, it } from 'vitest';
import { mixture, type Row } from '#dist/experiments/s0/compare.js';
import { demandLies } from '#dist/experiments/s0/lies.js';
import { comparisonClaims, fairness, shown, spread } from '#dist/experiments/s0/report.js';

function row(rule: string, seed: number, logNsw: number, efficiency: number, perAgent: readonly number[]): Row {
  const exploitability = perAgent.reduce((a, b) => a + b, 0) / perAgent.length;
  const errors = { exploitabilityError: 0.001, exploitabilityMax: Math.max(...perAgent) };
  return { point: 'p', rule, seed, logNsw, efficiency, exploitability, ...errors, perAgent };
}

const PF = row('PF', 0, -2, 0.6, [0.02, 0]);
const PA = row('PA', 0, -3, 0.4, [0, 0.004]);

describe('reports', () => {
  it('a mixture is the mean over its draw, its worst agent that of the means', () => {
    const mixed = mixture([PF, PA], 0.25, 'm');
    expect(mixed.logNsw).toBeCloseTo(-2.75, 12);
    expect(mixed.efficiency).toBeCloseTo(0.45, 12);
    expect(mixed.perAgent).toEqual([0.005, 0.003]);
    expect(mixed.exploitability).toBeCloseTo(0.004, 12);
    expect(mixed.exploitabilityMax).toBe(0.005);
  });

  it('spread between seeds, or over profiles where there is one', () => {
    const rows = [row('ExS-Net', 1, -2, 0.5, [0.001]), row('ExS-Net', 2, -2.2, 0.5, [0.003])];
    expect(spread(rows, 'exploitability')).toEqual({
      mean: 0.002,
      error: expect.closeTo(Math.SQRT2 * 0.001, 12) as number,
    });
    expect(spread([PF], 'exploitability').error).toBe(0.001);
    expect(spread([PF], 'logNsw').error).toBe(0);
    expect(shown({ mean: 0.0123456, error: 0.00012 })).toBe('0.0123 ± 1.2e-4');
    expect(fairness({ mean: -2 + 2 * Math.log(0.9), error: 0 }, { mean: -2, error: 0 }, 2)).toBeCloseTo(0.9, 12);
  });

  it('claims hold and fail where they should', () => {
    const judge = (net: (rule: string) => Row) =>
      comparisonClaims([PF, PA, mixture([PF, PA], 0.5, 'mixture 1/2'), net('ExPF-Net'), net('ExS-Net')], 'p', 2).map(
        ({ holds }) => holds,
      );
    // A cut of 80 %, 97 % of the welfare, more efficient than PA, better than the mixture.
    expect(judge((rule) => row(rule, 1, -2 + 2 * Math.log(0.97), 0.5, [0.002, 0.002]))).toEqual(Array(8).fill(true));
    // A cut of 70 %, 90 %, less efficient, and worse than the mixture by its welfare.
    expect(judge((rule) => row(rule, 1, -2.6, 0.39, [0.003, 0.003]))).toEqual(Array(8).fill(false));
  });

  it('lies about demands: one item, demands 0.4 and 1; Partial Allocation pays 0.01 for the lie, PF nothing', async () => {
    const engine = await createEngine({ threads: 0 });
    const batch = profileBatch({
      values: { shape: [1, 2, 1], data: Float64Array.of(1, 1) },
      demands: { shape: [1, 2, 1], data: Float64Array.of(0.4, 1) },
      budgets: { shape: [1], data: Float64Array.of(1) },
    });
    const options = { seed: 1, setting: 'quick', seeds: [] } as const;
    expect(await demandLies(engine, pa(), batch, options)).toBeCloseTo(0.01 / 2, 9);
    expect(await demandLies(engine, pf(), batch, options)).toBeLessThan(1e-9);
    await engine.close();
  });
});
