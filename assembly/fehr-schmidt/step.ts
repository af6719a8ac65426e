// One step of the ordered-partition simplex: how far the entering variable goes, and what the basis is then.
import { integer, real, setInteger, setReal } from '../arrays';
import { mul, splat, sub } from '../lanes';
import { addRow, bound, exchange } from './basis';
import { SPLIT } from './price';
import { LEVEL, State } from './state';

const PIVOT: f64 = 1e-9; // rates below this do not limit a step

// Ends of a step: an amount at a bound, two levels that meet, the entering amount's other bound.
const AMOUNT: i32 = 0;
const MEET: i32 = 1;
const FLIP: i32 = 2;

// @ts-ignore: decorator
@inline function levelRow(s: State, g: i32): i32 { return integer(s.level, g); }

/**
 * Finds the end of the step of the variable in s.column: `direction` is −1 where it falls from its upper bound, `most` how far it may go by
 * itself; `split` the group that it splits, −2 for none. The part raised neighbours the group above, the rest the one below. False: no end.
 */
export function limit(s: State, direction: f64, most: f64, split: i32): bool {
  let best = most, strongest: f64 = 0;
  s.end = FLIP;
  for (let r: i32 = 0; r < s.rows; ++r) {
    if (integer(s.basis, r) == LEVEL) continue;
    const rate = direction * real(s.column, r);
    let length: f64, upper = false;
    if (rate > PIVOT) length = max(real(s.x, r), 0) / rate;
    else if (rate < -PIVOT) {
      length = max(real(s.most, r) - real(s.x, r), 0) / -rate;
      upper = true;
    } else continue;
    if (length > best || (length == best && !(abs(rate) > strongest && s.end != FLIP))) continue;
    best = length;
    strongest = abs(rate);
    s.end = AMOUNT;
    s.at = r;
    s.upper = upper;
  }
  for (let g: i32 = 0; g + 1 < s.groups; ++g) {
    const rich = levelRow(s, g), poor = levelRow(s, g + 1);
    const rate = direction * (real(s.column, rich) - real(s.column, poor)) + (g + 1 == split ? 1.0 : 0.0);
    if (!(rate > PIVOT)) continue;
    const length = max(real(s.x, rich) - real(s.x, poor), 0) / rate;
    if (length > best || (length == best && !(rate > strongest && s.end != FLIP))) continue;
    best = length;
    strongest = rate;
    s.end = MEET;
    s.at = g;
  }
  s.length = best;
  return best < Infinity;
}

/** Moves s.found's members to the front of group g's seats. */
function toFront(s: State, g: i32): void {
  const from = integer(s.start, g), to = integer(s.start, g + 1), size = s.found.size;
  memory.fill(s.place, 0, <usize>s.n << 2);
  for (let k: i32 = 0; k < size; ++k) setInteger(s.place, integer(s.found.members, k), 1);
  let end = to;
  for (let p = to - 1; p >= from; --p) {
    const i = integer(s.seat, p);
    if (!integer(s.place, i)) setInteger(s.seat, --end, i);
  }
  memory.copy(s.seat + (<usize>from << 2), s.found.members, <usize>size << 2);
}

/** Makes room for a group whose first seat is `at`, as group g. */
function insertGroup(s: State, g: i32, at: i32): void {
  memory.copy(s.start + (<usize>(g + 1) << 2), s.start + (<usize>g << 2), <usize>(s.groups + 1 - g) << 2);
  memory.copy(s.level + (<usize>(g + 1) << 2), s.level + (<usize>g << 2), <usize>(s.groups - g) << 2);
  setInteger(s.start, g, at);
  ++s.groups;
}

/** Groups g and g + 1 become one, whose level is in `row`. */
function merge(s: State, g: i32, row: i32): void {
  memory.copy(s.start + (<usize>(g + 1) << 2), s.start + (<usize>(g + 2) << 2), <usize>(s.groups - g - 1) << 2);
  memory.copy(s.level + (<usize>g << 2), s.level + (<usize>(g + 1) << 2), <usize>(s.groups - g - 1) << 2);
  setInteger(s.level, g, row);
  --s.groups;
}

/** The part of group g that was raised by s.length above `base` has its level in `row`, where the raise now stands. */
function raise(s: State, row: i32, base: i32): void {
  addRow(s, row, base, 1);
  setReal(s.x, row, real(s.x, base) + s.length);
  setReal(s.most, row, Infinity);
  setInteger(s.basis, row, LEVEL);
}

function splitGroup(s: State, g: i32, row: i32): void {
  raise(s, row, levelRow(s, g));
  toFront(s, g);
  insertGroup(s, g, integer(s.start, g));
  setInteger(s.start, g + 1, integer(s.start, g) + s.found.size);
  setInteger(s.level, g, row);
}

/** Takes the step that `limit` found. `code` entered, whose gain per unit of growth is `rate`. */
export function step(s: State, code: i32, direction: f64, rate: f64): void {
  const pace = splat(direction * s.length);
  for (let o: usize = 0; o < s.pitch; o += 16) v128.store(s.x + o, sub(v128.load(s.x + o), mul(v128.load(s.column + o), pace)));
  if (s.end == FLIP) {
    setReal(s.side, code, -real(s.side, code));
    return;
  }
  const split = code == SPLIT ? s.found.group : -2;
  let row = s.at, poor: i32 = 0;
  if (s.end == AMOUNT) setReal(s.side, integer(s.basis, row), s.upper ? -1 : 1);
  else {
    row = levelRow(s, s.at);
    poor = levelRow(s, s.at + 1);
    addRow(s, row, poor, -1); // from the level to its distance from the next, which leaves
    setReal(s.column, row, real(s.column, row) - real(s.column, poor) + (s.at + 1 == split ? 1.0 : 0.0));
  }
  exchange(s, row, direction * rate);
  if (code != SPLIT) {
    if (s.end == MEET) merge(s, s.at, poor);
    const most = bound(s, code);
    setReal(s.x, row, direction > 0 ? s.length : most - s.length);
    setReal(s.most, row, most);
    setReal(s.side, code, 0);
    setInteger(s.basis, row, code);
  } else if (s.end == AMOUNT) splitGroup(s, split, row);
  else if (s.at + 1 == split) {
    // What is raised joins the group above.
    raise(s, row, poor);
    toFront(s, split);
    setInteger(s.start, split, integer(s.start, split) + s.found.size);
  } else if (s.at == split) {
    // The rest joins the group below, from whose level the raise counts now.
    raise(s, row, poor);
    toFront(s, split);
    setInteger(s.start, split + 1, integer(s.start, split) + s.found.size);
  } else {
    const at = s.at;
    splitGroup(s, split, row);
    merge(s, at > split ? at + 1 : at, poor);
  }
}
