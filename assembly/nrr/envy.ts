// Envy that one item does not explain, of shares of items, and its derivatives; two profiles in two lanes.
//
//     U_ij = sum_m v_im A_jm
//     by the bundle   e_ij = (U_ij − max_m v_im A_jm − U_ii)+              the item whose loss helps most is taken away
//     by the good     e_ij = (1/M) sum_m (U_ij − v_im A_jm − U_ii)+        each in turn: smoother, and 0 only without envy at all
//     envy            (1/N) sum_i sum_{j != i} e_ij
//
// The first among equally helpful items carries the derivative; (·)+ has derivative 0 at 0. Cost 3 N² M operations.
// Budish, The Combinatorial Assignment Problem, 2011 (EF1); Mishra, Padala, Gujar, EEF1-NN: Efficient and EF1 Allocations through
// Neural Networks, 2021 (as a penalty in training).
import { pairs } from '../soft/picks';

/** Returns the envy of shares A under values V (both N x M pairs), and adds `weight` times its derivatives to dA. */
export function envySlope(N: i32, M: i32, V: usize, A: usize, weight: f64, byGood: bool, dA: usize): v128 {
  const row = pairs(M), whole = 1 / <f64>N, share = f64x2.splat(byGood ? whole / <f64>M : whole), pull = f64x2.splat(weight), zero = f64x2.splat(0);
  let envy = zero;
  for (let i: i32 = 0, v = V; i < N; ++i, v += row) {
    const own = worth(row, v, A + <usize>i * row);
    let lost = zero;
    for (let j: i32 = 0, a = A, d = dA; j < N; ++j, a += row, d += row) {
      if (j == i) continue;
      const more = f64x2.sub(worth(row, v, a), own);
      // How often, over N or N M, the bundle of j counts.
      let felt = zero;
      if (byGood) {
        for (let o: usize = 0; o < row; o += 16) {
          const e = f64x2.sub(more, f64x2.mul(v128.load(v + o), v128.load(a + o)));
          const counted = v128.and(share, f64x2.gt(e, zero));
          envy = f64x2.add(envy, f64x2.mul(counted, e));
          felt = f64x2.add(felt, counted);
          gain(d + o, f64x2.neg(f64x2.mul(f64x2.mul(pull, counted), v128.load(v + o))));
        }
      } else {
        let most = f64x2.mul(v128.load(v), v128.load(a));
        for (let o: usize = 16; o < row; o += 16) most = f64x2.pmax(most, f64x2.mul(v128.load(v + o), v128.load(a + o)));
        const e = f64x2.sub(more, most);
        felt = v128.and(share, f64x2.gt(e, zero));
        envy = f64x2.add(envy, f64x2.mul(felt, e));
        // Of each lane the first item that is worth the most.
        let open = v128.not(zero);
        for (let o: usize = 0; o < row; o += 16) {
          const here = v128.and(open, f64x2.eq(f64x2.mul(v128.load(v + o), v128.load(a + o)), most));
          open = v128.andnot(open, here);
          gain(d + o, v128.and(here, f64x2.neg(f64x2.mul(f64x2.mul(pull, felt), v128.load(v + o)))));
        }
      }
      for (let o: usize = 0; o < row; o += 16) gain(d + o, f64x2.mul(f64x2.mul(pull, felt), v128.load(v + o)));
      lost = f64x2.add(lost, felt);
    }
    for (let o: usize = 0, d = dA + <usize>i * row; o < row; o += 16) gain(d + o, f64x2.neg(f64x2.mul(f64x2.mul(pull, lost), v128.load(v + o))));
  }
  return envy;
}

// @ts-ignore: decorator
@inline
function worth(row: usize, v: usize, a: usize): v128 {
  let sum = f64x2.splat(0);
  for (let o: usize = 0; o < row; o += 16) sum = f64x2.add(sum, f64x2.mul(v128.load(v + o), v128.load(a + o)));
  return sum;
}

// @ts-ignore: decorator
@inline function gain(at: usize, by: v128): void { v128.store(at, f64x2.add(v128.load(at), by)); }
