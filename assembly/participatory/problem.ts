// A chunk of profiles of participatory objectives in memory, and one profile's objectives added up.
//
// Agent i's objective is Σ_o θ_io c_io. The sum over agents of those parts is, with P_ik = b_i + a_k,
//
//     Σ_i w_i u_i − Σ_{i≠k} P_ik (u_i − u_k)^+ − Σ_i e_i max_k envy_ik − Σ_ik g_ik envy_ik + T min_i u_i,   envy_ik = (v_i·x_k − v_i·x_i)^+
//
// w: own utility, the mean (1/n each), the others' sum; a, b: θ α/(n−1), θ β/(n−1); e: maximum envy; g: envy along the network; T: the floor.
// The first two are what a profile of the Fehr-Schmidt rule has.
import { real, setReal } from '../arrays';
import { Problem, Profile, listsBytes, loadProfile } from '../fehr-schmidt/problem';

/** Adds to the rule's arrays those of the other objectives. */
@unmanaged
export class Mixed extends Problem {
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
  envyDuals: usize;
}

/** One profile in working form: w in `weight`, a and b in `alpha` and `beta`, the largest weight (1 where all are 0) in `size`. */
@unmanaged
export class Mixture extends Profile {
  e: usize; // f64[n]
  g: usize; // f64[n·n], diagonal 0
  low: f64; // T
  unit: f64; // largest value, 1 where all are 0
  pairs: bool; // some a or b is not 0
  greatest: bool; // some e is not 0
  local: bool; // some g is not 0
  envyDuals: usize;
}

const HEAD: usize = (offsetof<Mixture>() + 15) & ~15;

export function mixtureBytes(n: i32, m: i32): usize {
  return HEAD + listsBytes(n, m) + (<usize>(n + n * n) << 3);
}

// @ts-ignore: decorator
@inline function at(array: usize, step: usize, k: i32): usize { return array ? array + step * <usize>k : 0; }

// @ts-ignore: decorator
@inline function weight(list: usize, i: i32): f64 { return list ? real(list, i) : 0; }

/** Reads profile k; `alpha` and `beta` hold where an array is absent. */
export function loadMixture(p: Mixed, q: Mixture, k: i32, alpha: f64, beta: f64): void {
  const n = p.N, m = p.M, lists = changetype<usize>(q) + HEAD;
  loadProfile(p, q, lists, k, alpha, beta);
  q.e = lists + listsBytes(n, m);
  q.g = q.e + (<usize>n << 3);
  q.envyDuals = p.envyDuals + (<usize>(n * n) << 3) * <usize>k;
  const network = at(p.network, p.networkStep, k), own = at(p.own, p.ownStep, k), mean = at(p.mean, p.meanStep, k);
  const others = at(p.others, p.othersStep, k), averse = at(p.averse, p.averseStep, k), envy = at(p.envy, p.envyStep, k);
  const local = at(p.local, p.localStep, k), low = at(p.floor, p.floorStep, k);
  let shared: f64 = 0, altruism: f64 = 0, floor: f64 = 0, size: f64 = 0, unit: f64 = 0;
  for (let i: i32 = 0; i < n; ++i) {
    shared += weight(mean, i) / <f64>n;
    altruism += weight(others, i);
    floor += weight(low, i);
  }
  q.pairs = q.greatest = q.local = false;
  const rest: f64 = n > 1 ? <f64>(n - 1) : 0;
  q.alphaSum = 0;
  for (let i: i32 = 0; i < n; ++i) {
    const theta = weight(averse, i);
    const w = weight(own, i) + shared + (altruism - weight(others, i));
    const a = theta * real(q.alpha, i), b = theta * real(q.beta, i);
    const e = n > 1 ? weight(envy, i) : 0;
    setReal(q.weight, i, w);
    setReal(q.alpha, i, a);
    setReal(q.beta, i, b);
    setReal(q.e, i, e);
    q.alphaSum += a;
    q.pairs = q.pairs || a != 0 || b != 0;
    q.greatest = q.greatest || e != 0;
    size = max(size, max(Math.abs(w), max(e, max(Math.abs(a), Math.abs(b)) * rest)));
    for (let h: i32 = 0; h < n; ++h) {
      const g = h == i ? 0 : weight(local, i) * (network ? real(network, i * n + h) : 1 / rest);
      setReal(q.g, i * n + h, g);
      q.local = q.local || g != 0;
      size = max(size, g);
    }
    for (let j: i32 = 0; j < m; ++j) unit = max(unit, real(q.values, i * m + j));
  }
  // Weights that add up to 0 may leave less.
  q.low = max(floor, 0);
  size = max(size, q.low);
  q.size = size > 0 ? size : 1;
  q.unit = unit > 0 ? unit : 1;
}
