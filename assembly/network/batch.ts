// Profiles of a training step in single precision: what agents want, and what the mechanism is told.
import { Network } from './network';

/** Addresses; arrays as src/learning/stepper.ts describes them. `features` and `supplies` are filled in by `describe`. */
@unmanaged
export class Batch {
  count: i32;
  values: usize; // [S,N,M] true
  demands: usize;
  toldValues: usize;
  toldDemands: usize;
  budgets: usize; // [S,M]
  weights: usize; // [S,N]
  features: usize; // [S,N,features]
  supplies: usize; // [S,M] supply over N
}

/** Describes a batch of `count` profiles whose arrays begin at `place`, nothing told but the truth; returns their end. */
export function layBatch(net: Network, b: Batch, count: i32, noisy: bool, place: usize): usize {
  const agents = <usize>(count * net.N) << 2, entries = agents * net.M, items = <usize>(count * net.M) << 2;
  b.count = count;
  b.values = place;
  b.demands = place + entries;
  b.toldValues = noisy ? b.demands + entries : b.values;
  b.toldDemands = noisy ? b.toldValues + entries : b.demands;
  b.budgets = b.toldDemands + entries;
  b.weights = b.budgets + items;
  return (b.weights + agents + 63) & ~63;
}

// @ts-ignore: decorator
@inline export function single(list: usize, index: i32): f32 { return load<f32>(list + (<usize>index << 2)); }
// @ts-ignore: decorator
@inline export function setSingle(list: usize, index: i32, x: f32): void { store<f32>(list + (<usize>index << 2), x); }

/** Writes the network's inputs. */
export function describe(net: Network, b: Batch): void {
  const N = net.N, M = net.M, F = net.features;
  for (let r: i32 = 0, rows = b.count * N; r < rows; ++r) {
    for (let m: i32 = 0; m < M; ++m) {
      setSingle(b.features, r * F + m, single(b.toldValues, r * M + m));
      setSingle(b.features, r * F + M + m, single(b.toldDemands, r * M + m));
    }
    if (F > 2 * M) setSingle(b.features, r * F + 2 * M, single(b.weights, r));
  }
  for (let k: i32 = 0, end = b.count * M; k < end; ++k) setSingle(b.supplies, k, single(b.budgets, k) / <f32>N);
}

/** Whether an agent can gain anything: row r = profile · N + agent. */
export function live(net: Network, b: Batch, r: i32): bool {
  const M = net.M;
  let most: f32 = 0;
  for (let m: i32 = 0; m < M; ++m) most += single(b.values, r * M + m) * single(b.demands, r * M + m);
  return most > 0 && single(b.weights, r) > 0;
}
