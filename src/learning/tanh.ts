import type { Tensor, Tf } from './tensors.js';

/**
 * tanh x. The library's WebAssembly kernel of it takes sixteen times as long as that of the sigmoid, so there it is 2 sigmoid(2x) − 1, which
 * is within 1e-7.
 */
export function tanh<T extends Tensor>(tf: Tf, x: T): T {
  if (tf.getBackend() !== 'wasm') return tf.tanh(x);
  return tf.customGrad((given, save) => {
    const value = tf.sub(tf.mul(tf.sigmoid(tf.mul(given as Tensor, 2)), 2), 1);
    (save as unknown as (saved: Tensor[]) => void)([value]);
    return {
      value,
      gradFunc: (cotangent: Tensor, saved: Tensor[]) => tf.mul(cotangent, tf.sub(1, tf.square(saved[0]!))),
    };
  })(x) as T;
}
