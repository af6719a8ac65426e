// A vertex of the utilitarian optima under caps and constraints, over a chunk of profiles; the programme is that of welfarist.ts at γ = 1.
//
//     maximise  Σ_i w_i v_i·x_i    s.t.  v_i·x_i <= B_i, and the constraints of welfarist.ts
//
// By the primal simplex of assembly/simplex from a greedy vertex (welfarist/greedy.ts); ties in pricing go to the lowest variable (agents first, then items).
// Outputs and statuses are those of welfarist.ts. Cost: fewer pivots than rows where agents have no constraints, else about two a row, each rows² +
// nonzeros. Memory: utilitarianVertexScratch.
import { integer, real, setReal } from './arrays';
import { slackBasis } from './simplex/basis';
import { LIMIT, OPTIMAL, optimise, valueOf } from './simplex/solve';
import { Simplex } from './simplex/state';
import { gap, money } from './welfarist/bound';
import { loadProfile } from './welfarist/load';
import { greedyBasis } from './welfarist/greedy';
import { Constrained } from './welfarist/problem';
import { layProgramme, linearScratch, openLinear, setBounds, takeDuals } from './welfarist/programme';
import { BROKEN, CONVERGED, OUT_OF_ITERATIONS } from './welfarist/solve';
import { measure } from './welfarist/start';
import { State } from './welfarist/state';
import { conclude, setTerms } from './welfarist';

const CLOSE: f64 = 1e-13; // relative gap at which the changed inverse is believed

export function utilitarianVertexScratch(N: i32, M: i32, R: i32, K: i32, P: i32): usize {
  return linearScratch(N, M, R, K, P);
}

export function utilitarianVertex(count: i32, problem: usize, scratch: usize): void {
  const p = changetype<Constrained>(problem), s = openLinear(p, scratch);
  for (let k: i32 = 0; k < count; ++k) {
    loadProfile(s, p, k);
    setTerms(s);
    let end = CONVERGED;
    if (s.n > 0) end = optimum(s);
    conclude(s, p, k, end, s.n > 0 ? gap(s) : 0);
  }
}

function optimum(s: State): i32 {
  const lp = layProgramme(s, true, 1);
  setBounds(s, lp);
  for (let i: i32 = 0; i < s.n; ++i) {
    const cap = real(s.cap, i), row = s.M + i;
    setReal(lp.b, row, cap < Infinity ? cap : 1);
    if (cap == Infinity) for (let v = integer(s.firstVariable, i); v < integer(s.firstVariable, i + 1); ++v) clear(lp.start, lp.index, lp.value, v, row);
  }
  slackBasis(lp);
  greedyBasis(s, lp);
  let end = optimise(lp, false);
  take(s, lp);
  if (end != OPTIMAL || gap(s) > CLOSE * money(s)) {
    end = optimise(lp);
    take(s, lp);
  }
  return end == OPTIMAL ? CONVERGED : end == LIMIT ? OUT_OF_ITERATIONS : BROKEN;
}

/** Amounts and duals at the basis that is there. */
function take(s: State, lp: Simplex): void {
  takeDuals(s, lp);
  for (let v: i32 = 0; v < s.variables; ++v) setReal(s.z, v, max(valueOf(lp, v), 0));
  for (let i: i32 = 0; i < s.n; ++i) {
    setReal(s.Y, i, real(s.omega, i));
    setReal(s.c, i, max(real(lp.y, s.M + i), 0));
  }
  for (let j: i32 = 0; j < s.M; ++j) setReal(s.s, j, 0);
  measure(s);
}

/** An agent without a cap has an empty row. */
function clear(start: usize, index: usize, value: usize, column: i32, row: i32): void {
  for (let e = integer(start, column); e < integer(start, column + 1); ++e) if (integer(index, e) == row) setReal(value, e, 0);
}
