import type { OrdinalProblem } from '../../mechanisms/mechanism.js';
import { sampleMarket } from '../../profiles/ordinal-samplers.js';
import { Stream } from '../../random.js';
import { rowsOf } from '../real-inputs.js';

/** A section rated at most this (of 8) is not acceptable; sections of a student that bundles are made of, largest bundle, longest list. */
const BELOW = 3;
const BEST = 10;
const LARGEST = 5;
const LISTED = 150;

/**
 * UMass course survey: students in the order of the file; bundles are sets without conflicts of at most as many sections as the student keeps, out of its ten
 * best, ranked by the sum of ratings less 3.
 */
export function umassCourses(): OrdinalProblem {
  const sections = rowsOf('umass-courses/umass_sections.csv');
  const number = new Map(sections.map(({ item }, g) => [item!, g]));
  const clash = new Set<number>();
  const pair = (a: number, b: number) => Math.min(a, b) * sections.length + Math.max(a, b);
  for (const { item_a: a, item_b: b } of rowsOf('umass-courses/umass_conflicts.csv')) {
    clash.add(pair(number.get(a!)!, number.get(b!)!));
  }
  sections.forEach(({ course }, g) => {
    for (let h = 0; h < g; h++) if (sections[h]!.course === course) clash.add(pair(g, h));
  });
  const keeps = new Map(
    rowsOf('umass-courses/umass_students.csv').map(({ student, keeps: most }) => [student!, Number(most)]),
  );
  const students = rowsOf('umass-courses/umass_ratings.csv').filter(({ student }) => keeps.has(student!));
  const lists = students.map((row) => {
    const rated = sections
      .map(({ item }, g) => [g, Number(row[item!] || 0) - BELOW] as const)
      .filter(([, worth]) => worth > 0)
      .sort((a, b) => b[1] - a[1] || a[0] - b[0])
      .slice(0, BEST);
    const most = Math.min(LARGEST, keeps.get(row.student!)!);
    return setsOf(rated, most, LISTED, (g, h) => !clash.has(pair(g, h)));
  });
  return problemOf(
    sections.map(({ capacity }) => Number(capacity)),
    lists,
  );
}

/** Courses of a student that bundles are made of: all sets of them up to the student's number of courses are listed. */
const BIDS = 8;

/**
 * Course bids at Ariel University: a year group of `count` students drawn from the 26 whose bids are known, with the capacities as they are (they are those of the
 * year group). Bundles are sets of a student's best courses, ranked by points; students who bid alike are of one type.
 */
export function arielYear(count: number, seed: number): OrdinalProblem {
  const items = rowsOf('ariel-courses/ariel_items.csv');
  const most = new Map(rowsOf('ariel-courses/ariel_agents.csv').map((row) => [row.agent!, Number(row.max_courses)]));
  const lists = rowsOf('ariel-courses/ariel_points.csv').map((row) => {
    const bids = items
      .map(({ item }, g) => [g, Number(row[item!] || 0)] as const)
      .filter(([, points]) => points > 0)
      .sort((a, b) => b[1] - a[1] || a[0] - b[0])
      .slice(0, BIDS);
    return setsOf(bids, most.get(row.agent!)!, 2 ** BIDS, () => true);
  });
  const draw = new Stream(seed, count);
  return problemOf(
    items.map(({ capacity }) => Number(capacity)),
    Array.from({ length: count }, () => lists[Math.floor(draw.unit() * lists.length)]!),
  );
}

/** Sets of at most `most` goods that go together, best sum of worth first, at most `listed` of them. */
function setsOf(
  rated: readonly (readonly [good: number, worth: number])[],
  most: number,
  listed: number,
  together: (g: number, h: number) => boolean,
): (readonly number[])[] {
  let sets: { goods: readonly number[]; worth: number }[] = [{ goods: [], worth: 0 }];
  for (const [g, worth] of rated) {
    const more = sets.filter(({ goods }) => goods.length < most && goods.every((h) => together(h, g)));
    sets = [...sets, ...more.map((set) => ({ goods: [...set.goods, g], worth: set.worth + worth }))];
  }
  return sets
    .slice(1)
    .sort((a, b) => b.worth - a.worth)
    .slice(0, listed)
    .map(({ goods }) => goods);
}

/** Take-off and landing slots of one airport (synthetic): flights that want a pair of slots, or two flights. */
export function slotPairs(agents: number, seed: number): OrdinalProblem {
  return sampleMarket('slot-pairs', { agents, goods: 10, supply: 0.4, seed });
}

function problemOf(capacities: readonly number[], lists: readonly (readonly (readonly number[])[])[]): OrdinalProblem {
  const words = Math.ceil(capacities.length / 64);
  const bundleStart = new Int32Array(lists.length + 1);
  lists.forEach((list, i) => (bundleStart[i + 1] = bundleStart[i]! + list.length));
  const bundleMask = new BigUint64Array(bundleStart[lists.length]! * words);
  lists.flat().forEach((goods, t) => {
    for (const g of goods) bundleMask[t * words + (g >> 6)]! |= 1n << BigInt(g & 63);
  });
  return { capacities: Int32Array.from(capacities), bundleStart, bundleMask };
}

/** The same agents in a random order. */
export function shuffled(problem: OrdinalProblem, seed: number): OrdinalProblem {
  const agents = problem.bundleStart.length - 1;
  return inOrder(problem, new Stream(seed, agents).choose(agents, agents));
}

/** The agents in the given order. */
export function inOrder(problem: OrdinalProblem, order: Int32Array): OrdinalProblem {
  const { bundleStart, bundleMask, capacities } = problem;
  const words = Math.ceil(capacities.length / 64);
  const start = new Int32Array(order.length + 1);
  const mask = new BigUint64Array(bundleMask!.length);
  order.forEach((i, k) => {
    const rows = bundleMask!.subarray(bundleStart[i]! * words, bundleStart[i + 1]! * words);
    mask.set(rows, start[k]! * words);
    start[k + 1] = start[k]! + rows.length / words;
  });
  return { capacities, bundleStart: start, bundleMask: mask };
}
