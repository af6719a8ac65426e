import type { Tensor, Tensor2D, Tf } from './tensors.js';

/**
 * a b, for a [n,k] and b [k,m]. The library's own gradient multiplies by transposed operands, which its WebAssembly kernels do twelve times
 * slower than plain products; this one transposes first.
 */
export function matMul(tf: Tf, a: Tensor, b: Tensor): Tensor2D {
  const product = tf.customGrad((left, right, save) => {
    const [x, y] = [left as Tensor2D, right as Tensor2D];
    // Declared for one tensor at a time, called with all of them.
    (save as unknown as (saved: Tensor[]) => void)([x, y]);
    return {
      value: tf.matMul(x, y),
      gradFunc: (cotangent: Tensor, saved: Tensor[]) => [
        tf.matMul(cotangent as Tensor2D, tf.transpose(saved[1]!)),
        tf.matMul(tf.transpose(saved[0]!), cotangent as Tensor2D),
      ],
    };
  });
  return product(a, b) as Tensor2D;
}
