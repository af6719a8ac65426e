// What steps towards one point of the central path need beside newton.ts.
import { splat } from '../lanes';
import {
  A, AGENT, BOW, COUNT, CURVE_A, CURVE_S, DOT_CURVE, D_LAMBDA, D_SLACK, ENTRY, GAP, H_CURVE, ITEM, LAMBDA, MU, NU, ON, OPEN, S, SLACK,
  agentsAt, entriesAt, itemsAt,
} from './layout';

/** Drops the second-order terms: what a pure Newton step towards the centre wants in place of `affine`. */
export function straight(work: usize, N: i32, M: i32): void {
  const zero = splat(0);
  const items = itemsAt(work), itemsEnd = items + <usize>M * ITEM, agents = agentsAt(work, M), entries = entriesAt(work, N, M);
  for (let item = items; item < itemsEnd; item += ITEM) {
    v128.store(item, zero, D_LAMBDA);
    v128.store(item, zero, D_SLACK);
  }
  for (let i: i32 = 0; i < N; ++i) {
    const agent = agents + <usize>i * AGENT;
    v128.store(agent, zero, DOT_CURVE);
    v128.store(agent, zero, BOW);
  }
  for (let e = entries, end = entries + <usize>(N * M) * ENTRY; e < end; e += ENTRY) {
    v128.store(e, zero, H_CURVE);
    v128.store(e, zero, CURVE_A);
    v128.store(e, zero, CURVE_S);
  }
}

/** Largest |product / mean product − 1| in lane 0: 0 on the central path. */
export function spread(work: usize, N: i32, M: i32): f64 {
  const mean = load<f64>(work, GAP) / load<f64>(work, COUNT);
  const items = itemsAt(work), end = entriesAt(work, N, M) + <usize>(N * M) * ENTRY;
  let least: f64 = mean, most: f64 = mean;
  for (let m: i32 = 0, item = items; m < M; ++m, item += ITEM) {
    if (load<i64>(item, OPEN) == 0) continue;
    const p = load<f64>(item, LAMBDA) * load<f64>(item, SLACK);
    least = Math.min(least, p);
    most = Math.max(most, p);
  }
  for (let e = entriesAt(work, N, M); e < end; e += ENTRY) {
    if (load<i64>(e, ON) == 0) continue;
    const p = load<f64>(e, MU) * load<f64>(e, A), q = load<f64>(e, NU) * load<f64>(e, S);
    least = Math.min(least, Math.min(p, q));
    most = Math.max(most, Math.max(p, q));
  }
  return Math.max(most / mean - 1, 1 - least / mean);
}
