// SoftRR: Round Robin with every pick a softmax over the items left, so that it can be differentiated; two profiles in two lanes.
//
//     K = ⌈M/N⌉ rounds; c = 1; pick t by agent i = order[t mod N]:   y = softmax((v_i − min v_i + 1) ∘ c / τ),   c ← (1 − y) ∘ c,   R_i += y
//
// As τ → 0 this is Round Robin where values differ: what counts is the gap between the best and the next item left, over τ. When N K > M the
// picks after the items are gone become uniform, 1/M each; `masked` leaves them out.
//
// values      f64[N·M]  in, row-major, >= 0; stride in elements between profiles, 0: one array for every profile
// order       i32[N]    in, agents, first picker first; address 0: 0..N−1
// tau         f64       > 0
// form        i32       MASKED | NORMALIZED (columns divided by their sums)
// allocation  f64[N·M]  out, R
// utilities   f64[N]    out, Σ_m R_im v_im
// cotangent   f64[N·M]  in, dl/dR, for the gradient
// dValues     f64[N·M]  out, dl/dV, through the smallest value too (the first among equals carries its derivative)
// status      i32       out, SOLVED; BAD_INPUT where the order holds a number that is no agent; NUMERICAL_ERROR where numbers overflow
// residual    f64       out, 0 (the rule has no certificate); infinity where the profile has no answer
// scratch     softRoundRobinScratch(N, M) bytes; for the gradient softRoundRobinGradientScratch(N, M)
//
// Cost N K M exponentials; the gradient keeps c and y of every pick, 16 bytes each.
// Maruo, Takeuchi, Kashima, Learning Fair and Preferable Allocations through Neural Network, 2024 (SoftRR).
import { real, setInteger, setReal } from './arrays';
import { columnSums, pairs, pick, pickCount, undivide, unpick, unweigh, weigh } from './soft/picks';
import { BAD_INPUT, NUMERICAL_ERROR, SOLVED } from './status';

/** Bits of `form`. */
const MASKED: i32 = 1, NORMALIZED: i32 = 2;

export function softRoundRobinScratch(agents: i32, items: i32): f64 {
  return 16 * <f64>items * (3 * <f64>agents + 3);
}

export function softRoundRobinGradientScratch(agents: i32, items: i32): f64 {
  return 16 * <f64>items * (4 * <f64>agents + 2 * <f64>pickCount(agents, items, false) + 3);
}

// @ts-ignore: decorator
@inline function agentAt(turns: usize, r: i32): i32 { return turns == 0 ? r : load<i32>(turns + (<usize>r << 2)); }

/** Where a profile's order stands; 0 if it has none that names agents only. */
function turnsOf(order: usize, stride: i32, p: i32, agents: i32): usize {
  if (order == 0) return 0;
  const turns = order + ((<usize>p * <usize>stride) << 2);
  return namesAgents(turns, agents) ? turns : <usize>0;
}

function namesAgents(turns: usize, agents: i32): bool {
  for (let t: i32 = 0; t < agents; ++t) if (load<u32>(turns + (<usize>t << 2)) >= <u32>agents) return false;
  return true;
}

/** Row r of lane `lane` of `to` is the row of the agent who picks r-th. */
function gather(agents: i32, items: i32, from: usize, turns: usize, to: usize, lane: usize): void {
  for (let r: i32 = 0; r < agents; ++r) {
    let at = from + ((<usize>agentAt(turns, r) * <usize>items) << 3);
    for (let o = to + (lane << 3) + pairs(r * items), end = o + pairs(items); o < end; o += 16, at += 8) store<f64>(o, load<f64>(at));
  }
}

/** The way back: rows are added where an agent has several. */
function scatter(agents: i32, items: i32, from: usize, turns: usize, to: usize, lane: usize): void {
  memory.fill(to, 0, <usize>(agents * items) << 3);
  for (let r: i32 = 0; r < agents; ++r) {
    let at = to + ((<usize>agentAt(turns, r) * <usize>items) << 3);
    for (let o = from + (lane << 3) + pairs(r * items), end = o + pairs(items); o < end; o += 16, at += 8) store<f64>(at, load<f64>(at) + load<f64>(o));
  }
}

/** Writes status and residual of profile p; an answer that is none becomes zeros. */
function conclude(order: usize, stride: i32, p: i32, agents: i32, size: i32, answer: usize, status: usize, residual: usize): bool {
  const known = order == 0 || namesAgents(order + ((<usize>p * <usize>stride) << 2), agents);
  let sum: f64 = 0;
  for (let k: i32 = 0; k < size; ++k) sum += real(answer, k);
  const good = known && sum - sum == 0;
  if (!good) memory.fill(answer, 0, <usize>size << 3);
  setInteger(status, p, good ? SOLVED : known ? NUMERICAL_ERROR : BAD_INPUT);
  setReal(residual, p, good ? 0 : Infinity);
  return good;
}

export function softRoundRobin(
  count: i32, agents: i32, items: i32, values: usize, valuesStride: i32, order: usize, orderStride: i32, tau: f64, form: i32,
  allocation: usize, utilities: usize, status: usize, residual: usize, scratch: usize,
): void {
  const size = agents * items, each = <usize>size << 3, v = scratch, w = v + pairs(size), R = w + pairs(size);
  const left = R + pairs(size), shares = left + pairs(items), total = shares + pairs(items);
  const picks = pickCount(agents, items, (form & MASKED) != 0);
  for (let p: i32 = 0; p < count; p += 2) {
    const last = min(p + 1, count - 1);
    for (let lane: i32 = 0; lane < 2; ++lane) {
      const q = lane ? last : p, from = values + ((<usize>q * <usize>valuesStride) << 3);
      gather(agents, items, from, turnsOf(order, orderStride, q, agents), v, lane);
    }
    weigh(agents, items, tau, v, w);
    pick(agents, items, picks, w, left, shares, 0, R);
    if (form & NORMALIZED) {
      columnSums(agents, items, R, total);
      for (let at: usize = 0, end = pairs(size), row = pairs(items); at < end; at += 16) {
        v128.store(R + at, f64x2.div(v128.load(R + at), v128.load(total + at % row)));
      }
    }
    for (let q = p; q <= last; ++q) {
      const a = allocation + <usize>q * each, own = values + ((<usize>q * <usize>valuesStride) << 3);
      scatter(agents, items, R, turnsOf(order, orderStride, q, agents), a, q - p);
      conclude(order, orderStride, q, agents, size, a, status, residual);
      for (let i: i32 = 0, k: i32 = 0; i < agents; ++i) {
        let u: f64 = 0;
        for (let m: i32 = 0; m < items; ++m, ++k) u += real(a, k) * real(own, k);
        setReal(utilities, q * agents + i, u);
      }
    }
  }
}

/** dValues from the cotangent: the same recursion with everything kept, then backwards. */
export function softRoundRobinGradient(
  count: i32, agents: i32, items: i32, values: usize, valuesStride: i32, order: usize, orderStride: i32, tau: f64, form: i32,
  cotangent: usize, cotangentStride: i32, dValues: usize, status: usize, residual: usize, scratch: usize,
): void {
  const size = agents * items, each = <usize>size << 3, picks = pickCount(agents, items, (form & MASKED) != 0);
  const v = scratch, w = v + pairs(size), R = w + pairs(size), dR = R + pairs(size), total = dR + pairs(size), dleft = total + pairs(items);
  const left = dleft + pairs(items), shares = left + pairs((picks + 1) * items);
  for (let p: i32 = 0; p < count; p += 2) {
    const last = min(p + 1, count - 1);
    for (let lane: i32 = 0; lane < 2; ++lane) {
      const q = lane ? last : p, turns = turnsOf(order, orderStride, q, agents);
      gather(agents, items, values + ((<usize>q * <usize>valuesStride) << 3), turns, v, lane);
      gather(agents, items, cotangent + ((<usize>q * <usize>cotangentStride) << 3), turns, dR, lane);
    }
    weigh(agents, items, tau, v, w);
    pick(agents, items, picks, w, left, shares, pairs(items), R);
    if (form & NORMALIZED) {
      columnSums(agents, items, R, total);
      undivide(agents, items, R, total, dR);
    }
    unpick(agents, items, picks, w, left, shares, dR, R, dleft);
    unweigh(agents, items, tau, v, R);
    for (let q = p; q <= last; ++q) {
      const d = dValues + <usize>q * each;
      scatter(agents, items, R, turnsOf(order, orderStride, q, agents), d, q - p);
      conclude(order, orderStride, q, agents, size, d, status, residual);
    }
  }
}
