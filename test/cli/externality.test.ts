import { createEngine, profileBatch, welfarist } from 'evenhand';
import { beforeAll, describe, expect, it } from 'vitest';
import { Workplace } from './support.js';

const place = new Workplace();
// Agent 0 wants both items in equal amounts, agent 1 none; each values one item in profile 0, in profile 1 both are content.
const PROFILES = {
  values: { shape: [2, 2, 2], data: Float64Array.of(1, 0, 0, 1, 1, 1, 1, 1) },
  groups: { shape: [2, 2], data: Int32Array.of(0, 1, -1, -1) },
  proportions: { shape: [2, 2], data: new Float64Array(4).fill(0.5) },
};

beforeAll(() => place.write('in.npz', PROFILES));

describe('externality', () => {
  it('writes what the library returns and says who pays', async () => {
    for (const out of ['out.npz', 'out.json']) {
      const { stdout, lines } = await place.ok(`externality welfarist in.npz --out ${out} --threads 0`);
      expect(stdout).toBe('');
      expect(lines.at(-1)).toMatch(
        new RegExp(`^externality welfarist: 2 of 2 solved, .*, leastNne 0.5, leastMon 1; wrote ${out}$`),
      );
      expect(lines.join('\n')).toMatch(/profile +constraint of +paid by +before +after +share lost +shadow price/);
      expect(lines.some((line) => /^ *0 .* 0 .* 1 .* 1 .* 0\.5 .* 0\.5/.test(line.replaceAll('|', ' ')))).toBe(true);
      const arrays = await place.read(out);
      const engine = await createEngine({ threads: 0 });
      const expected = await engine
        .externalityArrays(welfarist(), profileBatch(PROFILES))
        .finally(() => engine.close());
      expect(Object.keys(arrays).sort()).toEqual(Object.keys(expected).sort());
      expect(arrays.constrained_utilities!.shape).toEqual([2, 2, 2]);
      for (const [name, { shape, data }] of Object.entries(expected)) {
        expect(arrays[name]!.shape).toEqual(shape);
        expect([...arrays[name]!.data].map(Number)).toEqual([...data].map(Number));
      }
    }
  });

  it('takes options of the rule and of the comparison, and has the same bytes for any threads', async () => {
    for (const threads of [0, 2]) {
      await place.ok(
        `externality leximin in.npz --equal-items 1 --constrain together --least-share 0.1 --threads ${threads} --out t${threads}.npz`,
      );
    }
    expect(place.bytes('t2.npz')).toEqual(place.bytes('t0.npz'));
    const { stdout } = await place.ok('externality utilitarian in.npz --json --out j.npz');
    expect(JSON.parse(stdout)).toMatchObject({
      mechanism: 'externality utilitarian',
      count: 2,
      failed: 0,
      leastMon: 1,
    });
    const { lines } = await place.ok('externality max-utilitarian in.npz --out m.npz');
    expect(lines).toContain('nobody pays for anybody’s constraint');
  });

  it.each([
    ['externality pff in.npz --out x.npz', 'unknown mechanism pff, did you mean pf?'],
    ['externality serial-dictatorship in.npz --out x.npz', 'takes ordered bundles, externality takes'],
    ['externality pf in.npz', '--out is missing, expected a file .npz, .json'],
    ['externality pf in.npz --out x.csv', 'has the extension ".csv", expected .npz or .json'],
    ['externality welfarist in.npz --constrain some --out x.npz', 'each, together'],
    ['externality welfarist in.npz --equal-items 2 --out x.npz', 'equal-items'],
    ['externality welfarist none.npz --out x.npz', 'none.npz'],
  ])('%s is refused in a line', async (command, message) => {
    expect(await place.refused(command)).toContain(message);
  });
});
