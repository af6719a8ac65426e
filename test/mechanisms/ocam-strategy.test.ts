import { beforeAll, describe, expect, it } from 'vitest';
import type { OptionValues } from '../../src/mechanisms/mechanism.js';
import { ocam } from '../../src/mechanisms/ocam.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { marketOf } from '../helpers/markets.js';

let kernels: Kernels;
beforeAll(() => {
  kernels = testKernels();
});

const AGENTS = 6;
const SAMPLE = 3;

/** Every report over bundles of two goods: ordered choices of {1}, {2} and {1, 2}. */
const REPORTS: readonly (readonly number[])[] = (function all(rest: number[]): number[][] {
  return [[], ...rest.flatMap((b) => all(rest.filter((x) => x !== b)).map((list) => [b, ...list]))];
})([1, 2, 3]);

/** Place in a list of what an agent holds, the length of the list for nothing and for what is not listed. */
function rank(list: readonly number[], bundle: number): number {
  const at = list.indexOf(bundle);
  return at < 0 ? list.length : at;
}

interface Found {
  /** Coalitions and joint reports with which every member is better off. */
  all: number;
  /** Those with which nobody is worse off and somebody is better off. */
  some: number;
  /** Members who are better off by more than one object: so they are whatever object is taken away. */
  beyond: number;
  tried: number;
}

function held(capacities: readonly number[], lists: readonly (readonly number[])[], options: OptionValues): number[] {
  const { assignment } = ocam.solve(kernels, marketOf(capacities, lists), { 'epsilon-sample': 0.5, ...options });
  return Array.from(assignment as BigInt64Array, (choice, i) => (choice < 0n ? 0 : lists[i]![Number(choice)]!));
}

/** Tries all joint reports of all pairs among `members`. */
function coalitions(members: readonly number[], options: OptionValues, markets: number, seed: string): Found {
  const draw = new Draw(seed);
  const found: Found = { all: 0, some: 0, beyond: 0, tried: 0 };
  for (let k = 0; k < markets; k++) {
    const capacities = [draw.integer(2, 4), draw.integer(2, 4)];
    const lists = Array.from({ length: AGENTS }, () => REPORTS[draw.integer(1, REPORTS.length - 1)]!);
    const options_ = { ...options, seed: k };
    const truth = held(capacities, lists, options_);
    for (const a of members) {
      for (const b of members.filter((x) => x > a)) {
        for (const reportA of REPORTS) {
          for (const reportB of REPORTS) {
            const told = lists.map((list, i) => (i === a ? reportA : i === b ? reportB : list));
            const lied = held(capacities, told, options_);
            const better = [a, b].map((i) => rank(lists[i]!, lied[i]!) - rank(lists[i]!, truth[i]!));
            found.tried += 1;
            if (better.every((x) => x < 0)) found.all += 1;
            if (better.every((x) => x <= 0) && better.some((x) => x < 0)) found.some += 1;
            for (const i of [a, b]) {
              const less = [1, 2].filter((g) => lied[i]! & g).map((g) => rank(lists[i]!, lied[i]! & ~g));
              if (less.length > 0 && less.every((x) => x < rank(lists[i]!, truth[i]!))) found.beyond += 1;
            }
          }
        }
      }
    }
  }
  return found;
}

const everybody = Array.from({ length: AGENTS }, (_, i) => i);
const later = everybody.slice(SAMPLE);
const open = { capacity: 'soft', overflow: 1e6, reprice: 0, drift: 0 } as const;

describe('coalitions of two, all joint reports', () => {
  it('of agents after the sample gain nothing at posted prices, as printed and with budgets uniform', () => {
    for (const options of [{ mode: 'paper' } as const, open]) {
      const { all, some, beyond, tried } = coalitions(later, { ...options, 'epsilon-budget': 0.5 }, 2, 'later');
      expect({ all, some, beyond }).toEqual({ all: 0, some: 0, beyond: 0 });
      expect(tried).toBe(2 * 3 * REPORTS.length ** 2);
    }
  });

  it('never make both better off, whoever they are, with stops and new prices too: whoever is served first has its best', () => {
    const modes: OptionValues[] = [{ mode: 'paper' }, {}, { reprice: 0.2 }];
    for (const options of modes) {
      const { all } = coalitions(everybody, { ...options, 'epsilon-budget': 0.5 }, 1, 'everybody');
      expect(all).toBe(0);
    }
  });

  it('can help a later member at no cost to an earlier one where reports move prices or leave places', () => {
    const some = (members: readonly number[], options: OptionValues) =>
      coalitions(members, { ...options, 'epsilon-budget': 0.5 }, 2, 'some').some;
    expect(some(everybody, open)).toBeGreaterThan(0);
  });
});

describe('budgets that depend on the report, the worst case of the mechanism as printed', () => {
  it('gain at most one object if budgets differ by at most 1 / size, and more than one beyond', ({ task }) => {
    // Truth with the least budget of [1 − eps, 1], the lie with the largest, at any prices: three goods, all bundles.
    const draw = new Draw(task.name);
    const beyond = (eps: number, rounds: number) => {
      let violations = 0;
      for (let round = 0; round < rounds; round++) {
        const prices = Array.from(draw.reals(3, 0, 1));
        const cost = (bundle: number) => prices.reduce((sum, p, g) => sum + (bundle & (1 << g) ? p : 0), 0);
        const list = draw.permutation(7).map((x) => x + 1);
        const best = (budget: number) => list.findIndex((bundle) => cost(bundle) <= budget);
        const truth = best(1 - eps);
        const own = truth < 0 ? list.length : truth;
        // A lie can get any bundle that the largest budget pays for.
        for (const bundle of list.filter((x) => cost(x) <= 1)) {
          const less = [1, 2, 4].filter((g) => bundle & g).map((g) => rank(list, bundle & ~g));
          if (less.every((x) => x < own)) violations += 1;
        }
      }
      return violations;
    };
    expect(beyond(1 / 3, 20_000)).toBe(0);
    expect(beyond(0.45, 20_000)).toBeGreaterThan(0);
  });
});
