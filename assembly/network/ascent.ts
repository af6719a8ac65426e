// Misreports climb: Adam on each agent's report, all others truthful, to maximise the agent's true utility (the inner problem of Zeng
// et al. 2023, section 4).
import { Batch, setSingle, single } from './batch';
import { Desk, addThrough, backThrough, retell, runReports, runTruth, spreadTruth } from './desk';
import { Network } from './network';

/** Filled in by src/wasm/network.ts. */
@unmanaged
export class Ascent {
  agents: usize; // i32[A]
  agentCount: i32; // A
  starts: i32; // T
  steps: i32;
  rate: f32;
  valueLow: f32;
  valueHigh: f32;
  demandHigh: f32;
  demandsToo: i32;
  reports: usize; // [S,T,A,2M] in and out
  gains: usize; // [S,T,A]
}

const BETA1: f32 = 0.9, BETA2: f32 = 0.999, EPSILON: f32 = 1e-8;

/** One step of Adam upwards, into the box; `step` counts from 1. */
function climb(d: Desk, a: Ascent, rows: i32, correction1: f32, correction2: f32): void {
  const net = changetype<Network>(d.net), b = changetype<Batch>(d.batch), M = net.M, size = rows * 2 * M;
  const moments = d.moments, squares = moments + (<usize>size << 2), moved = a.demandsToo ? 2 * M : M;
  for (let r: i32 = 0; r < rows; ++r) {
    const budgets = b.budgets + (<usize>(r / a.starts * M) << 2);
    for (let m: i32 = 0; m < moved; ++m) {
      const k = r * 2 * M + m, g = single(d.slopes, k);
      const first: f32 = BETA1 * single(moments, k) + (1 - BETA1) * g, second: f32 = BETA2 * single(squares, k) + (1 - BETA2) * g * g;
      setSingle(moments, k, first);
      setSingle(squares, k, second);
      const x: f32 = single(d.reports, k) + a.rate * (first * correction1) / (Mathf.sqrt(second * correction2) + EPSILON);
      const low: f32 = m < M ? a.valueLow : 0, high: f32 = m < M ? a.valueHigh : min(a.demandHigh, single(budgets, m - M));
      setSingle(d.reports, k, min(max(x, low), high));
    }
  }
}

/** Notes the reports that did better than any before. */
function note(d: Desk, a: Ascent, k: i32, rows: i32, first: bool): void {
  const each = <usize>changetype<Network>(d.net).M << 3, A = a.agentCount;
  for (let r: i32 = 0; r < rows; ++r) {
    const u = single(d.gained, r);
    if (!first && u <= single(a.gains, r * A + k)) continue;
    setSingle(a.gains, r * A + k, u);
    memory.copy(a.reports + each * (r * A + k), d.reports + each * r, each);
  }
}

/** Improves all reports, on a desk with as many repeats as there are starts: the best of all reports on the way stays, since a step may
 *  overshoot a jump of proportional fairness. Gains are true utilities less those of the truth. */
export function ascend(net: Network, b: Batch, a: Ascent, d: Desk): void {
  const S = b.count, T = a.starts, A = a.agentCount, rows = S * T, each = <usize>net.M << 3;
  runTruth(d);
  spreadTruth(d);
  for (let k: i32 = 0; k < A; ++k) {
    const agent = load<i32>(a.agents + (<usize>k << 2));
    for (let r: i32 = 0; r < rows; ++r) memory.copy(d.reports + each * r, a.reports + each * (r * A + k), each);
    memory.fill(d.moments, 0, (each * rows) << 1);
    let power1: f32 = 1, power2: f32 = 1;
    for (let step: i32 = 0; step < a.steps; ++step) {
      runReports(d, agent, true);
      note(d, a, k, rows, step == 0);
      addThrough(d, agent, backThrough(d, rows, 0, 0, 0));
      power1 *= BETA1;
      power2 *= BETA2;
      climb(d, a, rows, 1 / (1 - power1), 1 / (1 - power2));
    }
    runReports(d, agent, false);
    note(d, a, k, rows, a.steps == 0);
    for (let r: i32 = 0; r < rows; ++r) {
      setSingle(a.gains, r * A + k, single(a.gains, r * A + k) - single(d.utilities, r / T * net.N + agent));
    }
    retell(d, agent);
  }
}
