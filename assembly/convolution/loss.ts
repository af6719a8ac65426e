// What training an EEF1-NN minimises of a profile, and its derivatives in the network's output z [N,M], of which shares are made:
//
//     A_im = softmax_i(z_im / T),   loss = −(1/M) Σ_m log(A_(target m, m) + offset) + λ E
//
//     E (GOOD)    Σ_ij Σ_m (v_im (A_jm − A_im))⁺                        envy item by item
//     E (BUNDLE)  Σ_ij (u_ij − u_ii)⁺,   u_ij = Σ_m v_im A_jm           envy
//     E (EF1)     Σ_ij (u_ij − max_m v_im A_jm − u_ii)⁺                 envy up to one item
//
// over ordered pairs of agents. Double precision; (·)⁺ has derivative 0 at 0, and of equal largest items the first one counts.
// Cost N² M operations. Maruo, Takeuchi, Kashima, 2024; Mishra, Padala, Gujar, EEF1-NN: Efficient and EF1 allocations through Neural Networks, 2021.
import { real, setReal } from '../arrays';

export const GOOD: i32 = 0, BUNDLE: i32 = 1, EF1: i32 = 2;

/** Written by src/networks/eef1nn.ts. */
@unmanaged
export class Objective {
  temperature: f64;
  offset: f64;
  envy: f64; // λ
  violation: i32;
}

/** Bytes for shares and their derivatives. */
export function lossScratch(N: i32, M: i32): usize {
  return <usize>(2 * N * M) << 3;
}

// @ts-ignore: decorator
@inline function bump(list: usize, k: i32, by: f64): void { setReal(list, k, real(list, k) + by); }

/** E; adds its derivatives to dA. */
function envyOf(o: Objective, N: i32, M: i32, v: usize, A: usize, dA: usize): f64 {
  let total: f64 = 0;
  for (let i: i32 = 0; i < N; ++i) {
    const own = i * M;
    for (let j: i32 = 0; j < N; ++j) {
      if (j == i) continue;
      const other = j * M;
      if (o.violation == GOOD) {
        for (let m: i32 = 0; m < M; ++m) {
          const x = real(v, own + m), excess = x * (real(A, other + m) - real(A, own + m));
          if (!(excess > 0)) continue;
          total += excess;
          bump(dA, other + m, x);
          bump(dA, own + m, -x);
        }
        continue;
      }
      let excess: f64 = 0, most: f64 = 0, first: i32 = 0;
      for (let m: i32 = 0; m < M; ++m) {
        const x = real(v, own + m), held = x * real(A, other + m);
        excess += held - x * real(A, own + m);
        if (held > most) {
          most = held;
          first = m;
        }
      }
      if (o.violation == EF1) excess -= most;
      if (!(excess > 0)) continue;
      total += excess;
      for (let m: i32 = 0; m < M; ++m) {
        bump(dA, other + m, real(v, own + m));
        bump(dA, own + m, -real(v, own + m));
      }
      if (o.violation == EF1) bump(dA, other + first, -real(v, own + first));
    }
  }
  return total;
}

/**
 * Loss of a profile. Output and its derivatives are f32, number (i, m) at z + i·row + m·step and dz + i·row + m·step (bytes); values f64 [N,M],
 * target i32 [M].
 */
export function lossOf(o: Objective, N: i32, M: i32, v: usize, target: usize, z: usize, dz: usize, row: usize, step: usize, scratch: usize): f64 {
  const A = scratch, dA = A + (<usize>(N * M) << 3), T = o.temperature;
  let loss: f64 = 0;
  memory.fill(dA, 0, <usize>(N * M) << 3);
  for (let m: i32 = 0; m < M; ++m) {
    let most = -Infinity, sum: f64 = 0;
    for (let i: i32 = 0; i < N; ++i) most = Math.max(most, <f64>load<f32>(z + <usize>i * row + <usize>m * step));
    for (let i: i32 = 0; i < N; ++i) {
      const e = Math.exp((<f64>load<f32>(z + <usize>i * row + <usize>m * step) - most) / T);
      setReal(A, i * M + m, e);
      sum += e;
    }
    for (let i: i32 = 0; i < N; ++i) setReal(A, i * M + m, real(A, i * M + m) / sum);
    const t = load<i32>(target + (<usize>m << 2)), x = (<f64>load<f32>(z + <usize>t * row + <usize>m * step) - most) / T;
    loss -= o.offset > 0 ? Math.log(real(A, t * M + m) + o.offset) : x - Math.log(sum);
  }
  loss /= <f64>M;
  if (o.envy != 0) loss += o.envy * envyOf(o, N, M, v, A, dA);
  for (let m: i32 = 0; m < M; ++m) {
    const t = load<i32>(target + (<usize>m << 2)), a = real(A, t * M + m), rate = o.offset > 0 ? a / (a + o.offset) : 1.0;
    let mean: f64 = 0;
    for (let i: i32 = 0; i < N; ++i) mean += real(A, i * M + m) * real(dA, i * M + m);
    for (let i: i32 = 0; i < N; ++i) {
      const share = real(A, i * M + m), cross = rate * (share - (i == t ? 1.0 : 0.0)) / <f64>M;
      store<f32>(dz + <usize>i * row + <usize>m * step, <f32>((cross + o.envy * share * (real(dA, i * M + m) - mean)) / T));
    }
  }
  return loss;
}
