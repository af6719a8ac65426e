// A linear map on rows of activations, and its gradient. Rows are f32, padded(size) apart unless a stride in bytes is given.
import { ACCUMULATE, BIAS, ZERO, gemm, padded } from '../linalg/gemm';
import { Linear, backwardOf } from './network';

/** Bytes between rows of that many numbers. */
// @ts-ignore: decorator
@inline export function rowOf(size: i32): usize { return <usize>padded(size) << 2; }

/** out = x W + bias, or out += x W. */
export function apply(l: Linear, rows: i32, x: usize, xRow: usize, out: usize, add: bool): void {
  gemm(rows, l.inputs, l.outputs, x, xRow, 4, l.forward, 32, <usize>l.inputs << 5, out, rowOf(l.outputs), add ? ACCUMULATE : BIAS, l.offset);
}

/** out += x W over the inputs of one group. */
export function applyGroup(l: Linear, group: i32, rows: i32, x: usize, xRow: usize, out: usize): void {
  const each = l.inputs / l.groups;
  gemm(rows, each, l.outputs, x, xRow, 4, l.forward + (<usize>(group * each) << 5), 32, <usize>l.inputs << 5, out, rowOf(l.outputs), ACCUMULATE, 0);
}

/** dx = dout Wᵀ over the inputs of one group (all of them where there is one). */
export function pull(l: Linear, group: i32, rows: i32, dout: usize, dx: usize): void {
  const each = l.inputs / l.groups;
  gemm(rows, l.outputs, each, dout, rowOf(l.outputs), 4, backwardOf(l, group), 32, <usize>l.outputs << 5, dx, rowOf(each), ZERO, 0);
}

/** dW += xᵀ dout, and db += Σ dout, in a buffer of gradients. */
export function gather(l: Linear, rows: i32, x: usize, xRow: usize, dout: usize, slopes: usize): void {
  gatherInputs(l, 0, l.inputs, rows, x, xRow, dout, slopes);
  if (l.bias < 0) return;
  const row = rowOf(l.outputs), bias = slopes + l.slope + <usize>l.inputs * row;
  for (let r: i32 = 0; r < rows; ++r, dout += row) {
    for (let c: usize = 0; c < row; c += 16) v128.store(bias + c, f32x4.add(v128.load(bias + c), v128.load(dout + c)));
  }
}

/** Rows first … first + inputs − 1 of dW += xᵀ dout. */
export function gatherInputs(l: Linear, first: i32, inputs: i32, rows: i32, x: usize, xRow: usize, dout: usize, slopes: usize): void {
  const row = rowOf(l.outputs);
  gemm(inputs, rows, l.outputs, x, 4, xRow, dout, row, 32, slopes + l.slope + <usize>first * row, row, ACCUMULATE, 0);
}
