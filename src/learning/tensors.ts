import type * as Core from '@tensorflow/tfjs-core';

/** The tensor library. Everything that computes with tensors is handed one, so that nothing is loaded before it is needed. */
export type Tf = typeof Core;
export type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';

/** Loads a package: `import()`, or what a test puts in its place. */
export type Load = (specifier: string) => Promise<unknown>;
