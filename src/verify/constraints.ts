import { largest, type Limit } from './largest.js';
import type { ProfileView } from './profile.js';

const NO_BOUND = 1e20;

/** What one agent may get: amounts up to `most`, and low <= a.x <= high. */
export interface Polytope {
  readonly most: readonly number[];
  readonly rows: readonly {
    readonly a: readonly number[];
    readonly low: number;
    readonly high: number;
    readonly size: number;
  }[];
}

/** The constraints of agent `i`, all as rows; `size` is what a violation is measured against. */
export function polytopeOf(view: ProfileView, i: number): Polytope {
  const { items, rows, groups } = view;
  const each = Array.from({ length: items }, (_, m) => m);
  const supply = Math.max(1, ...each.map((m) => view.budget(m)));
  const list: { a: number[]; low: number; high: number; size: number }[] = [];
  for (let r = 0; r < rows; r++) {
    const at = i * rows + r;
    const a = each.map((m) => view.input('constraint_matrix', at * items + m) ?? 0);
    const low = view.input('constraint_lower', at) ?? -Infinity;
    const high = view.input('constraint_upper', at) ?? Infinity;
    const size = a.reduce((sum, x, m) => sum + Math.abs(x) * view.budget(m), 0);
    if (size > 0)
      list.push({ a, low: low <= -NO_BOUND ? -Infinity : low, high: high >= NO_BOUND ? Infinity : high, size });
  }
  const group = each.map((m) => view.input('groups', i * items + m) ?? -1);
  const eps = view.input('proportion_eps', i) ?? 0;
  for (let r = 0; r < groups && group.some((g) => g >= 0); r++) {
    const share = view.input('proportions', i * groups + r)!;
    const row = (factor: number) => group.map((g) => (g < 0 ? 0 : (g === r ? factor : 0) - share));
    // (1 - eps) S_r <= share X <= (1 + eps) S_r
    list.push({ a: row(1 + eps), low: 0, high: eps === 0 ? 0 : Infinity, size: supply });
    if (eps > 0) list.push({ a: row(1 - eps), low: -Infinity, high: 0, size: supply });
  }
  if (view.result('equal_items', i) === 1) {
    const wanted = each.filter((m) => view.value(i, m) > 0);
    for (const m of wanted.slice(1)) {
      list.push({ a: each.map((j) => (j === m ? 1 : j === wanted[0] ? -1 : 0)), low: 0, high: 0, size: supply });
    }
  }
  return { most: each.map((m) => Math.min(view.demand(i, m), view.budget(m))), rows: list };
}

/** A linear function that a utility does not exceed. */
export interface Piece {
  readonly constant: number;
  readonly slopes: readonly number[];
}

/** The pieces of agent `i`'s utility, its values being the first. */
export function piecesOf(view: ProfileView, i: number): Piece[] {
  const each = Array.from({ length: view.items }, (_, m) => m);
  const list: Piece[] = [{ constant: 0, slopes: each.map((m) => view.value(i, m)) }];
  for (let l = 0; l < view.pieces; l++) {
    const at = i * view.pieces + l;
    const constant = view.input('piece_constants', at)!;
    if (constant < NO_BOUND)
      list.push({ constant, slopes: each.map((m) => view.input('piece_slopes', at * view.items + m)!) });
  }
  return list;
}

/** Largest worth of utility (the least piece) at that price of it, less what amounts cost, within limits. */
export function bestReply(
  pieces: readonly Piece[],
  limits: readonly Limit[],
  worth: number,
  price: readonly number[],
): number {
  if (pieces.length === 1) {
    return largest(
      pieces[0]!.slopes.map((v, m) => worth * v - price[m]!),
      limits,
    );
  }
  // The utility is a variable of its own, behind the amounts.
  const below = pieces.map(({ constant, slopes }) => ({ a: [...slopes.map((a) => -a), 1], most: constant }));
  return largest(
    [...price.map((p) => -p), worth],
    [...limits.map(({ a, most }) => ({ a: [...a, 0], most })), ...below],
  );
}

/** The same as limits from above. */
export function limitsOf({ most, rows }: Polytope): Limit[] {
  const limits: Limit[] = most.map((x, m) => ({ a: most.map((_, j) => (j === m ? 1 : 0)), most: x }));
  for (const { a, low, high } of rows) {
    if (high < Infinity) limits.push({ a, most: high });
    if (low > -Infinity) limits.push({ a: a.map((x) => -x), most: -low });
  }
  return limits;
}
