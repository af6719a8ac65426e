import { InputError, secondPrice } from 'evenhand';
import { describe, expect, it } from 'vitest';

const STEPS = 40;
const GRID = Array.from({ length: STEPS + 1 }, (_, k) => k / STEPS);

/** What an agent has of one item when it bids `bid` and the other `rival`, its worth being `v`. */
function profit(r: number, role: 'favoured' | 'other', v: number, bid: number, rival: number): number {
  const mine = role === 'favoured' ? 0 : 1;
  const bids: [number[], number[]] = mine === 0 ? [[bid], [rival]] : [[rival], [bid]];
  const { owner, payments } = secondPrice(bids, r, 0);
  return (owner[0] === mine ? v : 0) - payments[mine][0]!;
}

/** Most that any bid of the grid brings. */
function best(r: number, role: 'favoured' | 'other', v: number, rival: number): number {
  return Math.max(...GRID.map((bid) => profit(r, role, v, 2 * bid, rival)), profit(r, role, v, 1e9, rival));
}

describe('the modified second-price rule', () => {
  it('gives the favoured what it bids at least r times the other bid for; the winner pays the other bid', () => {
    const { owner, payments } = secondPrice(
      [
        [4, 3, 1],
        [8, 8, 1],
      ],
      0.5,
      0,
    );
    expect([...owner]).toEqual([0, 1, 0]);
    expect(payments.map((list) => [...list])).toEqual([
      [8, 0, 1],
      [0, 3, 0],
    ]);
  });

  it.each([1, 0.8, 0.5, 0.25])('has a best bid at the ends of [r v, v / r], whatever the other bids, r = %d', (r) => {
    let [loss, least, most] = [0, Infinity, 0];
    for (const v of [0.25, 0.5, 0.75]) {
      for (const rival of GRID) {
        for (const role of ['favoured', 'other'] as const) {
          const top = best(r, role, v, rival);
          const factor = role === 'favoured' ? r : 1 / r;
          // A hair off a tie, which goes to the favoured: there winning and losing bring the same.
          expect(Math.abs(profit(r, role, v, factor * v, rival) - top)).toBeLessThanOrEqual(1e-12);
          loss = Math.max(loss, top - profit(r, role, v, v, rival));
        }
      }
      // The interval is tight: a factor inside it is strictly worse against some rival.
      for (const inside of GRID.filter((_, k) => k % 4 === 0).map((x) => r + x * (1 / r - r))) {
        const gap = (role: 'favoured' | 'other') =>
          Math.max(...GRID.map((rival) => best(r, role, v, rival) - profit(r, role, v, inside * v, rival)));
        if (gap('favoured') <= 1e-12) least = Math.min(least, inside);
        if (gap('other') <= 1e-12) most = Math.max(most, inside);
        // As far as rivals of the grid can show it.
        const step = 1 / (STEPS * v);
        if (inside > r * (1 + step) + 1e-9) expect(gap('favoured')).toBeGreaterThan(0);
        if (inside < (1 - step) / r - 1e-9) expect(gap('other')).toBeGreaterThan(0);
      }
    }
    expect(least).toBeCloseTo(r, 12);
    expect(most).toBeCloseTo(1 / r, 12);
    // Truth is best for r = 1 only.
    if (r === 1) expect(loss).toBeLessThanOrEqual(1e-12);
    else expect(loss).toBeGreaterThan(0.05);
  });

  it('pays too little by the payment as printed: bids below r are free, and better than any in the interval', () => {
    const [r, v, rival] = [0.5, 0.6, 0.4];
    const printed = (bid: number) => (bid >= r * rival ? v : 0) - (bid >= r ? rival : 0);
    const inside = Math.max(
      ...GRID.map((x) => r * v + x * (v / r - r * v))
        .filter((bid) => bid >= r)
        .map(printed),
    );
    expect(printed(0.45)).toBeCloseTo(v, 12);
    expect(printed(0.45) - inside).toBeCloseTo(rival, 12);
    // Below r everything whose rival's bid is small is had for nothing: an agent who values it at 0.1 bids six times that.
    expect((0.49 >= r * 0.9 ? 0.1 : 0) - (0.49 >= r ? 0.9 : 0)).toBeCloseTo(0.1, 12);
  });

  it('refuses other ratios and uneven bids', () => {
    for (const r of [0, -1, 1.1, NaN]) expect(() => secondPrice([[1], [1]], r, 0)).toThrow(InputError);
    expect(() => secondPrice([[1], [1, 2]], 1, 0)).toThrow('one agent bids for 1 items, the other for 2');
  });
});
