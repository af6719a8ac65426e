import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { NamedArrays } from '../../src/types.js';
import { Workplace, goodDocument, nd } from './support.js';

const place = new Workplace();
place.json('good.json', goodDocument());
await place.ok('allocate pf good.json --out solved.npz');
await place.ok('allocate round-robin good.json --out owners.json');
await place.ok('sample uniform --agents 3 --items 2 --count 50 --out many.npz');
await place.ok('sample uniform --agents 3 --items 2 --count 50 --out many.parquet');
place.json('courses.json', { capacities: [1, 2], bundles: [[[0], [1]], [[0, 1]]] });
place.fixture('test/fixtures/npz/strings.npz', 'strings.npz');
place.fixture('test/fixtures/npz/complex.npz', 'complex.npz');
place.fixture('test/fixtures/npz/objects.npz', 'objects.npz');
mkdirSync(place.at('folder'));
mkdirSync(place.at('folder.npz'));

/** The good profiles with one array in place of theirs. */
function withArray(name: string, array: unknown): Record<string, unknown> {
  return { ...goodDocument(), [name]: array };
}

/** The good values with one number in place of theirs. */
function withNumber(name: string, index: readonly number[], number: unknown): Record<string, unknown> {
  const document = goodDocument();
  let inner = document[name] as unknown[];
  for (const k of index.slice(0, -1)) inner = inner[k] as unknown[];
  inner[index.at(-1)!] = number;
  return document;
}

describe('a bad number is refused with file, array, index, value and expectation', () => {
  it.each([
    ['values', [1, 0, 1], null, 'values[1,0,1] is NaN, expected a finite number >= 0'],
    ['values', [0, 1, 0], -0.5, 'values[0,1,0] is -0.5, expected a finite number >= 0'],
    ['values', [2, 1, 1], -1e-320, 'values[2,1,1] is -1e-320, expected a finite number >= 0'],
    ['demands', [2, 0, 0], -1, 'demands[2,0,0] is -1, expected a finite number >= 0'],
    ['budgets', [1], -3, 'budgets[1] is -3, expected a finite number >= 0'],
    ['weights', [0, 1], -2, 'weights[0,1] is -2, expected a finite number >= 0'],
    ['weights', [2, 0], null, 'weights[2,0] is NaN, expected a finite number >= 0'],
  ])('%s%j = %s', async (name, index, number, message) => {
    place.json('in.json', withNumber(name, index, number));
    expect(await place.refused('allocate pf in.json --out x.npz')).toBe(`evenhand: in.json: ${message}`);
    expect(await place.refused('evaluate pf in.json --out x.csv')).toBe(`evenhand: in.json: ${message}`);
    if (name === 'weights' || name === 'budgets') return;
    expect(await place.refused('properties in.json solved.npz --out x.npz')).toBe(`evenhand: in.json: ${message}`);
  });

  it.each([Infinity, -Infinity, NaN])('%s in .npz, .csv and .parquet', async (number) => {
    const values = nd([2, 1, 2], [1, 2, number, 4]);
    for (const format of ['npz', 'csv', 'parquet']) {
      await place.write(`number.${format}`, { values });
      expect(await place.refused(`allocate round-robin number.${format} --out x.npz`)).toBe(
        `evenhand: number.${format}: values[1,0,0] is ${number}, expected a finite number >= 0`,
      );
    }
  });

  it.each([
    ['two owners of a turn', [[0, 0]], 'order[0,1] is 0, expected each agent once'],
    ['an agent that is none', [[0, 2]], 'order[0,1] is 2, expected an agent from 0 to 1'],
    ['a negative agent', [0, -1], 'order[1] is -1, expected an agent from 0 to 1'],
    ['half an agent', [0, 0.5], 'order[1] is 0.5, expected an integer'],
    ['too few agents', [0], 'order has shape [1], expected [3,2] or [2]'],
  ])('an order with %s', async (_, order, message) => {
    place.json('in.json', withArray('order', order));
    expect(await place.refused('allocate round-robin in.json --out x.npz')).toBe(`evenhand: in.json: ${message}`);
  });
});

describe('a wrong shape is refused whatever is to become of bad profiles', () => {
  it.each([
    ['values', [1, 2], 'values has shape [2], expected [B,N,M] or [N,M]'],
    ['values', [[[[1]]]], 'values has shape [1,1,1,1], expected [B,N,M] or [N,M]'],
    ['values', [], 'values has shape [0], expected [B,N,M] or [N,M]'],
    ['values', [[]], 'values has shape [1,0], expected at least one agent and one item'],
    ['demands', [[1, 2, 3]], 'demands has shape [1,3], expected [3,2,2] or [2,2]'],
    ['budgets', [1, 2, 3], 'budgets has shape [3], expected [3,2] or [2]'],
    ['budgets', [[1], [2], [3]], 'budgets has shape [3,1], expected [3,2] or [2]'],
    ['weights', [[[1]]], 'weights has shape [1,1,1], expected [3,2] or [2]'],
    [
      'budgets',
      [
        [1, 1],
        [1, 1],
      ],
      'budgets has 2 profiles, demands has 3',
    ],
    ['values', [[1, 2], [3]], 'values[1] is an array of 1, expected an array of 2 like the others'],
    ['values', [[1, 'two']], 'values[0,1] is "two", expected a number'],
    ['values', 3, 'values is 3, expected an array'],
  ])('%s = %j', async (name, array, message) => {
    place.json('in.json', withArray(name, array));
    for (const flag of ['', '--bad-profiles status']) {
      expect(await place.refused(`allocate pf in.json ${flag} --out x.npz`)).toBe(`evenhand: in.json: ${message}`);
    }
  });

  it('no values at all', async () => {
    place.json('in.json', { demands: [[1]] });
    expect(await place.refused('allocate pf in.json --out x.npz')).toBe(
      'evenhand: in.json: values is missing, expected an array [B,N,M] or [N,M]',
    );
  });

  it('no profiles', async () => {
    await place.write('none.npz', { values: nd([0, 2, 2], []) });
    for (const command of ['allocate pf none.npz', 'evaluate pf none.npz', 'properties none.npz solved.npz']) {
      const out = command.startsWith('evaluate') ? 'x.csv' : 'x.npz';
      expect(await place.refused(`${command} --out ${out}`)).toBe(
        'evenhand: none.npz: values has 0 profiles, expected at least one',
      );
    }
    expect(await place.refused('verify none.npz solved.npz')).toContain('values has 0 profiles');
  });

  it('shapes that differ between the profiles and a result', async () => {
    await place.ok('sample uniform --agents 3 --items 2 --count 4 --out other.npz');
    expect(await place.refused('properties other.npz solved.npz --out x.npz')).toBe(
      'evenhand: solved.npz: allocation has shape [3,2,2], expected [4,3,2]',
    );
    expect(await place.refused('verify other.npz solved.npz')).toBe(
      'evenhand: solved.npz: allocation has shape [3,2,2], expected [4,3,2]',
    );
  });
});

describe('a wrong file is refused', () => {
  it.each(['strings', 'complex', 'objects'])('%s in .npz', async (kind) => {
    const line = await place.refused(`allocate pf ${kind}.npz --out x.npz`);
    expect(line).toMatch(new RegExp(`^evenhand: ${kind}\\.npz: .*dtype`));
  });

  it.each(['many.npz', 'many.parquet'])('%s cut off anywhere', async (name) => {
    const bytes = place.bytes(name);
    const cut = `cut.${name.split('.')[1]!}`;
    for (const length of [0, 1, 3, 40, Math.floor(bytes.length / 2), bytes.length - 30, bytes.length - 1]) {
      place.text(cut, bytes.subarray(0, length));
      expect(await place.refused(`allocate pf ${cut} --out x.npz`)).toMatch(new RegExp(`^evenhand: ${cut}: .+`));
      expect(await place.refused(`evaluate pf ${cut} --out x.csv`)).toMatch(new RegExp(`^evenhand: ${cut}: .+`));
    }
  });

  it.each([
    ['broken.json', '{"values": [[1, 2', 'is not JSON'],
    ['list.json', '[1, 2]', 'holds no object of named arrays'],
    ['broken.csv', 'profile,agent,item,values\n0,0,0,1\n0,0,1,x\n', 'x'],
    ['gap.csv', 'profile,agent,item,values\n0,0,0,1\n0,1,1,2\n', ''],
  ])('%s', async (name, text, message) => {
    place.text(name, text);
    const line = await place.refused(`allocate pf ${name} --out x.npz`);
    expect(line.startsWith(`evenhand: ${name}: `)).toBe(true);
    expect(line).toContain(message);
  });

  it.each([
    [{ vaules: [[1]] }, 'unknown array vaules, did you mean values?'],
    [withArray('budget', [1, 1]), 'unknown array budget, did you mean budgets?'],
    [withArray('demand', [1, 1]), 'unknown array demand, did you mean demands?'],
    [withArray('__proto__x', [1]), 'unknown array __proto__x'],
  ])('with an unknown key: %j', async (document, message) => {
    place.json('in.json', document);
    for (const command of [
      'allocate pf in.json --out x.npz',
      'evaluate pf in.json --out x.csv',
      'verify in.json solved.npz',
    ]) {
      expect(await place.refused(command)).toBe(`evenhand: in.json: ${message}`);
    }
  });

  it('that is not there, or is a folder, or is of no known kind', async () => {
    for (const command of [
      'allocate pf FILE --out x.npz',
      'evaluate pf FILE --out x.csv',
      'properties FILE solved.npz --out x.npz',
      'properties good.json FILE --out x.npz',
      'verify FILE solved.npz',
      'verify good.json FILE',
    ]) {
      const refused = (file: string) => place.refused(command.replace('FILE', file));
      expect(await refused('absent.npz')).toBe('evenhand: absent.npz: no such file or folder');
      expect(await refused('absent/in.npz')).toBe('evenhand: absent/in.npz: no such file or folder');
      expect(await refused('folder.npz')).toBe('evenhand: folder.npz: is a folder, expected a file');
      expect(await refused('in.xlsx')).toBe(
        'evenhand: in.xlsx: has the extension ".xlsx", expected .npz, .json, .csv or .parquet',
      );
    }
  });

  it('of the other kind of problem', async () => {
    expect(await place.refused('allocate pf courses.json --out x.npz')).toBe(
      'evenhand: courses.json: has an ordinal problem, pf takes profiles with values',
    );
    expect(await place.refused('allocate serial-dictatorship good.json --out x.npz')).toBe(
      'evenhand: good.json: has profiles with values, serial-dictatorship takes an ordinal problem (capacities, bundle_start, bundle_mask)',
    );
    expect(await place.refused('evaluate pf courses.json --out x.csv')).toBe(
      'evenhand: courses.json: has an ordinal problem, evaluate takes profiles with values',
    );
  });

  it('that holds no result', async () => {
    expect(await place.refused('verify good.json good.json')).toMatch(/^evenhand: good\.json: holds no result/);
    expect(await place.refused('properties good.json good.json --out x.npz')).toBe(
      'evenhand: good.json: has neither allocation nor owner',
    );
    place.json('part.json', { owner: [[0, 1]], status: [0], residual: [0] });
    place.json('one.json', {
      values: [
        [1, 2],
        [2, 1],
      ],
    });
    expect(await place.refused('verify one.json part.json')).toBe('evenhand: part.json: the result lacks utilities');
  });

  it('whose owners or shares are none', async () => {
    place.json('one.json', {
      values: [
        [1, 2],
        [2, 1],
      ],
    });
    place.json('owner.json', { owner: [0, 2] });
    expect(await place.refused('properties one.json owner.json --out x.npz')).toBe(
      'evenhand: owner.json: owner[1] is 2, expected an agent from 0 to 1, or -1 for nobody',
    );
    place.json('shares.json', {
      allocation: [
        [0, 1],
        [null, 0],
      ],
    });
    expect(await place.refused('properties one.json shares.json --out x.npz')).toBe(
      'evenhand: shares.json: allocation[1,0] is NaN, expected a finite number',
    );
  });
});

describe('an ordinal problem is refused with', () => {
  const start = nd([3], BigInt64Array.of(0n, 2n, 3n));
  const base: NamedArrays = {
    capacities: nd([2], Int32Array.of(1, 2)),
    bundle_start: start,
    bundle_mask: nd([3], BigUint64Array.of(1n, 2n, 3n)),
  };
  const but = (changes: Record<string, unknown>): NamedArrays =>
    Object.fromEntries(
      Object.entries({ ...base, ...changes }).filter(([, array]) => array !== undefined),
    ) as NamedArrays;

  it.each([
    [
      'a bundle of nothing',
      but({ bundle_mask: nd([3], BigUint64Array.of(1n, 0n, 3n)) }),
      'bundle_mask[1] is 0, expected a bundle of at least one good',
    ],
    [
      'a bundle of no units',
      but({ bundle_mask: undefined, bundle_units: nd([3, 2], Uint16Array.of(1, 0, 0, 0, 1, 1)) }),
      'bundle_units[1] is 0, expected a bundle of at least one good',
    ],
    [
      'a good that is none',
      but({ bundle_mask: nd([3], BigUint64Array.of(1n, 2n, 4n)) }),
      'bundle_mask[2] is 4, expected bits below 2, the number of goods',
    ],
    [
      'starts that fall',
      but({ bundle_start: nd([4], BigInt64Array.of(0n, 2n, 1n, 3n)) }),
      'bundle_start[2] is 1, expected at least bundle_start[1] = 2',
    ],
    [
      'a first start that is not 0',
      but({ bundle_start: nd([3], BigInt64Array.of(1n, 2n, 3n)) }),
      'bundle_start[0] is 1, expected 0',
    ],
    [
      'a last start beyond the rows',
      but({ bundle_start: nd([3], BigInt64Array.of(0n, 2n, 4n)) }),
      'bundle_start[2] is 4, expected 3, the number of bundles',
    ],
    [
      'a negative capacity',
      but({ capacities: nd([2], Int32Array.of(1, -2)) }),
      'capacities[1] is -2, expected an integer >= 0',
    ],
    ['half a place', but({ capacities: nd([2], [1, 1.5]) }), 'capacities[1] is 1.5, expected an integer'],
    ['no goods', but({ capacities: nd([0], new Int32Array()) }), 'capacities has shape [0], expected [G] with G >= 1'],
    [
      'no agents',
      but({ bundle_start: nd([1], BigInt64Array.of(0n)) }),
      'bundle_start has shape [1], expected [n+1] with n >= 1',
    ],
    [
      'no bundles',
      but({ bundle_mask: undefined }),
      'bundle_mask and bundle_units are both missing, expected one of them',
    ],
    [
      'masks of the wrong width',
      but({ bundle_mask: nd([3, 2], new BigUint64Array(6)) }),
      'bundle_mask has shape [3,2], expected [T] or [T,1]',
    ],
    ['multiplicities of some agents', but({ multiplicity: nd([1], [1]) }), 'multiplicity has shape [1], expected [2]'],
    [
      'a negative multiplicity',
      but({ multiplicity: nd([2], [1, -1]) }),
      'multiplicity[1] is -1, expected an integer >= 0',
    ],
    [
      'a budget above 1',
      but({ agent_budgets: nd([2], [1, 1.5]) }),
      'agent_budgets[1] is 1.5, expected a number from 0 to 1',
    ],
    ['an unknown key', but({ capacity: nd([1], [1]) }), 'unknown array capacity, did you mean capacities?'],
  ])('%s', async (_, arrays, message) => {
    await place.write('ordinal.npz', arrays);
    expect(await place.refused('allocate serial-dictatorship ordinal.npz --out x.npz')).toBe(
      `evenhand: ordinal.npz: ${message}`,
    );
  });

  it.each([
    [[[[0], []]], 'bundle_mask[1] is 0, expected a bundle of at least one good'],
    [[[[0], [2]]], 'bundles[0,1,0] is 2, expected a good 0..1'],
    [[[0]], 'bundles[0,0] is 0, expected a list of goods'],
    ['none', 'bundles is "none", expected a list for each agent'],
  ])('bundles %j', async (bundles, message) => {
    place.json('ordinal.json', { capacities: [1, 1], bundles });
    expect(await place.refused('allocate serial-dictatorship ordinal.json --out x.npz')).toBe(
      `evenhand: ordinal.json: ${message}`,
    );
  });
});

describe('an output that cannot be written is refused before any work', () => {
  const sample = 'sample uniform --agents 3 --items 2 --count 5';
  // Work that would take hours: a refusal that comes is a refusal that came first.
  const endless = 'evaluate pf --sample uniform --agents 10 --items 5 --count 4000000000';

  it.each([
    ['allocate pf good.json', 'x.txt', '.npz, .json, .csv or .parquet'],
    ['allocate pf absent.npz', 'x', '.npz, .json, .csv or .parquet'],
    ['allocate serial-dictatorship courses.json', 'x.csv', '.npz or .json'],
    [sample, 'x.xlsx', '.npz, .json, .csv or .parquet'],
    ['properties good.json solved.npz', 'x.txt', '.npz, .json, .csv or .parquet'],
    [endless, 'x.npz', '.csv, .parquet or .json'],
    [`${endless} --per-profile`, 'x.npz', '.csv, .parquet or .json'],
  ])('%s --out %s', async (command, out, expected) => {
    const extension = out.includes('.') ? `.${out.split('.')[1]!}` : '';
    expect(await place.refused(`${command} --out ${out}`)).toBe(
      `evenhand: ${out}: has the extension "${extension}", expected ${expected}`,
    );
  });

  it.each(['allocate pf absent.npz', 'properties absent.npz solved.npz', sample])(
    '%s into a folder that is missing, or a file',
    async (command) => {
      expect(await place.refused(`${command} --out missing/x.npz`)).toBe(
        'evenhand: missing/x.npz: no such folder missing',
      );
      expect(await place.refused(`${command} --out good.json/x.npz`)).toBe(
        'evenhand: good.json/x.npz: good.json is a file, expected a folder',
      );
      expect(await place.refused(`${command} --out folder.npz`)).toBe(
        'evenhand: folder.npz: is a folder, expected a file name',
      );
    },
  );

  it('evaluate into a folder that is missing', async () => {
    for (const flag of ['', '--per-profile']) {
      expect(await place.refused(`${endless} ${flag} --out missing/x.csv`)).toBe(
        'evenhand: missing/x.csv: no such folder missing',
      );
    }
  });

  it('no output at all', async () => {
    for (const command of ['allocate pf good.json', 'properties good.json solved.npz', sample]) {
      expect(await place.refused(command)).toMatch(/^evenhand: --out is missing, expected a file/);
      expect(await place.refused(`${command} --out`)).toBe("evenhand: option '--out <file>' argument missing");
    }
    expect(await place.refused(`${endless} --per-profile`)).toBe(
      'evenhand: --per-profile needs --out, the file to write the rows to',
    );
  });
});

describe('bad usage is refused in one line', () => {
  it.each([
    ['', 'no command given; evenhand --help lists them'],
    ['alocate', "unknown command 'alocate' (Did you mean allocate?)"],
    ['frobnicate in.npz', "unknown command 'frobnicate'"],
    ['--frobnicate', "unknown option '--frobnicate'"],
    ['allocate', "missing required argument 'mechanism'"],
    ['allocate pf', "missing required argument 'in'"],
    [
      'allocate pf good.json more.json --out x.npz',
      "too many arguments for 'allocate'. Expected 2 arguments but got 3.",
    ],
    ['allocate pf good.json --uot x.npz', "unknown option '--uot' (Did you mean --out?)"],
    ['allocate fp good.json --out x.npz', 'unknown mechanism fp, did you mean pf?'],
    ['allocate round-robbin good.json --out x.npz', 'unknown mechanism round-robbin, did you mean round-robin?'],
    ['allocate __proto__ good.json --out x.npz', 'unknown mechanism __proto__, known: pf, '],
    ['allocate round-robin good.json --tolerance 1e-9 --out x.npz', 'round-robin has no option tolerance'],
    [
      'allocate pf good.json --tolerance -1 --out x.npz',
      'option tolerance of pf is -1, expected a number from 1e-15 to 0.001',
    ],
    ['allocate pf good.json --tolerance=abc --out x.npz', 'option tolerance of pf is abc, expected a number from'],
    [
      'allocate utilitarian good.json --select both --out x.npz',
      'option select of utilitarian is both, expected one of entropy, vertex',
    ],
    [
      'allocate pf good.json --bad-profiles maybe --out x.npz',
      "argument 'maybe' is invalid. Allowed choices are refuse, status.",
    ],
    ['allocate pf good.json --threads -1 --out x.npz', '--threads is -1, expected an integer from 0 to 1024'],
    ['allocate pf good.json --threads=1.5 --out x.npz', '--threads is 1.5, expected an integer from 0 to 1024'],
    ['allocate pf good.json --threads many --out x.npz', '--threads is many, expected an integer from 0 to 1024'],
    ['sample uniform --agents 2 --items 2 --count 2 --seed -7 --out x.npz', '--seed is -7, expected an integer from 0'],
    [
      'sample uniform --agents 2 --items 2 --count 2 --budget -0.5 --out x.npz',
      '--budget is -0.5, expected a number >= 0',
    ],
    ['sample uniform --agents 2 --items 2 --count=-2 --out x.npz', '--count is -2, expected an integer from 1'],
    ['sample uniform --agents 2 --items 2 --out x.npz', '--count is missing, expected an integer >= 1'],
    ['sample unifrom --agents 2 --items 2 --count 2 --out x.npz', 'unknown sampler unifrom, did you mean uniform?'],
    ['sample beta --agents 2 --items 2 --count 2 --out x.npz', 'sampler beta: C is missing, expected a number from'],
    [
      'sample integer:x --agents 2 --items 2 --count 2 --out x.npz',
      'sampler integer:x: K is x, expected an integer from',
    ],
    ['sample', "missing required argument 'name'"],
    ['evaluate pf', 'no profiles given, expected a file or --sample NAME'],
    ['evaluate pf good.json --sample uniform', 'both a file and --sample given, expected a file or --sample NAME'],
    ['evaluate pf good.json --count 5', '--count is for --sample, not for the profiles of good.json'],
    ['evaluate pf,, good.json', 'unknown mechanism '],
    ['evaluate pf:tolerence=1e-9 good.json', 'pf has no option tolerence, did you mean tolerance?'],
    ['evaluate pf good.json --metrics log_nws', 'unknown property log_nws, did you mean log_nsw?'],
    [
      'evaluate serial-dictatorship courses.json',
      'serial-dictatorship takes one ordinal problem; use evenhand allocate serial-dictatorship',
    ],
    [
      'allocate ocam courses.json --epsilon-sample 0 --out x.npz',
      'option epsilon-sample of ocam is 0, expected a number above 0 and below 1',
    ],
    // Whatever the rule ignores of the file is not said then.
    ['allocate nrr good.json --out x.npz', 'nrr needs a trained network: --model DIR'],
    ['evaluate nrr good.json --metrics ef1 --out x.csv', 'nrr needs a trained network: --model DIR'],
    ['verify good.json', "missing required argument 'out'"],
    ['mechanisms pf', "too many arguments for 'mechanisms'. Expected 0 arguments but got 1."],
  ])('evenhand %s', async (command, message) => {
    const line = await place.refused(command);
    expect(line.slice(0, `evenhand: ${message}`.length + 40)).toContain(message);
  });

  it('a .json file without the lists of bundles, by the names that it may have there', async () => {
    place.json('bundles.json', { capacities: [1, 2] });
    expect(await place.refused('allocate serial-dictatorship bundles.json --out x.npz')).toMatch(
      /bundle_start is missing, .* \(in .json capacities and bundles\)/,
    );
  });

  it('a bench that does not exist, or benches that are not there', async () => {
    expect(await place.refused('bench no-such-bench')).toMatch(
      /no bench is named like|the benches are not part of the package/,
    );
  });
});
