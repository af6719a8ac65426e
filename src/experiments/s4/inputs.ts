import type { OrdinalProblem } from '../../mechanisms/mechanism.js';
import { sampleMarket } from '../../profiles/ordinal-samplers.js';
import { Stream } from '../../random.js';
import { rowsOf } from '../real-inputs.js';

/** Ratings (1 to 8) that a section needs to be acceptable, sections of a student that bundles are made of, largest bundle, longest list. */
const ACCEPTABLE = 4;
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
      .map(({ item }, g) => [g, Number(row[item!] || 0)] as const)
      .filter(([, rating]) => rating >= ACCEPTABLE)
      .sort((a, b) => b[1] - a[1] || a[0] - b[0])
      .slice(0, BEST);
    let sets: { goods: readonly number[]; worth: number }[] = [{ goods: [], worth: 0 }];
    for (const [g, rating] of rated) {
      const more = sets.filter(
        ({ goods }) =>
          goods.length < Math.min(LARGEST, keeps.get(row.student!)!) && goods.every((h) => !clash.has(pair(g, h))),
      );
      sets = [...sets, ...more.map(({ goods, worth }) => ({ goods: [...goods, g], worth: worth + rating - 3 }))];
    }
    return sets
      .slice(1)
      .sort((a, b) => b.worth - a.worth)
      .slice(0, LISTED)
      .map(({ goods }) => goods);
  });
  return problemOf(
    sections.map(({ capacity }) => Number(capacity)),
    lists,
  );
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
  const { bundleStart, bundleMask, capacities } = problem;
  const agents = bundleStart.length - 1;
  const words = Math.ceil(capacities.length / 64);
  const order = new Stream(seed, agents).choose(agents, agents);
  const start = new Int32Array(agents + 1);
  const mask = new BigUint64Array(bundleMask!.length);
  order.forEach((i, k) => {
    const rows = bundleMask!.subarray(bundleStart[i]! * words, bundleStart[i + 1]! * words);
    mask.set(rows, start[k]! * words);
    start[k + 1] = start[k]! + rows.length / words;
  });
  return { capacities, bundleStart: start, bundleMask: mask };
}
