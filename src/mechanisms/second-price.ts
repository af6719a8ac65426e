import { InputError } from '../errors.js';

/** Who gets each item, and what both pay for what they get. */
export interface SecondPrice {
  /** [M] 0 or 1. */
  readonly owner: Int32Array;
  /** [2][M]; 0 for what the agent does not get. */
  readonly payments: readonly [Float64Array, Float64Array];
}

/**
 * The second-price rule for two agents of whom one is favoured, as inequality aversion favours the poorer (Shirali et al. 2024, Appendix C, with the
 * payment a'_-ij where a'_ij >= r a'_-ij): the favoured agent gets every item that it bids at least `r` times the other's bid for, 0 < r <= 1, and whoever gets
 * an item pays the other's bid.
 *
 * Whatever the other bids, some best bid for an item of worth v is r v to the favoured and v / r to the other, so best bids lie in [r v, v / r], and no narrower
 * interval holds them (docs/papers/s3.md). r = 1 is the second-price auction.
 */
export function secondPrice(
  bids: readonly [ArrayLike<number>, ArrayLike<number>],
  r: number,
  favoured: 0 | 1,
): SecondPrice {
  if (!(r > 0 && r <= 1)) throw new InputError(`r is ${r}, expected a number above 0 and at most 1`);
  const [mine, theirs] = [bids[favoured], bids[1 - favoured]!];
  if (mine.length !== theirs.length) {
    throw new InputError(`one agent bids for ${bids[0].length} items, the other for ${bids[1].length}`);
  }
  const owner = new Int32Array(mine.length);
  const payments = [new Float64Array(mine.length), new Float64Array(mine.length)] as const;
  for (let j = 0; j < mine.length; j++) {
    const wins = mine[j]! >= r * theirs[j]!;
    owner[j] = wins ? favoured : 1 - favoured;
    payments[owner[j] as 0 | 1][j] = wins ? theirs[j]! : mine[j]!;
  }
  return { owner, payments };
}
