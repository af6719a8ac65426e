// Neural Round Robin: a network scores agents, who pick in the order of falling score; trained through SoftSort and SoftRR.
//
//     Â = Pᵀ SoftRR(P V) over its column sums,   loss = −(1/M) Σ_im T_im log(Â_im + 1e-9) + envy · (nrr/envy.ts)(Â)
//
// values      f64[N·M]  in, row-major, >= 0; stride in elements between profiles, 0: one array for every profile
// features    f64[N·5]  nrr/features.ts: out of neuralFeatures, in to scores
// parameters  f32[7H+1] nrr/scores.ts; H hidden nodes
// scores      f64[N]    out of neuralScores, in to the rest
// order       i32[N]    out, agents by falling score, the lower agent first among equals; −1 where a score is no number
// target      f64[N·M]  in, T, share of each item that should go to each agent; columns sum to 1
// tau, softness         temperatures of the picks and of the order
// masked      i32       1: picks after the items are gone are left out, 0: uniform
// envy        f64       weight of envy, >= 0; byGood i32, 1: its form by the good
// loss        f64       out
// dScores     f64[N]    out, derivative of the loss in the scores (ranks are constants)
// shares      f64[N·M]  out, Â; address 0: not wanted
// sorted      f64[N·N]  out, P; address 0: not wanted
// gradient    f64[7H+1] in and out of neuralScoresSlope: derivatives in the parameters are added
//
// Cost: SoftRR's and 4 N² M operations forward, about twice as many backward.
// Maruo, Takeuchi, Kashima, Learning Fair and Preferable Allocations through Neural Network, 2024 (NRR).
import { real, setInteger, setReal } from './arrays';
import { envySlope } from './nrr/envy';
import { FEATURES, describe, featuresScratch } from './nrr/features';
import { score, scoreSlope } from './nrr/scores';
import { orderOf, softSort, softSortSlope, spread } from './nrr/sort';
import { temperature } from './nrr/temperature';
import { columnSums, pairs, pick, pickCount, undivide, unpick, unweigh, weigh } from './soft/picks';

const OFFSET: f64 = 1e-9;

export function neuralFeaturesScratch(agents: i32, items: i32): i32 {
  return featuresScratch(agents, items);
}

export function neuralFeatures(count: i32, agents: i32, items: i32, values: usize, valuesStride: i32, features: usize, scratch: usize): void {
  for (let p: i32 = 0; p < count; ++p) {
    describe(agents, items, values + ((<usize>p * <usize>valuesStride) << 3), features + (<usize>(p * agents * FEATURES) << 3), scratch);
  }
}

export function neuralScores(rows: i32, hidden: i32, features: usize, parameters: usize, scores: usize): void {
  score(rows, hidden, features, parameters, scores);
}

export function neuralScoresSlope(rows: i32, hidden: i32, features: usize, parameters: usize, dScores: usize, gradient: usize): void {
  scoreSlope(rows, hidden, features, parameters, dScores, gradient);
}

export function neuralOrder(count: i32, agents: i32, scores: usize, order: usize): void {
  for (let p: i32 = 0; p < count; ++p) orderOf(agents, scores + (<usize>(p * agents) << 3), order + (<usize>(p * agents) << 2));
}

export function neuralTemperature(schedule: i32, from: f64, to: f64, done: f64): f64 {
  return temperature(schedule, from, to, done);
}

export function neuralLossScratch(agents: i32, items: i32): i32 {
  const size = agents * items;
  return 16 * (6 * size + 2 * agents * agents + 3 * agents + (2 * pickCount(agents, items, false) + 3) * items);
}

/** C = A B for pairs; A is rows x depth, or its transpose lies at `a`. */
function product(rows: i32, depth: i32, columns: i32, a: usize, transposed: bool, b: usize, c: usize): void {
  const row = pairs(columns), aRow = transposed ? pairs(1) : pairs(depth), aDepth = transposed ? pairs(rows) : pairs(1);
  memory.fill(c, 0, <usize>rows * row);
  for (let i: i32 = 0; i < rows; ++i, a += aRow, c += row) {
    for (let k: i32 = 0, at = a, from = b; k < depth; ++k, at += aDepth, from += row) {
      const x = v128.load(at);
      for (let o: usize = 0; o < row; o += 16) v128.store(c + o, f64x2.add(v128.load(c + o), f64x2.mul(x, v128.load(from + o))));
    }
  }
}

/** C (N x N) += A Bᵀ for pairs, A and B N x M. */
function outer(N: i32, M: i32, a: usize, b: usize, c: usize): void {
  const row = pairs(M);
  for (let i: i32 = 0; i < N; ++i, a += row) {
    for (let j: i32 = 0; j < N; ++j, c += 16) {
      let sum = v128.load(c);
      for (let o: usize = 0, from = b + <usize>j * row; o < row; o += 16) sum = f64x2.add(sum, f64x2.mul(v128.load(a + o), v128.load(from + o)));
      v128.store(c, sum);
    }
  }
}

// @ts-ignore: decorator
@inline
function unpair(count: i32, from: usize, lane: usize, to: usize): void {
  if (to != 0) for (let k: i32 = 0; k < count; ++k) setReal(to, k, load<f64>(from + pairs(k) + (lane << 3)));
}

export function neuralLoss(
  count: i32, agents: i32, items: i32, values: usize, scores: usize, target: usize, tau: f64, softness: f64, masked: i32, envy: f64, byGood: i32,
  loss: usize, dScores: usize, shares: usize, sorted: usize, scratch: usize,
): void {
  const N = agents, M = items, size = N * M, each = pairs(size), square = pairs(N * N), picks = pickCount(N, M, masked != 0);
  const V = scratch, X = V + each, w = X + each, R = w + each, A = R + each, dA = A + each, P = dA + each, dP = P + square;
  const apart = dP + square, ds = apart + pairs(N), order0 = ds + pairs(N), order1 = order0 + (<usize>N << 2), total = order0 + pairs(N);
  const dleft = total + pairs(M), left = dleft + pairs(M), y = left + pairs((picks + 1) * M);
  for (let p: i32 = 0; p < count; p += 2) {
    const last = min(p + 1, count - 1);
    for (let lane: i32 = 0; lane < 2; ++lane) {
      const q = lane ? last : p, s = scores + (<usize>(q * N) << 3), order = lane ? order1 : order0;
      for (let k: i32 = 0; k < size; ++k) store<f64>(V + pairs(k) + (<usize>lane << 3), real(values, q * size + k));
      // Any order will do where scores are no numbers: neither is what comes of them.
      if (!orderOf(N, s, order)) for (let i: i32 = 0; i < N; ++i) setInteger(order, i, i);
      spread(N, s, order, apart, lane);
    }
    softSort(N, apart, order0, order1, softness, P);
    product(N, N, M, P, false, V, X);
    weigh(N, M, tau, X, w);
    pick(N, M, picks, w, left, y, pairs(M), R);
    product(N, N, M, P, true, R, A);
    columnSums(N, M, A, total);
    memory.fill(dA, 0, each);
    for (let q = p; q <= last; ++q) {
      const lane = <usize>(q - p) << 3;
      let sum: f64 = 0;
      for (let m: i32 = 0; m < M; ++m) {
        for (let k = m; k < size; k += M) {
          const wanted = real(target, q * size + k);
          if (wanted == 0) continue;
          const a = load<f64>(A + pairs(k) + lane) / load<f64>(total + pairs(m) + lane) + OFFSET;
          sum -= wanted * Math.log(a);
          store<f64>(dA + pairs(k) + lane, -wanted / (a * <f64>M));
        }
      }
      setReal(loss, q, sum / <f64>M);
    }
    if (envy > 0) {
      for (let o: usize = 0; o < each; o += 16) v128.store(X + o, f64x2.div(v128.load(A + o), v128.load(total + o % pairs(M))));
      const felt = f64x2.mul(f64x2.splat(envy), envySlope(N, M, V, X, envy, byGood != 0, dA));
      setReal(loss, p, real(loss, p) + f64x2.extract_lane(felt, 0));
      if (last != p) setReal(loss, last, real(loss, last) + f64x2.extract_lane(felt, 1));
    }
    undivide(N, M, A, total, dA);
    // Through A = Pᵀ R, then through R = SoftRR(X), X = P V.
    memory.fill(dP, 0, square);
    outer(N, M, R, dA, dP);
    product(N, N, M, P, false, dA, X);
    unpick(N, M, picks, w, left, y, X, R, dleft);
    product(N, N, M, P, false, V, X);
    unweigh(N, M, tau, X, R);
    outer(N, M, R, V, dP);
    softSortSlope(N, apart, order0, order1, softness, P, dP, ds);
    for (let q = p; q <= last; ++q) {
      unpair(N, ds, q - p, dScores + (<usize>(q * N) << 3));
      unpair(N * N, P, q - p, sorted == 0 ? 0 : sorted + (<usize>(q * N * N) << 3));
      if (shares == 0) continue;
      for (let k: i32 = 0; k < size; ++k) {
        const lane = <usize>(q - p) << 3;
        setReal(shares, q * size + k, load<f64>(A + pairs(k) + lane) / load<f64>(total + pairs(k % M) + lane));
      }
    }
  }
}
