import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MECHANISMS, PROPERTIES, saveNetwork, type Network } from 'evenhand';
import { describe, expect, it } from 'vitest';
import { ruleOf } from '../helpers/rules.js';
import { ROOT, Workplace, nd, numbers } from './support.js';

const place = new Workplace();
const FORMATS = ['npz', 'json', 'csv', 'parquet'] as const;
for (const format of FORMATS)
  await place.ok(`sample uniform --agents 4 --items 3 --count 40 --budget 1 --seed 5 --out in.${format}`);

/** The flag that a learned mechanism needs, its untrained network written. */
async function modelFlag(id: string): Promise<string> {
  const { model } = ruleOf(id, 4, 3).options;
  if (typeof model !== 'object') return '';
  await saveNetwork(place.at(`${id}-model`), model as Network);
  return ` --model ${id}-model`;
}

/** Goods 0, 1, 2 with one, two and one places; three agents. */
const COURSES = {
  capacities: [1, 2, 1],
  bundles: [[[0, 1], [2]], [[0], [1, 2], []].slice(0, 2), [[2], [0], [1]]],
};
place.json('courses.json', COURSES);
await place.write('courses.npz', {
  capacities: nd([3], Int32Array.of(1, 2, 1)),
  bundle_start: nd([4], BigInt64Array.of(0n, 2n, 4n, 7n)),
  bundle_mask: nd([7], BigUint64Array.of(3n, 4n, 1n, 6n, 4n, 1n, 2n)),
});
await place.write('units.npz', {
  capacities: nd([3], Int32Array.of(1, 2, 1)),
  bundle_start: nd([4], BigInt64Array.of(0n, 2n, 4n, 7n)),
  bundle_units: nd([7, 3], Uint16Array.of(1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0)),
});

describe('allocate', () => {
  const rules = MECHANISMS.filter(({ kind }) => kind === 'cardinal').map(({ id }) => id);

  it.each(rules)(
    '%s gives the same numbers from and to .npz, .json, .csv and .parquet, and verify agrees',
    async (id) => {
      let first: Record<string, number[]> | undefined;
      for (const [k, format] of FORMATS.entries()) {
        const out = `${id}-out.${FORMATS[(k + 1) % 4]!}`;
        const { stdout, lines } = await place.ok(`allocate ${id} in.${format} --out ${out}${await modelFlag(id)}`);
        expect(stdout).toBe('');
        expect(lines.at(-1)).toMatch(new RegExp(`^${id}: 40 of 40 solved, largest residual .*; wrote ${out}$`));
        const arrays = await place.read(out);
        const found = Object.fromEntries(Object.keys(arrays).map((name) => [name, numbers(arrays, name)]));
        first ??= found;
        expect(found).toEqual(first);
        expect(found.status).toEqual(new Array(40).fill(0));
        // SoftRR as published hands out more than there is of an item.
        if (id === 'soft-round-robin') expect((await place.run(`verify in.${format} ${out}`)).status).toBe(1);
        else expect((await place.ok(`verify in.${format} ${out}`)).lines.at(-1)).toContain('40 of 40 verified');
      }
    },
  );

  it('serial-dictatorship gives the same assignment from .json, bit masks and units, and verify agrees', async () => {
    for (const input of ['courses.json', 'courses.npz', 'units.npz']) {
      for (const out of ['assigned.npz', 'assigned.json']) {
        await place.ok(`allocate serial-dictatorship ${input} --out ${out}`);
        const result = await place.read(out);
        expect(numbers(result, 'assignment')).toEqual([0, 1, -1]);
        expect(numbers(result, 'remaining')).toEqual([0, 0, 0]);
        expect([numbers(result, 'status'), numbers(result, 'residual')]).toEqual([[0], [0]]);
        expect((await place.ok(`verify ${input} ${out}`)).lines[0]).toContain('order of arrival');
      }
    }
  });

  it('serial-dictatorship draws its order from the seed', async () => {
    // Ten agents who all want the one good first: whoever has it came first.
    place.json('race.json', { capacities: [1], bundles: Array.from({ length: 10 }, () => [[0]]) });
    const winners = new Set<number>();
    for (let seed = 0; seed < 5; seed++) {
      await place.ok(`allocate serial-dictatorship race.json --random-order --seed ${seed} --out race.npz`);
      winners.add(numbers(await place.read('race.npz'), 'assignment').indexOf(0));
      const bytes = place.bytes('race.npz');
      await place.ok(`allocate serial-dictatorship race.json --random-order --seed=${seed} --out=race.npz`);
      expect(place.bytes('race.npz').equals(bytes)).toBe(true);
    }
    expect(winners.size).toBeGreaterThan(1);
  });

  it('eceei takes fractional capacities and multiplicities, in .npz and .json, and verify agrees', async () => {
    place.json('market.json', { capacities: [1, 0.5], bundles: [[[0, 1], [0], [1]]], multiplicity: [2] });
    await place.ok('allocate eceei market.json --epsilon 0.2 --out market.npz');
    for (const out of ['prices.npz', 'prices.json']) {
      await place.ok(`allocate eceei market.json --epsilon=0.2 --exact --out ${out}`);
      const result = await place.read(out);
      const [one, two] = numbers(result, 'prices') as [number, number];
      expect(Math.abs(one - 0.9) + Math.abs(two - 0.85)).toBeLessThan(1e-15);
      expect(numbers(result, 'exact_prices')).toEqual([18, 17, 20]);
      expect(numbers(result, 'law_edges')).toEqual([0.8, 1]);
      expect((await place.ok(`verify market.json ${out}`)).lines.at(-1)).toContain(
        'equilibrium, exact: 1 of 1 verified',
      );
    }
    place.json('units.json', { capacities: [3], bundles: [[[0, 0]], [[0, 0]], [[0]]] });
    await place.ok('allocate eceei units.json --out units-out.npz');
    expect((await place.ok('verify units.json units-out.npz')).lines.at(-1)).toContain('1 of 1 verified');
  });

  it('eceei --round gives everybody one bundle, and verify counts again', async () => {
    place.json('market.json', {
      capacities: [2, 1],
      bundles: [[[0, 1], [0], [1]], [[0], [1]], [[1]]],
      multiplicity: [2, 1, 1],
    });
    await place.ok('allocate eceei market.json --epsilon 0.2 --round --out round.json');
    const result = await place.read('round.json');
    expect(numbers(result, 'assignment').length).toBe(4);
    expect(numbers(result, 'excess_norm')[0]).toBeLessThanOrEqual(numbers(result, 'excess_bound')[0]!);
    expect((await place.ok('verify market.json round.json')).lines.at(-1)).toContain('1 of 1 verified');
  });

  it('simulate ocam --check measures the conditions of a dynamic equilibrium', async () => {
    const bundles = Array.from({ length: 40 }, (_, i) => (i % 3 ? [[0], [1]] : [[0, 1], [0]]));
    place.json('arrivals.json', { capacities: [12, 14], bundles });
    const { stdout } = await place.ok('simulate ocam arrivals.json --mode paper --check --json --out paper.npz');
    const paper = JSON.parse(stdout) as Record<string, number>;
    expect(paper).toMatchObject({ agents: 36, not_favourite: 0, envy_beyond_one: 0, stopped: 0 });
    expect(paper.budget_spread).toBeLessThanOrEqual(0.2);
    expect(paper.above! + paper.below!).toBeGreaterThan(0);
    const said = await place.ok('simulate ocam arrivals.json --check --out hard.npz');
    expect(said.lines.at(-1)).toMatch(/agents 36, budget_spread 0\.\d+, not_favourite \d/);
    expect((await place.run('simulate ocam arrivals.json --check --batch 5 --out hard.npz')).status).toBe(2);
  });

  it('simulate ocam says on stderr where arrivals do not look random', async () => {
    const bundles = Array.from({ length: 1500 }, (_, i) => (i < 500 ? [[0], [1]] : [[1], [0]]));
    place.json('arrivals.json', { capacities: [500, 500], bundles });
    const drifting = await place.ok('simulate ocam arrivals.json --reprice 0 --epsilon-sample 0.3 --out drift.json');
    expect(drifting.lines).toContainEqual(
      expect.stringMatching(/^arrivals do not look random: demand had left what prices expect after agent \d{3}/),
    );
    const even = bundles.map((_, i) => (i % 2 ? [[0], [1]] : [[1], [0]]));
    place.json('even.json', { capacities: [500, 500], bundles: even });
    const random = await place.ok('simulate ocam even.json --reprice 0 --epsilon-sample 0.3 --out even.npz');
    expect(random.lines.join()).not.toContain('random');
  });

  it('eceei that does not end in time says so: exit code 1, no prices', async () => {
    place.json('market.json', { capacities: [1, 1], bundles: [[[0, 1], [0]], [[1]], [[0]], [[0, 1]]] });
    const { status, lines } = await place.run('allocate eceei market.json --work 10 --out market.npz');
    expect(status).toBe(1);
    expect(lines.join()).toContain('status 2');
    expect(numbers(await place.read('market.npz'), 'prices')).toEqual([0, 0]);
    expect((await place.run('verify market.json market.npz')).status).toBe(1);
  });

  it('pf finds the prices and the welfare of the Adult instance', async () => {
    const rows = readFileSync(join(ROOT, 'data/adult/adult_first500_values.csv'), 'utf8').trim().split('\n').slice(1);
    place.json('adult.json', { values: rows.map((row) => row.split(',').slice(2).map(Number)), budgets: [1, 1] });
    await place.ok('allocate pf adult.json --out adult.npz');
    const result = await place.read('adult.npz');
    const [female, male] = numbers(result, 'prices') as [number, number];
    expect(Math.abs(female / (273 / 58) - 1)).toBeLessThan(1e-9);
    expect(Math.abs(male / (481 / 58) - 1)).toBeLessThan(1e-9);
    const logs = numbers(result, 'utilities').map((u) => (u > 0 ? Math.log(u) : 0));
    expect(Math.abs(logs.reduce((a, b) => a + b) - 12.006522574228)).toBeLessThan(1e-10);
    expect(numbers(result, 'utilities')[11]).toBe(0); // Priv-house-serv values nothing
    expect((await place.ok('verify adult.json adult.npz')).lines[0]).toContain('1 of 1 verified');
  });

  it('takes options as --name value and --name=value', async () => {
    place.json('tie.json', { values: [[1], [1], [1]] });
    await place.ok('allocate utilitarian tie.json --select vertex --out vertex.json');
    await place.ok('allocate utilitarian tie.json --select=entropy --tolerance=1e-9 --out=entropy.json');
    expect(numbers(await place.read('vertex.json'), 'allocation')).toEqual([1, 0, 0]);
    expect(numbers(await place.read('entropy.json'), 'allocation')[0]).toBeCloseTo(1 / 3, 12);
  });

  it('lets round-robin pick in the order of the file, and exits 0 for arrays without B', async () => {
    place.json('order.json', {
      values: [
        [5, 1, 4],
        [5, 2, 1],
      ],
      order: [1, 0],
    });
    await place.ok('allocate round-robin order.json --out order-out.json');
    expect(JSON.parse(place.bytes('order-out.json').toString())).toEqual({
      owner: [[1, 1, 0]],
      utilities: [[4, 7]],
      status: [0],
      residual: [0],
    });
  });

  it('names each array that the mechanism ignores in a line of its own, and no other', async () => {
    const cotangent = nd([40, 4, 3], new Float64Array(480));
    await place.write('more.npz', { ...(await place.read('in.npz')), cotangent, status: nd([40], new Int32Array(40)) });
    const ignored = async (command: string) =>
      (await place.ok(command)).lines.filter((line) => line.includes('ignores'));
    expect(await ignored('allocate pf in.npz --out x.npz')).toEqual([]);
    expect(await ignored('allocate pf more.npz --out x.npz')).toEqual(['pf ignores cotangent', 'pf ignores status']);
    expect(await ignored('allocate round-robin in.npz --out x.npz')).toEqual([
      'round-robin ignores demands',
      'round-robin ignores budgets',
    ]);
    expect(await ignored('evaluate max-utilitarian,round-robin in.npz')).toEqual([
      'max-utilitarian,round-robin ignores demands',
      'max-utilitarian,round-robin ignores budgets',
    ]);
    expect(await ignored('evaluate pf,round-robin in.npz')).toEqual([]);
    expect(await ignored('allocate round-robin in.npz --json --out x.npz')).toHaveLength(2);
  });

  it('exits 1 with the results written when some profile has no answer', async () => {
    place.json('bad.json', {
      values: [
        [
          [1, 2],
          [2, 1],
        ],
        [
          [1, null],
          [1, 1],
        ],
      ],
    });
    const { status, lines } = await place.run('allocate pf bad.json --bad-profiles status --out bad.npz');
    expect(status).toBe(1);
    expect(lines.at(-1)).toBe('1 profiles have no answer (status 6: 1)');
    const result = await place.read('bad.npz');
    expect(numbers(result, 'status')).toEqual([0, 6]);
    expect(numbers(result, 'residual')[1]).toBe(Infinity);
    expect(numbers(result, 'allocation').slice(4)).toEqual([0, 0, 0, 0]);
    expect(numbers(result, 'unique')[1]).toBe(-1);
  });

  it('solves a profile in which nobody can gain: zeros, status 0', async () => {
    place.json('idle.json', {
      values: [
        [0, 0],
        [1, 1],
      ],
      demands: [
        [1, 1],
        [0, 0],
      ],
    });
    await place.ok('allocate pf idle.json --out idle.npz');
    const result = await place.read('idle.npz');
    expect(numbers(result, 'status')).toEqual([0]);
    expect([...numbers(result, 'allocation'), ...numbers(result, 'prices')].every((x) => x === 0)).toBe(true);
  });
});

describe('the same bytes', () => {
  it.each(['pf', 'utilitarian', 'round-robin', 'max-utilitarian'])(
    'come from %s on any number of threads and on every run',
    async (id) => {
      await place.ok('sample uniform --agents 6 --items 4 --count 2500 --budget 1 --seed 9 --out many.npz');
      await place.ok(`allocate ${id} many.npz --threads 0 --out bytes-0.npz`);
      for (const threads of [0, 1, 2]) {
        await place.ok(`allocate ${id} many.npz --threads ${threads} --out bytes-1.npz`);
        expect(place.bytes('bytes-1.npz').equals(place.bytes('bytes-0.npz'))).toBe(true);
      }
    },
  );

  it.each(['csv', 'json', 'parquet'])(
    'come from evaluate to .%s, summary and rows, on any number of threads',
    async (format) => {
      const from = 'evaluate pf,round-robin --sample uniform --agents 5 --items 3 --count 1500 --budget 1 --seed 2';
      for (const flag of ['', '--per-profile']) {
        await place.ok(`${from} ${flag} --threads 0 --out ev-0.${format}`);
        for (const threads of [1, 2]) {
          await place.ok(`${from} ${flag} --threads ${threads} --out ev-1.${format}`);
          expect(place.bytes(`ev-1.${format}`).equals(place.bytes(`ev-0.${format}`))).toBe(true);
        }
      }
    },
  );

  it('come from sample, and others for another seed', async () => {
    const from = 'sample beta:2 --agents 3 --items 2 --count 50';
    await place.ok(`${from} --seed 4 --out s-0.npz`);
    await place.ok(`${from} --seed=4 --threads 1 --out s-1.npz`);
    await place.ok(`${from} --seed 5 --out s-2.npz`);
    expect(place.bytes('s-1.npz').equals(place.bytes('s-0.npz'))).toBe(true);
    expect(place.bytes('s-2.npz').equals(place.bytes('s-0.npz'))).toBe(false);
  });
});

describe('evaluate', () => {
  const STATISTICS = ['mean', 'stderr', 'min', 'max', 'p5', 'p50', 'p95', 'zeroCount'];

  it('prints one JSON document with a result for each mechanism, and writes the same numbers', async () => {
    const { stdout, stderr } = await place.ok(
      'evaluate pf,round-robin in.npz --metrics log_nsw,efficiency --json --out ev.json',
    );
    const { results } = JSON.parse(stdout) as {
      results: { mechanism: string; count: number; metrics: Record<string, Record<string, number>> }[];
    };
    expect(stdout.trim().split('\n').length).toBe(1);
    expect(stderr).toBe('');
    expect(results.map(({ mechanism, count }) => [mechanism, count])).toEqual([
      ['pf', 40],
      ['round-robin', 40],
    ]);
    expect(Object.keys(results[0]!)).toEqual([
      'mechanism',
      'count',
      'seconds',
      'profilesPerSecond',
      'failed',
      'metrics',
    ]);
    expect(Object.keys(results[0]!.metrics)).toEqual(['log_nsw', 'efficiency']);
    expect(Object.keys(results[0]!.metrics.log_nsw!)).toEqual(expect.arrayContaining(STATISTICS));
    const rows = JSON.parse(place.bytes('ev.json').toString()) as Record<string, unknown>[];
    expect(rows.map(({ mechanism, metric }) => [mechanism, metric])).toEqual([
      ['pf', 'log_nsw'],
      ['pf', 'efficiency'],
      ['round-robin', 'log_nsw'],
      ['round-robin', 'efficiency'],
    ]);
    expect(rows[1]!.mean).toBe(results[0]!.metrics.efficiency!.mean);
    expect(rows[2]!.zero_count).toBe(results[1]!.metrics.log_nsw!.zeroCount);
  });

  it('writes one row per profile and mechanism, in that order, with the numbers of allocate and properties', async () => {
    await place.ok('evaluate pf,round-robin in.npz --metrics utilitarian,ef1 --per-profile --out rows.json');
    const rows = JSON.parse(place.bytes('rows.json').toString()) as Record<string, number | string | null>[];
    expect(rows.length).toBe(80);
    rows.forEach(({ profile, mechanism, status }, r) =>
      expect([profile, mechanism, status]).toEqual([r >> 1, r % 2 === 0 ? 'pf' : 'round-robin', 0]),
    );
    for (const [which, id] of ['pf', 'round-robin'].entries()) {
      await place.ok(`allocate ${id} in.npz --out whole.npz`);
      await place.ok('properties in.npz whole.npz --out measured.json');
      const measured = JSON.parse(place.bytes('measured.json').toString()) as Record<string, number[]>;
      const own = rows.filter((_, r) => r % 2 === which);
      expect(own.map(({ utilitarian }) => utilitarian)).toEqual(measured.utilitarian);
      expect(own.map(({ ef1 }) => ef1)).toEqual(measured.ef1 ?? new Array(40).fill(null));
    }
  });

  it('compares a rule with and without constraints', async () => {
    // Two agents with an item each; agent 0 wants both items in equal amounts and takes half of the other's, of which it has 1 of a cap of 20.
    await place.write('wants.npz', {
      values: { shape: [2, 2], data: Float64Array.of(1, 0, 0, 1) },
      caps: { shape: [2], data: Float64Array.of(20, 20) },
      groups: { shape: [2, 2], data: Int32Array.of(0, 1, -1, -1) },
      proportions: { shape: [2, 2], data: new Float64Array(4).fill(0.5) },
    });
    const q = async (flags: string) => {
      const { stdout } = await place.ok(`evaluate welfarist wants.npz --metrics nne,mon --json ${flags}`);
      const { results } = JSON.parse(stdout) as { results: { metrics: Record<string, { mean: number }> }[] };
      expect(results[0]!.metrics.mon!.mean).toBe(1);
      return results[0]!.metrics.nne!.mean;
    };
    expect(await q('')).toBeCloseTo(0.5, 6);
    expect(await q('--constrain together')).toBeCloseTo(0.5, 6);
    expect(await q('--least-share 0.1')).toBe(1);
    expect(await place.refused('evaluate welfarist wants.npz --metrics nne --constrain none')).toMatch(
      /each, together/,
    );
    expect(await place.refused('evaluate welfarist wants.npz --metrics nne --least-share 2')).toMatch(
      '--least-share is 2, expected a number from 0 to 1',
    );
  });

  it('takes options after a colon, flags with = and without, and a metric twice as once', async () => {
    const { stdout } = await place.ok(
      'evaluate utilitarian:select=vertex,tolerance=1e-9,pf --sample=integer:3 --agents=3 --items 2 --count=20 --metrics gini,gini --json --threads=0',
    );
    const { results } = JSON.parse(stdout) as { results: { mechanism: string; metrics: object }[] };
    expect(results.map(({ mechanism }) => mechanism)).toEqual(
      ['utilitarian:tolerance=1e-9,select=vertex', 'pf'].map((s) => s.replace('1e-9', String(1e-9))),
    );
    expect(Object.keys(results[0]!.metrics)).toEqual(['gini']);
    await place.ok('evaluate pf in.npz --metrics gini,gini --per-profile --out gini.csv');
    expect(place.bytes('gini.csv').toString().split('\n')[0]).toBe('profile,mechanism,status,gini');
  });

  it('prints a table for people and says where the file is', async () => {
    const { stdout, lines } = await place.ok(
      'evaluate pf --sample uniform --agents 3 --items 2 --count 30 --out table.csv',
    );
    expect(stdout).toBe('');
    expect(lines[0]).toMatch(/^pf: 30 profiles in .* s, .* profiles\/s$/);
    expect(lines[1]).toMatch(/^metric +mean +std\. error +min +5 % +50 % +95 % +max/);
    expect(lines.at(-1)).toBe('wrote table.csv');
    const [head, ...rows] = place.bytes('table.csv').toString().trim().split('\n');
    expect(head).toBe('mechanism,metric,count,failed,mean,stderr,min,max,p5,p50,p95,zero_count,satisfied');
    expect(rows.length).toBe(lines.length - 4);
  });

  it('says which properties divisible rules do not have', async () => {
    const { lines } = await place.ok('evaluate pf,round-robin in.npz --metrics ef1,gini');
    expect(lines).toContain('skipped ef1 of pf: defined for indivisible items only');
  });

  it('exits 1 when some profile has no answer', async () => {
    const { status, stdout, lines } = await place.run(
      'evaluate pf bad.json --bad-profiles=status --metrics utilitarian --json',
    );
    expect([status, lines]).toEqual([1, ['pf: 1 of 2 profiles have no answer']]);
    expect(JSON.parse(stdout)).toMatchObject({ results: [{ count: 2, failed: 1 }] });
  });
});

describe('sample', () => {
  it.each(['uniform', 'uniform-full', 'beta:2', 'rank-one', 'identical', 'integer:3'])(
    '%s writes profiles that pf takes',
    async (name) => {
      const { stdout } = await place.ok(
        `sample ${name} --agents 3 --items 2 --count 7 --budget 1.5 --json --out drawn.npz`,
      );
      expect(JSON.parse(stdout)).toMatchObject({ count: 7, agents: 3, items: 2, budget: 1.5, seed: 0 });
      const arrays = await place.read('drawn.npz');
      expect(arrays.values!.shape).toEqual([7, 3, 2]);
      expect(numbers(arrays, 'budgets')).toEqual([1.5, 1.5]);
      await place.ok('allocate pf drawn.npz --out drawn-out.npz');
    },
  );
});

describe('properties', () => {
  it('measures what applies to shares, skipping the rest with a line, to any format', async () => {
    await place.ok('allocate pf in.npz --out shares.npz');
    for (const format of ['npz', 'json']) {
      const { lines } = await place.ok(`properties in.npz shares.npz --out props.${format}`);
      expect(lines.slice(0, 3)).toEqual([
        'skipped ef1, efx, prop1: defined for indivisible items only',
        'skipped nne, mon, exploitability, exploitability_max: a property of a rule, not of an allocation (evenhand evaluate measures it)',
        'skipped hamming: no --target to compare with',
      ]);
      const arrays = await place.read(`props.${format}`).catch(() => undefined);
      const document = arrays ?? (JSON.parse(place.bytes(`props.${format}`).toString()) as object);
      expect(Object.keys(document)).toEqual(
        PROPERTIES.filter(({ integralOnly, needs }) => !integralOnly && !needs).map(({ name }) => name),
      );
    }
    await place.ok('properties in.npz shares.npz --out props.csv');
    const [head, ...rows] = place.bytes('props.csv').toString().trim().split('\n');
    expect(head!.split(',').slice(0, 3)).toEqual(['profile', 'feasibility', 'ef']);
    expect(rows.map((row) => Number(row.split(',')[0]))).toEqual(Array.from({ length: 40 }, (_, k) => k));
  });

  it('leaves profiles of bad numbers without properties where it is asked to, and counts them', async () => {
    place.json('nan.json', { values: [[[1, 2]], [[1, null]], [[0, 1]]] });
    expect((await place.run('allocate pf nan.json --bad-profiles status --out nan.npz')).status).toBe(1);
    expect(await place.refused('properties nan.json nan.npz --out x.npz')).toMatch(/values\[1,0,1\] is NaN/);
    const command = 'properties nan.json nan.npz --bad-profiles status --out nan-props.npz';
    const { status, lines } = await place.run(command);
    expect([status, lines.at(-1)]).toEqual([1, '1 profiles hold numbers that make no sense and have no properties']);
    const found = await place.read('nan-props.npz');
    for (const name of Object.keys(found)) expect([name, numbers(found, name)[1]]).toEqual([name, NaN]);
    expect(numbers(found, 'utilitarian')).toEqual([3, NaN, 1]);
    const told = await place.run(`${command} --json`);
    expect([told.status, told.lines.at(-1)]).toEqual([1, lines.at(-1)]);
    expect(JSON.parse(told.stdout)).toMatchObject({
      count: 3,
      properties: { utilitarian: { min: 1, mean: 2, max: 3 } },
    });
  });

  it('measures everything of owners, and prints one JSON document', async () => {
    await place.ok('allocate round-robin in.npz --out owners.csv');
    const { stdout } = await place.ok('properties in.npz owners.csv --json --out props.npz');
    const { count, properties, skipped } = JSON.parse(stdout) as {
      count: number;
      properties: Record<string, { max: number }>;
      skipped: string[];
    };
    expect([count, skipped]).toEqual([40, ['nne', 'mon', 'hamming', 'exploitability', 'exploitability_max']]);
    expect(Object.keys(properties)).toEqual(PROPERTIES.filter(({ needs }) => !needs).map(({ name }) => name));
    expect(properties.ef1!.max).toBeLessThanOrEqual(1e-12);
  });

  it('measures the distance to a target, of owners and of shares', async () => {
    await place.ok('allocate round-robin in.npz --out owners.npz');
    await place.ok('allocate max-utilitarian in.npz --out best.npz');
    await place.ok('properties in.npz owners.npz --target best.npz --out props.npz');
    const [found, best] = [await place.read('owners.npz'), await place.read('best.npz')];
    const [owner, target] = [numbers(found, 'owner'), numbers(best, 'owner')];
    const items = owner.length / 40;
    const hamming = numbers(await place.read('props.npz'), 'hamming');
    hamming.forEach((x, k) => {
      const apart = owner.slice(k * items, (k + 1) * items).filter((i, m) => i !== target[k * items + m]);
      expect(x).toBeCloseTo(apart.length / items, 12);
    });
    await place.ok('properties in.npz best.npz --target best.npz --out same.npz');
    const same = await place.read('same.npz');
    expect([...numbers(same, 'hamming')]).toEqual(Array(40).fill(0));
    expect([...numbers(same, 'welfare_ratio')]).toEqual(Array(40).fill(1));
    const rules = 'round-robin,max-utilitarian in.npz --metrics hamming,welfare_ratio --json --out rules.csv';
    const { stdout } = await place.ok(`evaluate ${rules} --target max-utilitarian`);
    const { results } = JSON.parse(stdout) as { results: { metrics: { hamming: { mean: number } } }[] };
    expect(results[0]!.metrics.hamming.mean).toBeCloseTo(hamming.reduce((a, b) => a + b, 0) / 40, 12);
    expect(results[1]!.metrics.hamming.mean).toBe(0);
    expect(await place.refused('evaluate round-robin in.npz --metrics hamming')).toMatch('hamming needs --target');
  });
});

describe('mechanisms', () => {
  it('lists every mechanism with citation, options with defaults, and properties claimed', async () => {
    const { stdout } = await place.ok('mechanisms --json');
    const list = JSON.parse(stdout) as {
      id: string;
      citation: string;
      options: { name: string; default: unknown }[];
      properties: string[];
    }[];
    expect(list.map(({ id }) => id)).toEqual(MECHANISMS.map(({ id }) => id));
    for (const { citation, options, properties } of list) {
      expect(citation).toMatch(/\d{4}/);
      expect(options.every((option) => option.default !== undefined)).toBe(true);
      expect(Array.isArray(properties)).toBe(true);
    }
    const { stdout: none, stderr } = await place.ok('mechanisms');
    expect(none).toBe('');
    for (const { id } of MECHANISMS) expect(stderr).toContain(`${id}\n`);
  });
});

describe('help', () => {
  const commands = [
    ...['allocate', 'gradient', 'exploit', 'externality', 'evaluate', 'sample', 'properties', 'verify'],
    ...['mechanisms', 'bench', 'tour'],
  ];

  it('is printed on stdout for the program and for every command, with exit code 0', async () => {
    const { stdout } = await place.ok('--help');
    for (const command of commands) {
      expect(stdout).toContain(command);
      const own = await place.ok(`${command} --help`);
      expect(own.stdout).toContain(`Usage: evenhand ${command}`);
      expect(own.stdout).toContain('--threads');
      expect(own.stderr).toBe('');
    }
    expect((await place.ok('help allocate')).stdout).toContain('Usage: evenhand allocate');
  });

  it('shows the version, for the program and for a command', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect((await place.ok('--version')).stdout).toBe(`${version}\n`);
    expect((await place.ok('allocate --version')).stdout).toBe(`${version}\n`);
  });
});
