// The three sweeps over entries of one interior-point iteration, two profiles in two lanes. Newton's matrix of agent i is
//
//     H_i = diag(d_i) + κ_i v_i v_iᵀ,   d = μ/a + ν/s,   κ_i = w_i/u_i²,
//
// inverted by Sherman and Morrison's formula; what couples the agents is the M×M Schur complement
//
//     C = diag(t/λ) + Σ_i H_i⁻¹,      C dλ = Σ_i H_i⁻¹ r_i − ρ.
//
// Every right side is r = r₀ + τ (1/a − 1/s) + r₂ with the stationarity r₀ = w v/u − z − λ and the second-order term
// r₂ = μ r(1+r) + ν q(1−q), r = da/a and q = da/s of the affine step. The three parts are reduced separately, in the sweep that
// first knows them, so that choosing τ costs no sweep of its own. A sweep goes over all agents before anything that waits for an agent's sums
// does: the processor then works at several agents at a time.
import { abs, add, and, div, max, min, mul, neg, splat, sub, where } from '../lanes';
import {
  A, AGENT, ALONG, A_INV, BOW, CURVE, CURVE_A, CURVE_S, DOT, DOT_CENTRE, DOT_CURVE, DUAL_RESIDUAL, DV, D_A, D_INV, D_LAMBDA, D_MU, D_NU,
  D_SLACK, ENTRY, GAP, H, H_CENTRE, H_CURVE, INFEASIBLE, ITEM, LAMBDA, LINEAR, LONGEST, MU, NU, ON, OPEN, PULL, RATIO, RHS, RHS_CENTRE,
  RHS_CURVE, S, SLACK, SLOPE, STEP, S_INV, TAU, UTILITY, VALUE, VDV, WEIGHT, agentsAt, entriesAt, itemsAt, schurAt,
} from './layout';

/** Moves by the step chosen and measures the gap there. */
export function move(work: usize, N: i32, M: i32): void {
  const zero = splat(0), one = splat(1);
  const step = v128.load(work, STEP);
  const items = itemsAt(work), itemsEnd = items + <usize>M * ITEM;
  let gap = zero;
  for (let item = items; item < itemsEnd; item += ITEM) {
    const open = v128.load(item, OPEN);
    const lambda = add(v128.load(item, LAMBDA), mul(step, v128.load(item, D_LAMBDA)));
    const slack = add(v128.load(item, SLACK), mul(step, v128.load(item, D_SLACK)));
    const ratio = where(open, div(slack, lambda), one);
    v128.store(item, lambda, LAMBDA);
    v128.store(item, slack, SLACK);
    v128.store(item, ratio, RATIO);
    gap = add(gap, mul(lambda, slack));
  }

  let agent = agentsAt(work, M);
  let first = entriesAt(work, N, M);
  for (let i: i32 = 0; i < N; ++i, agent += AGENT) {
    const end = first + <usize>M * ENTRY;
    let utility = zero, vdv = zero;
    for (let e = first; e < end; e += ENTRY) {
      const da = mul(step, v128.load(e, D_A));
      const a = add(v128.load(e, A), da), s = sub(v128.load(e, S), da);
      const mu = add(v128.load(e, MU), mul(step, v128.load(e, D_MU)));
      const nu = add(v128.load(e, NU), mul(step, v128.load(e, D_NU)));
      const v = v128.load(e, VALUE), on = v128.load(e, ON);
      v128.store(e, a, A);
      v128.store(e, s, S);
      v128.store(e, mu, MU);
      v128.store(e, nu, NU);
      const ma = mul(mu, a), ns = mul(nu, s);
      gap = add(gap, add(ma, ns));
      utility = add(utility, mul(v, a));
      // 1/a, 1/s and 1/d from one division: with p = a s and e = μ s + ν a, d = e/p.
      const p = mul(a, s), q = add(mul(mu, s), mul(nu, a));
      const inverse = and(div(one, mul(p, q)), on);
      const pInverse = mul(q, inverse);
      const d = mul(mul(p, p), inverse);
      const dv = mul(d, v);
      const ai = mul(s, pInverse), si = mul(a, pInverse);
      v128.store(e, ai, A_INV);
      v128.store(e, si, S_INV);
      v128.store(e, d, D_INV);
      v128.store(e, dv, DV);
      v128.store(e, mul(d, sub(ai, si)), H_CENTRE);
      vdv = add(vdv, mul(v, dv));
    }
    v128.store(agent, utility, UTILITY);
    v128.store(agent, vdv, VDV);
    first = end;
  }
  v128.store(work, gap, GAP);
}

/** How far from stationary the point is that `move` has led to. Few points are asked: easy profiles end before it counts. */
export function measureStationarity(work: usize, N: i32, M: i32): void {
  const items = itemsAt(work), agents = agentsAt(work, M), agentsEnd = agents + <usize>N * AGENT, line = <usize>M * ENTRY;
  let worst = splat(0), infeasible = splat(0);
  let e = entriesAt(work, N, M);
  for (let agent = agents; agent < agentsEnd; agent += AGENT) {
    const weight = v128.load(agent, WEIGHT), slope = and(div(weight, v128.load(agent, UTILITY)), f64x2.gt(weight, splat(0)));
    const end = e + line;
    for (let item = items; e < end; e += ENTRY, item += ITEM) {
      const r = sub(sub(mul(slope, v128.load(e, VALUE)), v128.load(item, LAMBDA)), v128.load(e, LINEAR));
      const left = and(abs(add(r, sub(v128.load(e, MU), v128.load(e, NU)))), v128.load(e, ON));
      worst = max(worst, left);
      infeasible = add(infeasible, mul(left, v128.load(e, A)));
    }
  }
  v128.store(work, worst, DUAL_RESIDUAL);
  v128.store(work, infeasible, INFEASIBLE);
}

/** Forms the Schur complement and the right sides where `move` has led to. */
export function factor(work: usize, N: i32, M: i32, regularized: bool): void {
  const zero = splat(0), one = splat(1);
  const items = itemsAt(work), itemsEnd = items + <usize>M * ITEM, schur = schurAt(work, M), row = <usize>M << 4;
  for (let item = items, diagonal = schur, line = schur; item < itemsEnd; item += ITEM, diagonal += row + 16, line += row) {
    v128.store(item, zero, RHS);
    v128.store(item, zero, RHS_CENTRE);
    v128.store(item, zero, RHS_CURVE);
    for (let at = line; at < diagonal; at += 16) v128.store(at, zero);
    v128.store(diagonal, v128.load(item, RATIO));
  }
  let agent = agentsAt(work, M);
  let first = entriesAt(work, N, M);
  for (let i: i32 = 0; i < N; ++i, agent += AGENT) {
    const end = first + <usize>M * ENTRY;
    const weight = v128.load(agent, WEIGHT), vdv = v128.load(agent, VDV);
    const utility = where(f64x2.gt(weight, zero), v128.load(agent, UTILITY), one);
    const inner = add(mul(utility, utility), mul(weight, vdv));
    const inverse = div(weight, mul(utility, inner));
    const slope = mul(inner, inverse); // w/u
    const pull = mul(utility, inverse); // κ/(1 + κ vᵀD⁻¹v)
    let dot = zero, dotCentre = zero;
    for (let e = first, item = items; e < end; e += ENTRY, item += ITEM) {
      let r = sub(mul(slope, v128.load(e, VALUE)), v128.load(item, LAMBDA));
      if (regularized) r = sub(r, v128.load(e, LINEAR));
      v128.store(e, mul(v128.load(e, D_INV), r), H);
      const dv = v128.load(e, DV);
      dot = add(dot, mul(dv, r));
      dotCentre = add(dotCentre, mul(v128.load(e, VALUE), v128.load(e, H_CENTRE)));
    }
    v128.store(agent, utility, UTILITY);
    v128.store(agent, pull, PULL);
    v128.store(agent, slope, SLOPE);
    v128.store(agent, dot, DOT);
    v128.store(agent, dotCentre, DOT_CENTRE);
    const pullDot = mul(pull, dot), pullCentre = mul(pull, dotCentre);
    let line = schur;
    for (let e = first, item = items; e < end; e += ENTRY, item += ITEM) {
      const dv = v128.load(e, DV), pdv = mul(pull, dv);
      v128.store(item, add(v128.load(item, RHS), sub(v128.load(e, H), mul(pullDot, dv))), RHS);
      v128.store(item, add(v128.load(item, RHS_CENTRE), sub(v128.load(e, H_CENTRE), mul(pullCentre, dv))), RHS_CENTRE);
      let at = line;
      for (let l = first; l < e; l += ENTRY, at += 16) v128.store(at, sub(v128.load(at), mul(pdv, v128.load(l, DV))));
      v128.store(at, add(v128.load(at), sub(v128.load(e, D_INV), mul(pdv, dv))));
      line += row;
    }
    first = end;
  }
}

/**
 * The affine (pure Newton) step for the prices in D_LAMBDA: how far it can go (LONGEST), the gap it leaves (CURVE), and the
 * second-order right side it implies.
 */
export function affine(work: usize, N: i32, M: i32): void {
  const zero = splat(0), half = splat(0.5), one = splat(1);
  const items = itemsAt(work), agents = agentsAt(work, M), agentsEnd = agents + <usize>N * AGENT, line = <usize>M * ENTRY;
  let longest = zero, curve = zero;
  pull(work, N, M, false);
  let e = entriesAt(work, N, M);
  for (let agent = agents; agent < agentsEnd; agent += AGENT) {
    const pullDot = v128.load(agent, ALONG), end = e + line;
    let dotCurve = zero, du = zero;
    for (let item = items; e < end; e += ENTRY, item += ITEM) {
      const d = v128.load(e, D_INV), dv = v128.load(e, DV);
      const da = sub(sub(v128.load(e, H), mul(d, v128.load(item, D_LAMBDA))), mul(pullDot, dv));
      du = add(du, mul(da, v128.load(e, VALUE)));
      const r = mul(da, v128.load(e, A_INV)), q = mul(da, v128.load(e, S_INV));
      longest = max(longest, max(abs(add(r, half)), abs(sub(q, half))));
      const up = add(one, r), down = sub(one, q);
      const mu = v128.load(e, MU), nu = v128.load(e, NU);
      const muUp = mul(mu, up), nuDown = mul(nu, down);
      curve = add(curve, mul(da, sub(nuDown, muUp)));
      v128.store(e, mul(r, up), CURVE_A);
      v128.store(e, mul(q, down), CURVE_S);
      const bend = add(mul(muUp, r), mul(nuDown, q));
      v128.store(e, mul(d, bend), H_CURVE);
      dotCurve = add(dotCurve, mul(dv, bend));
    }
    v128.store(agent, dotCurve, DOT_CURVE);
    v128.store(agent, du, ALONG);
  }
  e = entriesAt(work, N, M);
  for (let agent = agents; agent < agentsEnd; agent += AGENT) {
    const du1 = div(v128.load(agent, ALONG), v128.load(agent, UTILITY));
    const bow = mul(v128.load(agent, SLOPE), min(one, mul(du1, du1)));
    const dotCurve = add(v128.load(agent, DOT_CURVE), mul(bow, v128.load(agent, VDV)));
    v128.store(agent, bow, BOW);
    v128.store(agent, dotCurve, DOT_CURVE);
    const along = sub(bow, mul(v128.load(agent, PULL), dotCurve));
    const end = e + line;
    for (let item = items; e < end; e += ENTRY, item += ITEM) {
      v128.store(item, add(v128.load(item, RHS_CURVE), add(v128.load(e, H_CURVE), mul(along, v128.load(e, DV)))), RHS_CURVE);
    }
  }
  v128.store(work, add(longest, half), LONGEST);
  v128.store(work, curve, CURVE);
}

/** What each agent's step has along D⁻¹v, for the prices in D_LAMBDA (ALONG): the affine step's, or the combined one's. */
function pull(work: usize, N: i32, M: i32, all: bool): void {
  const items = itemsAt(work), agents = agentsAt(work, M), agentsEnd = agents + <usize>N * AGENT, line = <usize>M * ENTRY;
  const tau = v128.load(work, TAU);
  let e = entriesAt(work, N, M);
  for (let agent = agents; agent < agentsEnd; agent += AGENT) {
    let dot = v128.load(agent, DOT);
    if (all) dot = add(add(dot, mul(tau, v128.load(agent, DOT_CENTRE))), v128.load(agent, DOT_CURVE));
    const end = e + line;
    for (let item = items; e < end; e += ENTRY, item += ITEM) dot = sub(dot, mul(v128.load(e, DV), v128.load(item, D_LAMBDA)));
    const along = mul(v128.load(agent, PULL), dot);
    v128.store(agent, all ? sub(along, v128.load(agent, BOW)) : along, ALONG);
  }
}

/** The combined step for the prices in D_LAMBDA with products steered to TAU; how far it can go (LONGEST). */
export function combined(work: usize, N: i32, M: i32): void {
  const tau = v128.load(work, TAU);
  const zero = splat(0), one = splat(1);
  const items = itemsAt(work);
  let longest = zero;
  for (let m: i32 = 0, item = items; m < M; ++m, item += ITEM) v128.store(item, zero, D_SLACK);

  const agents = agentsAt(work, M), agentsEnd = agents + <usize>N * AGENT, line = <usize>M * ENTRY;
  pull(work, N, M, true);
  let e = entriesAt(work, N, M);
  for (let agent = agents; agent < agentsEnd; agent += AGENT) {
    const pullDot = v128.load(agent, ALONG), end = e + line;
    for (let item = items; e < end; e += ENTRY, item += ITEM) {
      const h = add(add(v128.load(e, H), mul(tau, v128.load(e, H_CENTRE))), v128.load(e, H_CURVE));
      const da = sub(sub(h, mul(v128.load(e, D_INV), v128.load(item, D_LAMBDA))), mul(pullDot, v128.load(e, DV)));
      const ai = v128.load(e, A_INV), si = v128.load(e, S_INV);
      const r = mul(da, ai), q = mul(da, si);
      const mu = v128.load(e, MU), nu = v128.load(e, NU);
      const on = v128.load(e, ON);
      const muPart = and(sub(sub(v128.load(e, CURVE_A), r), one), on), nuPart = and(sub(sub(q, one), v128.load(e, CURVE_S)), on);
      const muPush = mul(tau, ai), nuPush = mul(tau, si);
      v128.store(e, da, D_A);
      v128.store(e, add(mul(mu, muPart), muPush), D_MU);
      v128.store(e, add(mul(nu, nuPart), nuPush), D_NU);
      v128.store(item, sub(v128.load(item, D_SLACK), da), D_SLACK);
      // −dμ/μ = −muPart − (τ/a)/μ, and the same for ν; both quotients from one division.
      const both = div(one, mul(mu, nu));
      const muLess = neg(add(muPart, mul(muPush, mul(nu, both)))), nuLess = neg(add(nuPart, mul(nuPush, mul(mu, both))));
      longest = max(longest, max(max(neg(r), q), max(muLess, nuLess)));
    }
  }
  v128.store(work, longest, LONGEST);
}
