// Orders from scores: the hard one, and SoftSort (Prillo, Eisenschlos, SoftSort: A Continuous Relaxation for the argsort Operator, 2020) with
// its reverse, two profiles in two lanes.
//
//     s' = s + rank,   P_ij = softmax_j(−(s'_π(i) − s'_j)² / softness),   π the order of falling s'
//
// rank counts agents of lower score, so that scores of different agents are at least 1 apart more than they were; it is a constant to
// derivatives. Equal scores: the lower agent ranks higher.
import { integer, real, setInteger, setReal } from '../arrays';
import { expNegative } from '../exp';
import { pairs } from '../soft/picks';

/** order = agents by falling score; false, and −1 throughout, where a score is no number. */
export function orderOf(N: i32, scores: usize, order: usize): bool {
  let sum: f64 = 0;
  for (let i: i32 = 0; i < N; ++i) sum += real(scores, i) - real(scores, i);
  if (sum != 0) {
    memory.fill(order, 0xff, <usize>N << 2);
    return false;
  }
  for (let i: i32 = 0; i < N; ++i) {
    const own = real(scores, i);
    let before: i32 = 0;
    for (let j: i32 = 0; j < i; ++j) before += i32(real(scores, j) >= own);
    for (let j = i + 1; j < N; ++j) before += i32(real(scores, j) > own);
    setInteger(order, before, i);
  }
  return true;
}

/** s' of one lane into `apart` (N pairs). */
export function spread(N: i32, scores: usize, order: usize, apart: usize, lane: usize): void {
  for (let t: i32 = 0; t < N; ++t) {
    const i = integer(order, t);
    store<f64>(apart + pairs(i) + (lane << 3), real(scores, i) + <f64>(N - 1 - t));
  }
}

// @ts-ignore: decorator
@inline
function placed(apart: usize, order0: usize, order1: usize, i: i32): v128 {
  const low = load<f64>(apart + pairs(integer(order0, i))), high = load<f64>(apart + pairs(integer(order1, i)), 8);
  return f64x2.replace_lane(f64x2.splat(low), 1, high);
}

/** P (N x N pairs). */
export function softSort(N: i32, apart: usize, order0: usize, order1: usize, softness: f64, P: usize): void {
  const scale = f64x2.splat(-1 / softness);
  for (let i: i32 = 0, row = P; i < N; ++i, row += pairs(N)) {
    const at = placed(apart, order0, order1, i);
    let sum = f64x2.splat(0);
    for (let j: i32 = 0; j < N; ++j) {
      // The largest exponent is 0, at j = π(i).
      const d = f64x2.sub(at, v128.load(apart + pairs(j))), e = expNegative(f64x2.mul(f64x2.mul(d, d), scale));
      v128.store(row + pairs(j), e);
      sum = f64x2.add(sum, e);
    }
    for (let j: i32 = 0; j < N; ++j) v128.store(row + pairs(j), f64x2.div(v128.load(row + pairs(j)), sum));
  }
}

/** ds (N pairs, of s) from dP. */
export function softSortSlope(N: i32, apart: usize, order0: usize, order1: usize, softness: f64, P: usize, dP: usize, ds: usize): void {
  const scale = f64x2.splat(2 / softness);
  memory.fill(ds, 0, pairs(N));
  for (let i: i32 = 0; i < N; ++i, P += pairs(N), dP += pairs(N)) {
    const at = placed(apart, order0, order1, i);
    let mean = f64x2.splat(0), own = f64x2.splat(0);
    for (let o: usize = 0; o < pairs(N); o += 16) mean = f64x2.add(mean, f64x2.mul(v128.load(P + o), v128.load(dP + o)));
    for (let o: usize = 0; o < pairs(N); o += 16) {
      const d = f64x2.sub(at, v128.load(apart + o));
      const pull = f64x2.mul(f64x2.mul(v128.load(P + o), f64x2.sub(v128.load(dP + o), mean)), f64x2.mul(d, scale));
      v128.store(ds + o, f64x2.add(v128.load(ds + o), pull));
      own = f64x2.sub(own, pull);
    }
    for (let lane: usize = 0; lane < 2; ++lane) {
      const to = ds + pairs(integer(lane ? order1 : order0, i)) + (lane << 3);
      store<f64>(to, load<f64>(to) + (lane ? f64x2.extract_lane(own, 1) : f64x2.extract_lane(own, 0)));
    }
  }
}
