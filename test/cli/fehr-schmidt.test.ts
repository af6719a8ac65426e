import { describe, expect, it } from 'vitest';
import { Workplace, nd, numbers } from './support.js';

const place = new Workplace();
const values = nd([2, 3, 2], [0.9, 0.4, 0.3, 0.8, 0.5, 0.5, 1, 0, 0, 1, 0.2, 0.2]);
const arrays = {
  values,
  alpha: nd([3], [0.4, 0.1, 0.3]),
  beta: nd([2, 3], [0.1, 0.2, 0.3, 0, 0.4, 0.1]),
  shares: nd([2], [1, 0.5]),
};

describe('fehr-schmidt on the command line', () => {
  it('takes alpha and beta with and without profiles, and shares; verify agrees', async () => {
    await place.write('in.npz', arrays);
    for (const solver of ['auto', 'simplex', 'ipm']) {
      await place.ok(`allocate fehr-schmidt in.npz --solver ${solver} --out out.npz`);
      expect((await place.ok('verify in.npz out.npz')).lines.at(-1)).toContain('Fehr-Schmidt: 2 of 2 verified');
    }
    // What was solved for other numbers is no answer to these.
    await place.write('other.npz', { ...arrays, alpha: nd([3], [0.1, 0.4, 0.3]) });
    expect((await place.run('verify other.npz out.npz')).status).toBe(1);
  });

  it('counts an agent without alpha or beta as 0.25', async () => {
    const quarter = nd([3], [0.25, 0.25, 0.25]);
    await place.write('without.npz', { values });
    await place.write('with.npz', { values, alpha: quarter, beta: quarter, budgets: nd([2], [1, 1]) });
    await place.ok('allocate fehr-schmidt without.npz --out one.json');
    await place.ok('allocate fehr-schmidt with.npz --out other.json');
    const [one, other] = [await place.read('one.json'), await place.read('other.json')];
    for (const name of Object.keys(one)) expect(numbers(one, name)).toEqual(numbers(other, name));
  });

  it.each([
    ['budgets', nd([2], [1, 2]), 'budgets[1] is 2, expected 1: fehr-schmidt divides one unit of each item'],
    ['budgets', nd([2, 2], [1, 1, 0, 1]), 'budgets[1,0] is 0, expected 1: fehr-schmidt divides one unit of each item'],
    ['alpha', nd([3], [0, -0.1, 0]), 'alpha[1] is -0.1, expected a finite number >= 0'],
    ['beta', nd([2, 3], [0, 0, 0, 0, NaN, 0]), 'beta[1,1] is NaN, expected a finite number >= 0'],
    ['shares', nd([2], [1, Infinity]), 'shares[1] is Infinity, expected a finite number >= 0'],
    ['alpha', nd([2], [0, 0]), 'alpha has shape [2], expected [2,3] or [3]'],
  ])('refuses %s that make no sense', async (name, array, message) => {
    await place.write('bad.npz', { ...arrays, [name]: array });
    for (const command of ['allocate fehr-schmidt', 'exploit fehr-schmidt', 'evaluate fehr-schmidt'])
      expect(await place.refused(`${command} bad.npz --out x.csv`)).toContain(`evenhand: bad.npz: ${message}`);
  });

  it('refuses random profiles with another supply, and says what it takes', async () => {
    expect(
      await place.refused('evaluate fehr-schmidt --sample uniform --agents 4 --items 2 --count 5 --out x.csv'),
    ).toBe(
      'evenhand: the supply of every item is 2, expected 1: fehr-schmidt divides one unit of each item (shares bound what one agent gets of it)',
    );
    await place.ok('evaluate fehr-schmidt --sample integer:3 --agents 4 --items 2 --count 5 --out x.csv');
  });

  it('gives a profile with a bad number status 6 where asked, and the others their answers', async () => {
    await place.write('in.npz', arrays);
    await place.ok('allocate fehr-schmidt in.npz --out good.npz');
    await place.write('bad.npz', { ...arrays, beta: nd([2, 3], [0.1, NaN, 0.3, 0, 0.4, 0.1]) });
    await place.run('allocate fehr-schmidt bad.npz --out out.npz --bad-profiles status');
    const [good, out] = [await place.read('good.npz'), await place.read('out.npz')];
    expect(numbers(out, 'status')).toEqual([6, 0]);
    expect(numbers(out, 'allocation').slice(6)).toEqual(numbers(good, 'allocation').slice(6));
    expect(numbers(out, 'pivots')[0]).toBe(-1);
  });
});
