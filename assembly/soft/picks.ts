// The recursion of SoftRR for two profiles, one in each lane, and its reverse.
//
//     w_r = (v_r − min v_r + 1)/τ,   c_0 = 1,   y_t = softmax(w_(t mod N) ∘ c_t),   c_(t+1) = (1 − y_t) ∘ c_t,   R_r = Σ_(t mod N = r) y_t
//
// Row r is the agent who picks r-th. Every list holds pairs: element k of both profiles at list + 16k.
import { expNegative } from '../exp';

/** Bytes of a list of pairs. */
// @ts-ignore: decorator
@inline export function pairs(count: i32): usize { return <usize>count << 4; }

/** Picks in all: ⌈M/N⌉ rounds, or as many as there are items. */
export function pickCount(N: i32, M: i32, masked: bool): i32 {
  return masked ? M : N * ((M + N - 1) / N);
}

/** w from v, both N x M. */
export function weigh(N: i32, M: i32, tau: f64, v: usize, w: usize): void {
  const row = pairs(M), t = f64x2.splat(tau), one = f64x2.splat(1);
  for (let r: i32 = 0; r < N; ++r, v += row, w += row) {
    let least = v128.load(v);
    for (let o: usize = 16; o < row; o += 16) least = f64x2.pmin(least, v128.load(v + o));
    for (let o: usize = 0; o < row; o += 16) {
      v128.store(w + o, f64x2.div(f64x2.add(f64x2.sub(v128.load(v + o), least), one), t));
    }
  }
}

/**
 * R (N x M) from w. Pick t finds c at left + t·step and y at shares + t·step: a step of 0 keeps nothing, one of a row keeps what `unpick`
 * reads (picks + 1 rows of c, picks of y).
 */
export function pick(N: i32, M: i32, picks: i32, w: usize, left: usize, shares: usize, step: usize, R: usize): void {
  const row = pairs(M), one = f64x2.splat(1);
  memory.fill(R, 0, <usize>N * row);
  for (let o: usize = 0; o < row; o += 16) v128.store(left + o, one);
  for (let t: i32 = 0, r: i32 = 0; t < picks; ++t, left += step, shares += step) {
    const weights = w + <usize>r * row, got = R + <usize>r * row;
    r = r + 1 == N ? 0 : r + 1;
    let most = f64x2.splat(-Infinity);
    for (let o: usize = 0; o < row; o += 16) {
      const z = f64x2.mul(v128.load(weights + o), v128.load(left + o));
      v128.store(shares + o, z);
      most = f64x2.pmax(most, z);
    }
    let sum = f64x2.splat(0);
    let k: usize = 0;
    for (const even = row & ~31; k < even; k += 32) {
      // Two at a time, so that one division hides behind the other.
      const a = expNegative(f64x2.sub(v128.load(shares + k), most)), b = expNegative(f64x2.sub(v128.load(shares + k, 16), most));
      v128.store(shares + k, a);
      v128.store(shares + k, b, 16);
      sum = f64x2.add(f64x2.add(sum, a), b);
    }
    if (k < row) {
      const e = expNegative(f64x2.sub(v128.load(shares + k), most));
      v128.store(shares + k, e);
      sum = f64x2.add(sum, e);
    }
    const scale = f64x2.div(one, sum);
    for (let o: usize = 0; o < row; o += 16) {
      const y = f64x2.mul(v128.load(shares + o), scale);
      v128.store(shares + o, y);
      v128.store(got + o, f64x2.add(v128.load(got + o), y));
      v128.store(left + o + step, f64x2.mul(f64x2.sub(one, y), v128.load(left + o)));
    }
  }
}

/** dw (N x M) from dR and what `pick` kept; `dleft` is a row to work in. */
export function unpick(N: i32, M: i32, picks: i32, w: usize, left: usize, shares: usize, dR: usize, dw: usize, dleft: usize): void {
  const row = pairs(M), one = f64x2.splat(1);
  memory.fill(dw, 0, <usize>N * row);
  memory.fill(dleft, 0, row);
  for (let t = picks - 1; t >= 0; --t) {
    const r = <usize>(t % N) * row, weights = w + r, told = dR + r, out = dw + r;
    const c = left + <usize>t * row, y = shares + <usize>t * row;
    // dl/dy = dR − dc ∘ c, through R and through what is left; dl/dz = y ∘ (dl/dy − ⟨y, dl/dy⟩).
    let mean = f64x2.splat(0);
    for (let o: usize = 0; o < row; o += 16) {
      const dy = f64x2.sub(v128.load(told + o), f64x2.mul(v128.load(dleft + o), v128.load(c + o)));
      mean = f64x2.add(mean, f64x2.mul(v128.load(y + o), dy));
    }
    for (let o: usize = 0; o < row; o += 16) {
      const ct = v128.load(c + o), yt = v128.load(y + o), dc = v128.load(dleft + o);
      const dy = f64x2.sub(v128.load(told + o), f64x2.mul(dc, ct));
      const dz = f64x2.mul(yt, f64x2.sub(dy, mean));
      v128.store(out + o, f64x2.add(v128.load(out + o), f64x2.mul(dz, ct)));
      v128.store(dleft + o, f64x2.add(f64x2.mul(dc, f64x2.sub(one, yt)), f64x2.mul(dz, v128.load(weights + o))));
    }
  }
}

/** dv from dw in place: dw/τ, and the row's sum of it taken from the row's smallest value, the first among equals. */
export function unweigh(N: i32, M: i32, tau: f64, v: usize, dw: usize): void {
  const row = pairs(M), t = f64x2.splat(tau);
  for (let r: i32 = 0; r < N; ++r, v += row, dw += row) {
    let sum = f64x2.splat(0);
    for (let o: usize = 0; o < row; o += 16) {
      const d = f64x2.div(v128.load(dw + o), t);
      v128.store(dw + o, d);
      sum = f64x2.add(sum, d);
    }
    for (let lane: usize = 0; lane < 16; lane += 8) {
      let least: usize = lane;
      for (let o = lane + 16; o < row; o += 16) if (load<f64>(v + o) < load<f64>(v + least)) least = o;
      const all = lane == 0 ? f64x2.extract_lane(sum, 0) : f64x2.extract_lane(sum, 1);
      store<f64>(dw + least, load<f64>(dw + least) - all);
    }
  }
}

/** total (a row) = Σ_r R_r. */
export function columnSums(N: i32, M: i32, R: usize, total: usize): void {
  const row = pairs(M);
  memory.copy(total, R, row);
  for (let r: i32 = 1; r < N; ++r) {
    for (let o: usize = 0; o < row; o += 16) v128.store(total + o, f64x2.add(v128.load(total + o), v128.load(R + <usize>r * row + o)));
  }
}

/** From dA, A = R over its column sums, to dR, in place. */
export function undivide(N: i32, M: i32, R: usize, total: usize, dA: usize): void {
  const row = pairs(M);
  for (let o: usize = 0; o < row; o += 16) {
    const sum = v128.load(total + o);
    let mean = f64x2.splat(0);
    for (let r: usize = 0, at = o; r < <usize>N; ++r, at += row) mean = f64x2.add(mean, f64x2.mul(v128.load(dA + at), f64x2.div(v128.load(R + at), sum)));
    for (let r: usize = 0, at = o; r < <usize>N; ++r, at += row) v128.store(dA + at, f64x2.div(f64x2.sub(v128.load(dA + at), mean), sum));
  }
}
