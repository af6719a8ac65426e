// Working memory of the gamma-fair solver for one profile, and the programme as the solver sees it.
//
// Units: an item's supply is 1 (amounts are shares z), an agent's utility of all that it can reach alone is 1 (u_i = w_i·z_i), the largest
// coefficient of an agent's objective is 1. In them
//
//     maximise  Σ_i ω_i F(u_i)    s.t.  Σ_i (Q_i z_i)_j <= 1,   0 <= z <= ub,   u_i <= B_i,   L_r <= a_r·z_i <= U_r
//
// F(u) = u^γ/γ, or log u. Agents that cannot gain are absent, and so are variables that must be 0. A variable is an item, or the one bundle of
// an agent that wants items in fixed proportions: Q_i has a column with them.
import { Constrained } from './problem';

/** Variables, rows and agents are numbered over the whole profile; `firstVariable[i]` is where agent i's begin. */
@unmanaged
export class State {
  N: i32; // agents of the profile
  M: i32;
  R: i32; // constraint rows an agent at most
  K: i32; // groups an agent at most
  n: i32; // agents kept
  rows: i32; // rows kept, of all agents
  variables: i32;
  gamma: f64;
  entropy: i32; // 1: the objective is −Σ w V log V, over the face of the utilitarian optima

  // kept agents
  agent: usize; // i32, who it is
  firstVariable: usize; // i32[n + 1]
  firstRow: usize; // i32[n + 1]
  unit: usize; // utility that is 1 inside
  omega: usize;
  cap: usize; // B, infinity: none
  u: usize;
  Y: usize; // marginal value ω F'(u), driven there
  c: usize; // dual of u <= B
  h: usize; // curvature of the objective along u, barrier of the cap included
  shift: usize; // log of the agent's unit over the largest: log V = log u + shift, up to a constant
  psi: usize; // residual of the tie between Y and u
  phi: usize; // constant of the change of y
  du: usize;
  dY: usize;
  dc: usize;
  cc: usize; // second-order term of c r
  bundle: usize; // f64[n·M], share of each item in one unit of the bundle
  fixedCap: usize; // i32, the face stage: u = B
  eta: usize; // f64[n·k]
  factor: usize; // f64[n·k·k], Cholesky factors
  kept: usize; // i32[n], 1: the row of u is in the factor
  reach: usize; // f64[n·k·M], L⁻¹ R Θ Qᵀ

  // variables
  item: usize; // i32, −1: the bundle
  frozen: usize; // i32, the face stage: stays where it is
  w: usize;
  ub: usize; // infinity: the supply is bound enough
  z: usize;
  zl: usize;
  rd: usize; // residual of stationarity
  zu: usize;
  theta: usize;
  g: usize;
  dz: usize;
  dzl: usize;
  dzu: usize;
  cl: usize;
  cu: usize;
  direction: usize; // strictly inside the constraints that touch 0

  // rows
  coefficient: usize; // i32, where a row's coefficients begin
  coefficients: usize;
  low: usize;
  high: usize;
  rho: usize;
  ll: usize;
  lu: usize; // equalities: the multiplier, of either sign
  drho: usize;
  dll: usize;
  dlu: usize;
  rl: usize;
  ru: usize;
  source: usize; // i32, row of the input, or −1: a proportion

  // items
  budget: usize; // supply in the user's unit
  open: usize; // i32: 0 absent, 1 may be left over, 2 must be used up
  s: usize;
  pi: usize;
  ds: usize;
  dpi: usize;
  cs: usize;
  rest: usize; // 1 − s − Σ z
  schur: usize; // f64[M·M], row-major, rows padded to even length
  right: usize;

  line: usize; // room for one agent's row
  amounts: usize; // f64[N·M]
  best: usize; // copies of z, pi, Y, c, ll, lu at the smallest gap
  work: usize; // for the cone's simplex
  products: f64; // complementarity products
  primal: f64; // step lengths
  dual: f64;
  iterations: i32;
  unitOfMoney: f64; // the entropy's: Σ ω u
  top: f64; // objective's unit: the user's objective is `top` times the one here
  logTop: f64; // Σ w_i log unit_i, for γ = 0
}

/** Rows that an agent has at most, that of its utility included. */
// @ts-ignore: decorator
@inline export function mostRows(R: i32, K: i32): i32 { return 1 + R + 2 * K; }

// @ts-ignore: decorator
@inline export function stride(M: i32): i32 { return (M + 1) & ~1; }

let at: usize = 0;

function take(count: i32): usize {
  const here = at;
  at += ((<usize>count << 3) + 15) & ~15;
  return here;
}

const HEAD: usize = (offsetof<State>() + 63) & ~63;

/** Bytes of a state, from any address. */
export function stateBytes(N: i32, M: i32, R: i32, K: i32): usize {
  return HEAD + layOut(changetype<State>(0), 0, N, M, R, K) + 64;
}

/** A state in scratch memory for the profiles of a problem. */
export function openState(p: Constrained, scratch: usize): State {
  const base = (scratch + 63) & ~63, s = changetype<State>(base);
  layOut(s, base + HEAD, p.N, p.M, p.R, p.K);
  return s;
}

/** Lays the fields out from `base`; returns the bytes. */
function layOut(s: State, base: usize, N: i32, M: i32, R: i32, K: i32): usize {
  const k = mostRows(R, K), V = N * (M + 1), rows = N * (k - 1);
  at = base;
  const agent = take(N), firstVariable = take(N + 1), firstRow = take(N + 1), unit = take(N), omega = take(N), cap = take(N);
  const u = take(N), Y = take(N), c = take(N), h = take(N), shift = take(N), psi = take(N), phi = take(N), du = take(N), dY = take(N), dc = take(N), cc = take(N);
  const bundle = take(N * M), fixedCap = take(N), eta = take(N * k), factor = take(N * k * k), kept = take(N), reach = take(N * k * stride(M));
  const item = take(V), frozen = take(V), w = take(V), ub = take(V), z = take(V), zl = take(V), zu = take(V), theta = take(V), g = take(V), dz = take(V);
  const rd = take(V), dzl = take(V), dzu = take(V), cl = take(V), cu = take(V), direction = take(V);
  const coefficient = take(rows + 1), coefficients = take(rows * (M + 1)), low = take(rows), high = take(rows), rho = take(rows), ll = take(rows);
  const lu = take(rows), drho = take(rows), dll = take(rows), dlu = take(rows), rl = take(rows), ru = take(rows), source = take(rows);
  const budget = take(M), open = take(M), slack = take(M), pi = take(M), ds = take(M), dpi = take(M), cs = take(M), rest = take(M);
  const schur = take(M * stride(M)), right = take(M), line = take(M + 1), amounts = take(N * M), best = take(V + M + 2 * N + 2 * rows);
  if (base == 0) return at;
  s.N = N; s.M = M; s.R = R; s.K = K;
  s.agent = agent; s.firstVariable = firstVariable; s.firstRow = firstRow; s.unit = unit; s.omega = omega; s.cap = cap;
  s.u = u; s.Y = Y; s.c = c; s.h = h; s.shift = shift; s.psi = psi; s.phi = phi; s.du = du; s.dY = dY; s.dc = dc; s.cc = cc;
  s.bundle = bundle; s.fixedCap = fixedCap; s.eta = eta; s.factor = factor; s.kept = kept; s.reach = reach;
  s.item = item; s.frozen = frozen; s.w = w; s.ub = ub; s.z = z; s.zl = zl; s.zu = zu; s.theta = theta; s.g = g; s.dz = dz;
  s.dzl = dzl; s.dzu = dzu; s.cl = cl; s.cu = cu; s.direction = direction;
  s.coefficient = coefficient; s.coefficients = coefficients; s.low = low; s.high = high; s.rho = rho; s.ll = ll;
  s.lu = lu; s.drho = drho; s.dll = dll; s.dlu = dlu; s.rl = rl; s.ru = ru; s.source = source;
  s.budget = budget; s.open = open; s.s = slack; s.pi = pi; s.ds = ds; s.dpi = dpi; s.cs = cs; s.rest = rest;
  s.schur = schur; s.right = right; s.line = line; s.rd = rd; s.best = best; s.amounts = amounts;
  s.work = at;
  return at - base;
}
