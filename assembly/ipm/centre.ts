// Analytic centre of the optimal face, in lane 0, after the exact solve (tree.ts) has found the face.
//
// On the face prices and utilities are fixed. The entries kept at the iterate's amounts are its coordinates: the tree's amounts are affine in
// them. The centre maximises
//
//     Φ = Σ_free [ log a + log(x − a) ] + Σ_{supply to spare} log(b − Σ a),
//
// which is strictly concave; it is climbed coordinate by coordinate, one damped Newton step each, round after round.
//
// Cost: rounds · coordinates · O(N M). Used where some slack and its dual vanish together, so that the central path nears the centre like √τ only.
import {
  A, AGENT, BINDING, DOT, D_MU, D_NU, D_SLACK, ENTRY, H, ITEM, LEFT, LINK, LINKED, ON, OPEN, S, UP, VALUE, agentsAt, entriesAt, itemsAt,
  masksAt, words,
} from './layout';
import { has, next } from './graph';

const ROUNDS: i32 = 500;
const STILL: f64 = 1e-11; // largest move of a round, as a share of a supply, that ends the climb
const DAMPING: f64 = 0.8; // share of the way to the nearest bound

// @ts-ignore: decorator
@inline function f(at: usize, o: usize): f64 { return load<f64>(at + o); }

/** How all amounts (H) and spare supplies (D_SLACK) respond to one more unit of a kept entry. */
function respond(items: usize, agents: usize, entries: usize, masks: usize, N: i32, M: i32, linked: i32, kept: i32): void {
  const line = <usize>M * ENTRY, W = words(M);
  const stride = <usize>W << 3;
  for (let m: i32 = 0, item = items; m < M; ++m, item += ITEM) store<f64>(item, 0, D_SLACK);
  for (let i: i32 = 0, agent = agents; i < N; ++i, agent += AGENT) store<f64>(agent, 0, DOT);
  for (let j: i32 = 0, e = entries; j < N * M; ++j, e += ENTRY) store<f64>(e, 0, H);
  const start = entries + <usize>kept * ENTRY;
  store<f64>(start, 1, H);
  store<f64>(agents + <usize>(kept / M) * AGENT, -f(start, VALUE), DOT);
  store<f64>(items + <usize>(kept % M) * ITEM, -1, D_SLACK);
  for (let i: i32 = 0, agent = agents, mask = masks, row = entries; i < N; ++i, agent += AGENT, mask += stride, row += line) {
    const m = <i32>load<i64>(agent, UP);
    if (m < 0 || next(mask, W, 0) != m || next(mask, W, m + 1) >= 0) continue;
    const item = items + <usize>m * ITEM, e = row + <usize>m * ENTRY, d = f(agent, DOT) / f(e, VALUE);
    store<f64>(e, d, H);
    store<f64>(item, f(item, D_SLACK) - d, D_SLACK);
  }
  for (let k = linked - 1; k >= 0; --k) {
    const i = load<i64>(agents + <usize>k * AGENT, LINK);
    const agent = agents + <usize>i * AGENT, mask = masks + <usize>i * stride, row = entries + <usize>i * line;
    const m = <i32>load<i64>(agent, UP);
    if (next(mask, W, 0) == m && next(mask, W, m + 1) < 0) continue;
    let need = f(agent, DOT);
    for (let l = next(mask, W, 0); l >= 0; l = next(mask, W, l + 1)) {
      if (l == m) continue;
      const child = items + <usize>l * ITEM, d = f(child, D_SLACK);
      store<f64>(child, 0, D_SLACK);
      store<f64>(row + <usize>l * ENTRY, d, H);
      need -= f(row + <usize>l * ENTRY, VALUE) * d;
    }
    const item = items + <usize>m * ITEM, e = row + <usize>m * ENTRY, d = need / f(e, VALUE);
    store<f64>(e, d, H);
    store<f64>(item, f(item, D_SLACK) - d, D_SLACK);
  }
}

/** One damped Newton step along the response; returns the largest move. */
function climb(items: usize, entries: usize, N: i32, M: i32): f64 {
  let slope: f64 = 0, curve: f64 = 0, tightest: f64 = 0;
  for (let j: i32 = 0, e = entries; j < N * M; ++j, e += ENTRY) {
    const d = f(e, H);
    if (d == 0) continue;
    const p = d / f(e, A), q = d / f(e, S);
    slope += p - q;
    curve += p * p + q * q;
    tightest = Math.max(tightest, Math.max(Math.abs(p), Math.abs(q)));
  }
  for (let m: i32 = 0, item = items; m < M; ++m, item += ITEM) {
    if (load<i64>(item, BINDING) != 0 || load<i64>(item, OPEN) == 0) continue;
    const p = f(item, D_SLACK) / f(item, LEFT);
    slope += p;
    curve += p * p;
    tightest = Math.max(tightest, Math.abs(p));
  }
  let step = slope / curve;
  if (!(Math.abs(step) < Infinity)) return 0;
  const most = DAMPING / tightest;
  step = Math.max(-most, Math.min(step, most));
  let moved: f64 = 0;
  for (let j: i32 = 0, e = entries; j < N * M; ++j, e += ENTRY) {
    const d = step * f(e, H);
    if (d == 0) continue;
    store<f64>(e, f(e, A) + d, A);
    store<f64>(e, f(e, S) - d, S);
    moved = Math.max(moved, Math.abs(d));
  }
  for (let m: i32 = 0, item = items; m < M; ++m, item += ITEM) {
    if (load<i64>(item, BINDING) == 0) store<f64>(item, f(item, LEFT) + step * f(item, D_SLACK), LEFT);
  }
  return moved;
}

/** Moves lane 0's amounts (A, S) to the centre of the face that its last `finish` found. */
export function centreOfFace(work: usize, N: i32, M: i32): void {
  const items = itemsAt(work), agents = agentsAt(work, M), entries = entriesAt(work, N, M), masks = masksAt(work, N, M, 0);
  const stride = <usize>words(M) << 3;
  const linked = load<i32>(work, LINKED);
  for (let round: i32 = 0; round < ROUNDS; ++round) {
    let moved: f64 = 0;
    for (let i: i32 = 0, j: i32 = 0, mask = masks; i < N; ++i, mask += stride) {
      for (let m: i32 = 0; m < M; ++m, ++j) {
        const e = entries + <usize>j * ENTRY;
        const free = load<i64>(e, ON) != 0 && load<i64>(e, D_MU) == 0 && load<i64>(e, D_NU) == 0;
        if (!free || has(mask, m)) continue; // at a bound, or an edge of the tree
        respond(items, agents, entries, masks, N, M, linked, j);
        moved = Math.max(moved, climb(items, entries, N, M));
      }
    }
    if (moved <= STILL) return;
  }
}
