// Working memory of the gamma-fair solver for one profile, and the programme as the solver sees it.
//
// Units: an item's supply is 1 (amounts are shares z), an agent's utility of all that it can reach alone is 1 (u_i = w_i·z_i), the largest
// coefficient of an agent's objective is 1. In them
//
//     maximise  Σ_i ω_i F(u_i)    s.t.  Σ_i (Q_i z_i)_j <= 1,   0 <= z <= ub,   u_i <= B_i,   L_r <= a_r·z_i <= U_r
//
// F(u) = u^γ/γ, log u, or another concave function of the user's unit (concave.ts). Agents that cannot gain are absent, and so are variables that must be 0. A variable is an item, or the one bundle of
// an agent that wants items in fixed proportions: Q_i has a column with them. Where an agent's utility is piecewise linear it is a variable of its own, t,
// that takes no item; rows keep it below every piece.
import { Constrained } from './problem';

/** Variables, rows and agents are numbered over the whole profile; `firstVariable[i]` is where agent i's begin. */
@unmanaged
export class State {
  N: i32; // agents of the profile
  M: i32;
  R: i32; // constraint rows an agent at most (inputRows)
  K: i32; // groups an agent at most
  n: i32; // agents kept
  rows: i32; // rows kept, of all agents
  variables: i32;
  kind: i32; // which F (concave.ts)
  gamma: f64; // the exponent of POWER
  scale: f64; // others: F(scale V)
  table: usize; // TABULATED: what concave.ts says
  bounded: i32; // 1: some variable has an upper bound
  entropy: i32; // 1: the objective is −Σ w V log V, over the face of the utilitarian optima

  // kept agents
  agent: usize; // i32, who it is
  firstVariable: usize; // i32[n + 1]
  firstRow: usize; // i32[n + 1]
  unit: usize; // utility that is 1 inside
  most: usize; // no feasible point has more utility than that
  omega: usize;
  cap: usize; // B, infinity: none
  u: usize;
  Y: usize; // marginal value ω F'(u), driven there
  c: usize; // dual of u <= B
  bend: usize; // curvature of the objective along u
  soft: usize; // D of the utility's row (factor.ts)
  h: usize; // that and the barrier of the cap
  shift: usize; // entropy: log of the agent's unit over the largest; other F than powers: log ω
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
  item: usize; // i32, BUNDLE: the bundle, NOTHING: a utility
  frozen: usize; // i32, the face stage: stays where it is
  w: usize;
  ub: usize; // infinity: the supply is bound enough
  z: usize;
  zl: usize;
  rd: usize; // residual of stationarity
  zu: usize;
  inverse: usize; // 1/z; 0 for what is frozen
  inverseDual: usize; // 1/zl; 0 for what is frozen
  room: usize; // ub − z; 1 where there is no bound
  inverseRoom: usize; // 1/room; 0 where there is no bound
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
  work: usize; // for the cone's simplex; the fields end here
  products: f64; // complementarity products
  primal: f64; // step lengths
  dual: f64;
  iterations: i32;
  unitOfMoney: f64; // the entropy's: Σ ω u
  top: f64; // objective's unit: the user's objective is `top` times the one here
  logTop: f64; // Σ w_i log unit_i, for γ = 0
}

export const BUNDLE: i32 = -1, NOTHING: i32 = -2;

/** Constraint rows that an agent has at most: those of the input, and one for each piece of its utility and for v·x. */
// @ts-ignore: decorator
@inline export function inputRows(R: i32, P: i32): i32 { return R + P + <i32>(P > 0); }

/** Variables that an agent has at most. */
// @ts-ignore: decorator
@inline export function mostVariables(M: i32): i32 { return M + 2; }

/** Rows that an agent has at most, that of its utility included. */
// @ts-ignore: decorator
@inline export function mostRows(R: i32, K: i32): i32 { return 1 + R + 2 * K; }

// @ts-ignore: decorator
@inline export function stride(M: i32): i32 { return (M + 1) & ~1; }

const HEAD: usize = (offsetof<State>() + 63) & ~63;
/** Laying out a state here tells how long one is. */
const RULER: usize = memory.data(offsetof<State>());

/** Bytes of a state, from any address; R as inputRows has it. */
export function stateBytes(N: i32, M: i32, R: i32, K: i32): usize {
  const ruler = changetype<State>(RULER);
  layOut(ruler, HEAD, N, M, R, K);
  return ruler.work + 64;
}

/** A state in scratch memory for the profiles of a problem. */
export function openState(p: Constrained, scratch: usize): State {
  const base = (scratch + 63) & ~63, s = changetype<State>(base);
  layOut(s, base + HEAD, p.N, p.M, inputRows(p.R, p.P), p.K);
  return s;
}

/** The next `count` doubles. */
function take(s: State, count: i32): usize {
  const here = s.work;
  s.work += ((<usize>count << 3) + 15) & ~15;
  return here;
}

/** Lays the fields out from `base`, and leaves in s.work where they end. Lists of variables have room for a pair at the last one. */
function layOut(s: State, base: usize, N: i32, M: i32, R: i32, K: i32): void {
  const k = mostRows(R, K), V = N * mostVariables(M) + 1, rows = N * (k - 1);
  s.work = base;
  s.N = N; s.M = M; s.R = R; s.K = K;
  s.agent = take(s, N); s.unit = take(s, N); s.most = take(s, N); s.omega = take(s, N); s.cap = take(s, N); s.u = take(s, N); s.Y = take(s, N);
  s.c = take(s, N); s.h = take(s, N); s.bend = take(s, N); s.soft = take(s, N); s.shift = take(s, N); s.psi = take(s, N); s.phi = take(s, N); s.du = take(s, N); s.dY = take(s, N);
  s.dc = take(s, N); s.cc = take(s, N); s.fixedCap = take(s, N); s.kept = take(s, N); s.firstVariable = take(s, N + 1); s.firstRow = take(s, N + 1);
  s.bundle = take(s, N * M); s.eta = take(s, N * k); s.factor = take(s, N * k * k); s.reach = take(s, N * k * stride(M));
  s.item = take(s, V); s.frozen = take(s, V); s.w = take(s, V); s.ub = take(s, V); s.z = take(s, V); s.zl = take(s, V); s.zu = take(s, V);
  s.rd = take(s, V); s.inverse = take(s, V); s.inverseDual = take(s, V); s.room = take(s, V); s.inverseRoom = take(s, V); s.theta = take(s, V);
  s.g = take(s, V); s.dz = take(s, V); s.dzl = take(s, V); s.dzu = take(s, V); s.cl = take(s, V); s.cu = take(s, V); s.direction = take(s, V);
  s.low = take(s, rows); s.high = take(s, rows); s.rho = take(s, rows); s.ll = take(s, rows); s.lu = take(s, rows); s.drho = take(s, rows);
  s.dll = take(s, rows); s.dlu = take(s, rows); s.rl = take(s, rows); s.ru = take(s, rows); s.source = take(s, rows);
  s.coefficient = take(s, rows + 1); s.coefficients = take(s, rows * mostVariables(M));
  s.budget = take(s, M); s.open = take(s, M); s.s = take(s, M); s.pi = take(s, M); s.ds = take(s, M); s.dpi = take(s, M); s.cs = take(s, M);
  s.rest = take(s, M); s.right = take(s, M); s.schur = take(s, M * stride(M)); s.line = take(s, M + 1); s.amounts = take(s, N * M);
  s.best = take(s, V + M + 2 * N + 2 * rows);
}
