import { describe, expect, it } from 'vitest';
import { Workplace, nd, numbers } from './support.js';

const place = new Workplace();
const arrays = {
  values: nd([2, 3, 2], [0.9, 0.4, 0.3, 0.8, 0.5, 0.5, 1, 0, 0, 1, 0.2, 0.2]),
  alpha: nd([3], [0.4, 0.1, 0.3]),
  beta: nd([2, 3], [0.1, 0.2, 0.3, 0, 0.4, 0.1]),
  shares: nd([2], [1, 0.5]),
  network: nd([3, 3], [0, 1, 0.5, 0, 0, 1, 0.2, 0.2, 0]),
  theta_own: nd([2, 3], [1, 0.5, 0.8, 1, 1, 1]),
  theta_fehr_schmidt: nd([3], [0, 0.5, 1]),
  theta_max_envy: nd([3], [0.5, 0.2, 0]),
  theta_network_envy: nd([2, 3], [0, 0.3, 0.2, 0.9, 0, 0.1]),
  theta_floor: nd([3], [0.1, 0, 0.4]),
};

describe('participatory on the command line', () => {
  it('takes weights by options and by arrays; verify agrees, and sees what was solved for other weights', async () => {
    await place.write('in.npz', arrays);
    for (const out of ['out.npz', 'out.json']) {
      await place.ok(`allocate participatory in.npz --out ${out}`);
      expect((await place.ok(`verify in.npz ${out}`)).lines.at(-1)).toContain(
        'participatory objectives: 2 of 2 verified',
      );
    }
    const found = await place.read('out.npz');
    expect(found.envy_duals!.shape).toEqual([2, 3, 3]);
    expect(numbers(found, 'theta_floor')).toEqual([0.1, 0, 0.4, 0.1, 0, 0.4]);
    expect(numbers(found, 'theta_mean')).toEqual([0, 0, 0, 0, 0, 0]);
    for (const [name, array] of [
      ['theta_floor', nd([3], [0.1, 0, 0.5])],
      ['network', nd([3, 3], [0, 0, 0, 0, 0, 0, 0, 0, 0])],
      ['beta', nd([3], [0.1, 0.2, 0.3])],
    ] as const) {
      await place.write('other.npz', { ...arrays, [name]: array });
      expect([name, (await place.run('verify other.npz out.npz')).status]).toEqual([name, 1]);
    }
    // Duals that claim more than envy costs, or a price below what an agent adds, prove nothing.
    for (const [name, by] of [
      ['envy_duals', 5],
      ['dual', -0.5],
    ] as const) {
      const { shape, data } = found[name]!;
      const changed = nd(
        [...shape],
        [...(data as Float64Array)].map((x, k) => (k === 1 ? x + by : x)),
      );
      await place.write('changed.npz', { ...found, [name]: changed });
      expect([name, (await place.run('verify in.npz changed.npz')).status]).toEqual([name, 1]);
    }
    const { values, alpha, beta } = arrays;
    await place.write('plain.npz', { values, alpha, beta });
    for (const flags of [
      '--objectives own,floor,max-envy --theta 1,0.5,0.3',
      '--objectives own+mean --theta 1+-0.5',
      '--objectives=network-envy,own --theta=0.5,1;0.25,1;0,2',
    ]) {
      await place.ok(`allocate participatory plain.npz ${flags} --out out.npz`);
      expect((await place.ok('verify plain.npz out.npz')).lines.at(-1)).toContain('2 of 2 verified');
    }
  });

  it('leaves envy duals out of files of rows and says so, and where nobody minds envy', async () => {
    await place.write('in.npz', arrays);
    const { stderr } = await place.ok('allocate participatory in.npz --out out.csv');
    expect(stderr).toContain('envy_duals goes in .npz and .json files only, left out');
    const { theta_max_envy, theta_network_envy, network, ...others } = arrays;
    expect([theta_max_envy.data.length, theta_network_envy.data.length, network.data.length]).toEqual([3, 6, 9]);
    await place.write('calm.npz', others);
    for (const out of ['calm.csv', 'calm-out.npz']) {
      expect((await place.ok(`allocate participatory calm.npz --out ${out}`)).stderr).not.toContain('envy_duals');
      expect(Object.keys(await place.read(out))).not.toContain('envy_duals');
      await place.ok(`verify calm.npz ${out}`);
    }
  });

  it.each([
    [
      'theta_max_envy',
      nd([3], [0, -0.5, 0]),
      'theta_max_envy[0,1] is -0.5, expected a number >= 0: a liking for envy is not concave',
    ],
    ['network', nd([3, 3], [0, 1, 1, 1, 0, -1, 1, 1, 0]), 'network[1,2] is -1, expected a finite number >= 0'],
    ['network', nd([3], [0, 1, 1]), 'network has shape [3], expected [2,3,3] or [3,3]'],
    ['theta_own', nd([3], [0, NaN, 1]), 'theta_own[1] is NaN, expected a finite number'],
    ['budgets', nd([2], [1, 2]), 'budgets[1] is 2, expected 1: participatory divides one unit of each item'],
  ])('refuses %s that make no sense', async (name, array, message) => {
    await place.write('bad.npz', { ...arrays, [name]: array });
    for (const command of ['allocate participatory', 'exploit participatory', 'evaluate participatory'])
      expect(await place.refused(`${command} bad.npz --out x.csv`)).toContain(`evenhand: bad.npz: ${message}`);
  });

  it.each([
    ['--objectives own,envy', 'option objectives of participatory is own,envy, expected some of own, mean'],
    ['--objectives own,own', 'each once'],
    ['--objectives indicator', 'an indicator of who has more jumps, so no mix with it is concave'],
    ['--theta 1,x', 'option theta of participatory is 1,x, expected numbers with commas between, rows with semicolons'],
    ['--theta 1,2;3', 'expected numbers with commas between'],
  ])('refuses %s', async (flags, message) => {
    await place.write('plain.npz', { values: arrays.values });
    expect(await place.refused(`allocate participatory plain.npz ${flags} --out x.npz`)).toContain(message);
  });
});
