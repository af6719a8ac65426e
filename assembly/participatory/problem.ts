// A chunk of profiles of participatory objectives in memory, and one profile's objectives added up.
//
// Agent i's objective is Σ_o θ_io c_io. The sum over agents of those parts is, with P_ik = b_i + a_k,
//
//     Σ_i w_i u_i − Σ_{i≠k} P_ik (u_i − u_k)^+ − Σ_i e_i max_k envy_ik − Σ_ik g_ik envy_ik + T min_i u_i,   envy_ik = (v_i·x_k − v_i·x_i)^+
//
// w: own utility, the mean (1/n each), the others' sum; a, b: θ α/(n−1), θ β/(n−1); e: maximum envy; g: envy along the network; T: the floor.
import { real, setReal } from '../arrays';

/** Addresses and byte strides; a stride of 0 shares one array among all profiles, an address of 0 means absent. */
@unmanaged
export class Mixed {
  N: i32;
  M: i32;
  values: usize;
  valuesStep: usize;
  alpha: usize;
  alphaStep: usize;
  beta: usize;
  betaStep: usize;
  shares: usize; // absent: 1
  sharesStep: usize;
  network: usize; // f64[n·n], absent: 1/(n−1) between any two
  networkStep: usize;
  own: usize; // weights of the objectives, f64[n] each, absent: 0
  ownStep: usize;
  mean: usize;
  meanStep: usize;
  others: usize;
  othersStep: usize;
  averse: usize;
  averseStep: usize;
  envy: usize;
  envyStep: usize;
  local: usize;
  localStep: usize;
  floor: usize;
  floorStep: usize;
  allocation: usize;
  utilities: usize;
  objective: usize;
  dual: usize;
  envyDuals: usize;
  dualBound: usize;
  pivots: usize;
  status: usize;
  residuals: usize;
}

/** One profile in working form, and where its answer goes. */
@unmanaged
export class Mixture {
  n: i32;
  m: i32;
  values: usize; // f64[n·m]
  upper: usize; // f64[m], min(share, 1)
  w: usize; // f64[n]
  a: usize; // f64[n]
  b: usize; // f64[n]
  e: usize; // f64[n]
  g: usize; // f64[n·n], diagonal 0
  floor: f64; // T
  size: f64; // largest weight, 1 where all are 0
  unit: f64; // largest value, 1 where all are 0
  pairs: bool; // some a or b is not 0
  greatest: bool; // some e is not 0
  local: bool; // some g is not 0
  allocation: usize;
  utilities: usize;
  dual: usize;
  envyDuals: usize;
}

const HEAD: usize = (offsetof<Mixture>() + 15) & ~15;

export function mixtureBytes(n: i32, m: i32): usize {
  return HEAD + (<usize>(m + 4 * n + n * n) << 3);
}

// @ts-ignore: decorator
@inline function at(array: usize, step: usize, k: i32): usize { return array ? array + step * <usize>k : 0; }

// @ts-ignore: decorator
@inline function weight(list: usize, i: i32): f64 { return list ? real(list, i) : 0; }

/** Reads profile k; `alpha` and `beta` hold where an array is absent. */
export function loadMixture(p: Mixed, q: Mixture, k: i32, alpha: f64, beta: f64): void {
  const n = p.N, m = p.M;
  q.n = n;
  q.m = m;
  q.values = at(p.values, p.valuesStep, k);
  q.upper = changetype<usize>(q) + HEAD;
  q.w = q.upper + (<usize>m << 3);
  q.a = q.w + (<usize>n << 3);
  q.b = q.a + (<usize>n << 3);
  q.e = q.b + (<usize>n << 3);
  q.g = q.e + (<usize>n << 3);
  q.allocation = p.allocation + (<usize>(n * m) << 3) * <usize>k;
  q.utilities = p.utilities + (<usize>n << 3) * <usize>k;
  q.dual = p.dual + (<usize>n << 3) * <usize>k;
  q.envyDuals = p.envyDuals + (<usize>(n * n) << 3) * <usize>k;
  const shares = at(p.shares, p.sharesStep, k), from = at(p.alpha, p.alphaStep, k), to = at(p.beta, p.betaStep, k);
  const network = at(p.network, p.networkStep, k), own = at(p.own, p.ownStep, k), mean = at(p.mean, p.meanStep, k);
  const others = at(p.others, p.othersStep, k), averse = at(p.averse, p.averseStep, k), envy = at(p.envy, p.envyStep, k);
  const local = at(p.local, p.localStep, k), low = at(p.floor, p.floorStep, k);
  for (let j: i32 = 0; j < m; ++j) setReal(q.upper, j, shares ? min(real(shares, j), 1) : 1);
  let shared: f64 = 0, altruism: f64 = 0, floor: f64 = 0, size: f64 = 0, unit: f64 = 0;
  for (let i: i32 = 0; i < n; ++i) {
    shared += weight(mean, i) / <f64>n;
    altruism += weight(others, i);
    floor += weight(low, i);
  }
  q.pairs = q.greatest = q.local = false;
  const rest: f64 = n > 1 ? <f64>(n - 1) : Infinity;
  for (let i: i32 = 0; i < n; ++i) {
    const theta = weight(averse, i);
    const w = weight(own, i) + shared + (altruism - weight(others, i));
    const a = theta * (from ? real(from, i) : alpha) / rest, b = theta * (to ? real(to, i) : beta) / rest;
    const e = n > 1 ? weight(envy, i) : 0;
    setReal(q.w, i, w);
    setReal(q.a, i, a);
    setReal(q.b, i, b);
    setReal(q.e, i, e);
    q.pairs = q.pairs || a != 0 || b != 0;
    q.greatest = q.greatest || e != 0;
    size = max(size, max(Math.abs(w), max(e, max(Math.abs(a), Math.abs(b)) * (n > 1 ? rest : 0))));
    for (let h: i32 = 0; h < n; ++h) {
      const g = h == i ? 0 : weight(local, i) * (network ? real(network, i * n + h) : 1 / rest);
      setReal(q.g, i * n + h, g);
      q.local = q.local || g != 0;
      size = max(size, g);
    }
    for (let j: i32 = 0; j < m; ++j) unit = max(unit, real(q.values, i * m + j));
  }
  // Weights that add up to 0 may leave less.
  q.floor = max(floor, 0);
  size = max(size, q.floor);
  q.size = size > 0 ? size : 1;
  q.unit = unit > 0 ? unit : 1;
}
