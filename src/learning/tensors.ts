import type * as Core from '@tensorflow/tfjs-core';

/** The tensor library. Everything that computes with tensors is handed one, so that nothing is loaded before it is needed. */
export type Tf = typeof Core;
export type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';

/** Loads a package: `import()`, or what a test puts in its place. */
export type Load = (specifier: string) => Promise<unknown>;

/** The library's `tidy`, for results of any shape: keeps the tensors found in what `make` returns, disposes of all others it makes. */
export function tidy<T extends object>(tf: Tf, make: () => T): T {
  return tf.tidy(make as () => Core.TensorContainer) as T;
}

/** Disposes of every tensor found in objects and arrays. */
export function dispose(tf: Tf, ...things: readonly object[]): void {
  tf.dispose(things as unknown as Core.TensorContainer);
}
