// Gamma-fair allocation of divisible items with caps and per-agent constraints, over a chunk of profiles.
//
//     maximise  Σ_i w_i F(V_i),   V_i = min(B_i, v_i·x_i, c_il + a_il·x_i),   F(V) = V^γ/γ, log V for γ = 0, γ <= 1, or welfarist/concave.ts
//     s.t.      0 <= x <= d,   Σ_i x_im <= b_m,   lower_i <= A_i x_i <= upper_i,   proportions or equal amounts within x_i
//
// (Shen et al., Robust Allocations with Diversity Constraints, 2021, sections 2 and 5). Every agent's polytope contains 0, so an agent can always
// take less: with one piece V_i = v_i·x_i <= B_i is the same programme, and allocations waste nothing beyond caps. Agents that can gain nothing (weight, cap
// or reachable value 0) get nothing and have no term.
//
// γ = 1 is the limit from below: the utilitarian optimum of greatest entropy −Σ w V log V. Utilities are unique; the allocation is the one in
// the analytic centre of those that give them.
//
// Out: `prices` π (duals of supplies), `marginals` y (what a further unit of the agent's utility is worth; 0 for an agent without a term), the welfare,
// and a bound on it that no feasible point exceeds (bound.ts). residual: the larger of (bound − welfare) / Σ w V^γ and the largest infeasibility,
// relative to max(1, max b) for items and to the size of a row.
// Status: SOLVED residual <= 1e-8; REDUCED_ACCURACY <= 1e-4; ITERATION_LIMIT or NUMERICAL_ERROR otherwise.
//
// Cost an iteration: N M² k for k rows an agent, and M³/6; 8 to 25 iterations. Memory: welfaristScratch.
import { real, setReal } from './arrays';
import { simplexBytes } from './simplex/state';
import { gap } from './welfarist/bound';
import { POWER, logSlope } from './welfarist/concave';
import { restrict } from './welfarist/face';
import { violation, write } from './welfarist/result';
import { loadProfile } from './welfarist/load';
import { Constrained } from './welfarist/problem';
import { CONVERGED, OUT_OF_ITERATIONS, iterate } from './welfarist/solve';
import { start } from './welfarist/start';
import { State, inputRows, mostRows, mostVariables, openState, stateBytes } from './welfarist/state';
import { ITERATION_LIMIT, NUMERICAL_ERROR, REDUCED_ACCURACY, SOLVED } from './status';

const ACCURATE: f64 = 1e-8;
const REDUCED: f64 = 1e-4;

/** Bytes of scratch memory: N agents, M items, R constraint rows, K groups, P pieces. */
export function welfaristScratch(N: i32, M: i32, R: i32, K: i32, P: i32): usize {
  const most = inputRows(R, P), k = mostRows(most, K), V = mostVariables(M);
  return stateBytes(N, M, most, K) + simplexBytes(k, 2 * V + k, 3 * k * (V + 1));
}

/** `kind` and `scale` say which F (welfarist/concave.ts), `gamma` the exponent of a power, `table` where a tabulated one stands. */
export function welfarist(count: i32, problem: usize, kind: i32, gamma: f64, scale: f64, table: usize, tolerance: f64, scratch: usize): void {
  const p = changetype<Constrained>(problem), s = openState(p, scratch);
  for (let k: i32 = 0; k < count; ++k) {
    s.kind = kind;
    s.gamma = kind == POWER ? gamma : 0;
    s.scale = scale;
    s.table = table;
    s.entropy = 0;
    solveOne(s, p, k, tolerance);
  }
}

function solveOne(s: State, p: Constrained, k: i32, tolerance: f64): void {
  loadProfile(s, p, k);
  setTerms(s);
  let end = CONVERGED, open: f64 = 0;
  if (s.n > 0) {
    memory.fill(s.frozen, 0, <usize>s.variables << 2);
    memory.fill(s.fixedCap, 0, <usize>s.n << 2);
    start(s);
    end = iterate(s, tolerance);
    open = gap(s);
  }
  conclude(s, p, k, end, open);
  if (s.n == 0 || s.gamma != 1 || load<i32>(p.status + (<usize>k << 2)) > REDUCED_ACCURACY) return;
  let before: f64 = 0, after: f64 = 0;
  for (let i: i32 = 0; i < s.n; ++i) before += real(s.omega, i) * real(s.u, i);
  restrict(s);
  if (iterate(s, tolerance) == CONVERGED) {
    for (let i: i32 = 0; i < s.n; ++i) after += real(s.omega, i) * real(s.u, i);
    if (violation(s, p, k) <= ACCURATE && open + before - after <= ACCURATE * after) {
      conclude(s, p, k, CONVERGED, open + before - after);
      return;
    }
  }
  // The optimum stands, its entropy is that of the centre of the face.
  const status = p.status + (<usize>k << 2);
  if (load<i32>(status) == SOLVED) store<i32>(status, REDUCED_ACCURACY);
}

/** Coefficients ω of the objective in the agents' units, and the unit of the objective. */
export function setTerms(s: State): void {
  let most: f64 = -Infinity, logs: f64 = 0;
  if (s.kind != POWER) {
    for (let i: i32 = 0; i < s.n; ++i) {
      const log = Math.log(real(s.omega, i) * real(s.unit, i));
      setReal(s.shift, i, log);
      most = max(most, log + logSlope(s, real(s.unit, i)));
    }
    for (let i: i32 = 0; i < s.n; ++i) setReal(s.shift, i, real(s.shift, i) - most);
    s.top = s.n > 0 ? Math.exp(most) : 1;
    return;
  }
  for (let i: i32 = 0; i < s.n; ++i) {
    const omega = real(s.omega, i), unit = Math.log(real(s.unit, i));
    if (s.gamma == 0) logs += omega * unit;
    most = max(most, Math.log(omega) + s.gamma * unit);
  }
  for (let i: i32 = 0; i < s.n; ++i) {
    setReal(s.omega, i, Math.exp(Math.log(real(s.omega, i)) + s.gamma * Math.log(real(s.unit, i)) - most));
  }
  s.top = s.n > 0 ? Math.exp(most) : 1;
  s.logTop = logs;
}

export function conclude(s: State, p: Constrained, k: i32, end: i32, open: f64): void {
  const residual = write(s, p, k, open);
  const status = residual <= ACCURATE ? SOLVED : residual <= REDUCED ? REDUCED_ACCURACY
    : end == OUT_OF_ITERATIONS && residual < Infinity ? ITERATION_LIMIT : NUMERICAL_ERROR;
  store<i32>(p.status + (<usize>k << 2), status);
}
