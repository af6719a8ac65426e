import { Stream } from '../../random.js';
import { rowsOf, type ValueTable } from '../real-inputs.js';

export const CITATION = 'Shen et al., Robust Allocations with Diversity Constraints, 2021, section 5';

/** Values of divisible items, one unit of each, and the range [0, T] of caps. */
export interface Instance extends ValueTable {
  readonly name: string;
  readonly people: readonly string[];
  readonly largestCap: number;
}

/** Selections of rows of UCI Adult that data/README.md describes, and rows in each. */
export const SELECTIONS = [
  'first500_raw',
  'first500_known_occupation',
  'first500_complete_case',
  'full_32561',
] as const;
export type Selection = (typeof SELECTIONS)[number];

const ROWS = 500;

/**
 * Two items, men and women; agents are occupations (unknown ones left out), whose values are how many of each they have in 500 rows. The full file is
 * scaled to as many, so that caps mean the same.
 */
export function adultCounts(selection: Selection): Instance {
  const rows = rowsOf('adult/adult_occupation_by_sex.csv').filter((row) => row.selection === selection);
  const total = rows.reduce((sum, row) => sum + Number(row.total), 0);
  const known = rows
    .filter(({ occupation }) => occupation !== '?')
    .sort((a, b) => (a.occupation! < b.occupation! ? -1 : 1));
  const scale = selection === 'full_32561' ? ROWS / total : 1;
  return {
    name: selection,
    agents: known.length,
    items: 2,
    values: Float64Array.from(known.flatMap(({ male, female }) => [Number(male) * scale, Number(female) * scale])),
    people: known.map(({ occupation }) => occupation!),
    largestCap: 20,
  };
}

const ADVERTISERS = 6;
const PHRASES = 20;
/** Chance that an advertiser bids on a phrase at all. */
const BIDS = 0.85;
const LARGEST_CAP = 10;

/**
 * In place of the bids of six advertisers on twenty phrases (Yahoo A3), which may not be passed on: sparse, with long tails, some advertisers bidding more
 * throughout. The logarithms of bids are logistic, of deviations 0.9 over phrases and 0.45 over advertisers. In units in which the most that any allocation
 * is worth is the expected sum of caps: with much larger values nobody would compete.
 */
export function syntheticBids(seed: number): Instance {
  const stream = new Stream(seed, 0x626964);
  const odds = () => {
    const u = 0.02 + 0.96 * stream.unit();
    return u / (1 - u);
  };
  const drawn = Array.from({ length: ADVERTISERS }, () => {
    const level = Math.sqrt(Math.sqrt(odds()));
    return Array.from({ length: PHRASES }, () => {
      const bid = level * Math.sqrt(odds());
      return stream.unit() < BIDS ? bid : 0;
    });
  });
  const most = drawn[0]!.reduce((sum, _, j) => sum + Math.max(...drawn.map((row) => row[j]!)), 0);
  const unit = most / ((LARGEST_CAP / 2) * ADVERTISERS);
  return {
    name: 'synthetic bids',
    agents: ADVERTISERS,
    items: PHRASES,
    values: Float64Array.from(drawn.flat(), (bid) => bid / unit),
    people: drawn.map((_, i) => `advertiser ${i + 1}`),
    largestCap: LARGEST_CAP,
  };
}
