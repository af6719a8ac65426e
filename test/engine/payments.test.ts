import { createEngine, fehrSchmidt, participatory, pf, profileBatch, sampleProfiles, type Mechanism } from 'evenhand';
import { afterAll, describe, expect, it } from 'vitest';
import { Draw } from '../helpers/draw.js';
import { drawMix, mixArrays } from '../helpers/participatory.js';
import { OBJECTIVES, mixedOptimum, ownObjective, type Mix } from '../oracle/participatory.js';
import { rows } from '../oracle/round-robin.js';

const engine = await createEngine({ threads: 0 });
afterAll(() => engine.close());

const PLAIN = [1, 0, 0, 1, 0, 0, 0];

function batchOf(problems: readonly Mix[], without: readonly string[] = []) {
  const [count, n, m] = [problems.length, problems[0]!.values.length, problems[0]!.shares.length];
  const shapes: Record<string, number[]> = { values: [n, m], shares: [m], network: [n, n] };
  return profileBatch(
    Object.fromEntries(
      Object.entries(mixArrays(problems))
        .filter(([name]) => !without.some((prefix) => name.startsWith(prefix)))
        .map(([name, data]) => [name, { shape: [count, ...(shapes[name] ?? [n])], data }]),
    ),
  );
}

/** True objective less payment of agent `i`, profile by profile. */
async function nets(rule: Mechanism, truth: Mix, reports: readonly Mix[], i: number): Promise<number[]> {
  const [n, m] = [truth.values.length, truth.shares.length];
  const skip = rule.id === 'fehr-schmidt' ? ['theta', 'network'] : [];
  const out = await engine.payments(rule, batchOf(reports, skip));
  return reports.map((_, k) => {
    expect(out.status[k]).toBe(0);
    return ownObjective(truth, rows(out.allocation, k, n, m), i) - out.payments[k * n + i]!;
  });
}

describe('externality payments', () => {
  /** Agent `i` states something else. */
  const restated = (
    p: Mix,
    i: number,
    to: Partial<Record<'values' | 'theta', number[]> & { alpha: number; beta: number }>,
  ): Mix => ({
    ...p,
    values: p.values.map((row, k) => (k === i ? (to.values ?? row) : row)),
    theta: p.theta.map((row, k) => (k === i ? (to.theta ?? row) : row)),
    alpha: p.alpha.map((x, k) => (k === i ? (to.alpha ?? x) : x)),
    beta: p.beta.map((x, k) => (k === i ? (to.beta ?? x) : x)),
  });
  const LEVELS = [0, 0.25, 0.5, 1];

  it.each([
    ['fehr-schmidt', fehrSchmidt(), ['own', 'fehr-schmidt']],
    ['participatory', participatory(), [...OBJECTIVES]],
  ] as const)('make true aversions and weights best among all of a grid, %s', async (name, rule, parts) => {
    const draw = new Draw(`truth ${name}`);
    let worse = 0;
    for (const n of [2, 3, 4]) {
      const drawn = drawMix(draw, 'random', n, 3, parts);
      const truth = name === 'fehr-schmidt' ? { ...drawn, theta: drawn.values.map(() => PLAIN) } : drawn;
      for (let i = 0; i < n; i++) {
        const reports = LEVELS.flatMap((alpha) => LEVELS.map((beta) => restated(truth, i, { alpha, beta })));
        if (name === 'participatory')
          for (let o = 0; o < 7; o++)
            for (const x of LEVELS)
              reports.push(restated(truth, i, { theta: truth.theta[i]!.map((y, p) => (p === o ? x : y)) }));
        const [own, ...others] = await nets(rule, truth, [truth, ...reports], i);
        expect(Math.max(...others)).toBeLessThanOrEqual(own! + 1e-9);
        worse = Math.max(worse, own! - Math.min(...others));
      }
    }
    // Some reports are worse: there is something to lose.
    expect(worse).toBeGreaterThan(1e-3);
  });

  it('make true values best too where nobody else minds what the agent has', async () => {
    const draw = new Draw('values');
    for (const n of [2, 3]) {
      const truth = drawMix(draw, 'random', n, 2, ['own', 'max-envy', 'network-envy']);
      for (let i = 0; i < n; i++) {
        const reports = LEVELS.flatMap((a) => LEVELS.map((b) => restated(truth, i, { values: [a, b] })));
        const [own, ...others] = await nets(participatory(), truth, [truth, ...reports], i);
        expect(Math.max(...others)).toBeLessThanOrEqual(own! + 1e-9);
      }
    }
  });

  it('do not make true values best where others do: what they mind is the utility that the agent states', async () => {
    const p: Mix = {
      values: [[1], [0.9]],
      alpha: [0, 0.5],
      beta: [0, 0],
      shares: [1],
      network: [
        [0, 0],
        [0, 0],
      ],
      theta: [PLAIN, PLAIN],
    };
    // Truth: the item is shared, u_1 = u_2. Stating less, agent 1 seems poorer than it is and gets more of it.
    const [own, ...others] = await nets(
      fehrSchmidt(),
      p,
      [p, ...LEVELS.concat(0.6, 0.7, 0.8, 0.9, 0.95).map((a) => restated(p, 0, { values: [a] }))],
      0,
    );
    expect(Math.max(...others)).toBeGreaterThan(own! + 1e-3);
  });

  it('are what the others could have without the agent, by HiGHS, less what they have', async () => {
    const draw = new Draw('externality');
    for (const n of [2, 3, 4]) {
      const p = drawMix(draw, 'random', n, 3, [...OBJECTIVES]);
      const out = await engine.payments(participatory(), batchOf([p]));
      const allocation = rows(out.allocation, 0, n, 3);
      for (let i = 0; i < n; i++) {
        const keep = <T>(list: readonly T[]): T[] => list.filter((_, k) => k !== i);
        const others: Mix = {
          values: keep(p.values),
          shares: p.shares,
          network: keep(p.network).map(keep),
          // The mean is over n, and aversion divided by n − 1, as with everyone.
          theta: keep(p.theta).map((row) => row.map((x, o) => (o === 1 ? (x * (n - 1)) / n : x))),
          alpha: keep(p.alpha).map((x) => (x * (n - 2)) / (n - 1)),
          beta: keep(p.beta).map((x) => (x * (n - 2)) / (n - 1)),
        };
        const theirs = keep(p.values.map((_, k) => ownObjective(p, allocation, k))).reduce((a, b) => a + b, 0);
        expect(Math.abs(out.objectives[i]! - ownObjective(p, allocation, i))).toBeLessThanOrEqual(1e-12);
        expect(Math.abs(out.payments[i]! - (mixedOptimum(others) - theirs))).toBeLessThanOrEqual(1e-9);
      }
    }
  });

  it('are never negative under fehr-schmidt, and for two agents what the other would have of everything less what it has', async () => {
    const batch = sampleProfiles('uniform-full', { agents: 2, items: 4, count: 50, budget: 1, seed: 3 });
    const { payments, objectives } = await engine.payments(fehrSchmidt(), batch);
    const drawn = await engine.allocate(participatory({ objectives: ['own'] }), batch);
    expect(drawn.count).toBe(50);
    expect(Math.min(...payments)).toBeGreaterThanOrEqual(-1e-12);
    expect(objectives.length).toBe(100);
    const three = await engine.payments(
      fehrSchmidt(),
      sampleProfiles('integer:3', { agents: 4, items: 3, count: 50, budget: 1, seed: 3 }),
    );
    expect(Math.min(...three.payments)).toBeGreaterThanOrEqual(-1e-9);
    const p = { values: { shape: [2, 2], data: Float64Array.of(1, 0.2, 0.6, 0.9) } };
    const aversion = { shape: [2], data: Float64Array.of(0, 0) };
    const out = await engine.payments(fehrSchmidt(), profileBatch({ ...p, alpha: aversion, beta: aversion }));
    // Without aversion: second prices of what each gets.
    expect([...out.payments].map((x) => x.toFixed(12))).toEqual(['0.600000000000', '0.200000000000']);
  });

  it('are nothing for an agent alone, and are refused for rules that maximise no sum of objectives', async () => {
    const one = profileBatch({ values: { shape: [1, 2], data: Float64Array.of(1, 2) } });
    expect([...(await engine.payments(fehrSchmidt(), one)).payments]).toEqual([0]);
    await expect(engine.payments(pf(), one)).rejects.toThrow(
      'pf has no externality payments here, expected fehr-schmidt or participatory',
    );
  });

  it('leave a profile with a bad number out, and its neighbour alone', async () => {
    const values = { shape: [2, 2, 2], data: Float64Array.of(1, 0.2, 0.6, 0.9, NaN, 1, 1, 1) };
    const out = await engine.payments(fehrSchmidt(), profileBatch({ values }, undefined, { badProfiles: 'status' }));
    const alone = await engine.payments(
      fehrSchmidt(),
      profileBatch({ values: { shape: [2, 2], data: values.data.subarray(0, 4) } }),
    );
    expect([...out.status]).toEqual([0, 6]);
    expect([...out.payments]).toEqual([...alone.payments, 0, 0]);
  });
});
