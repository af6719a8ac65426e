import type { Tensor, Tensor2D, Tf } from './tensors.js';

/**
 * a b, for a [n,k] and b [k,m]; no derivative is found in an operand that is `constant`. The library's own gradient multiplies by transposed
 * operands, which its WebAssembly kernels do eleven times slower than plain products; this one transposes first.
 */
export function matMul(tf: Tf, a: Tensor, b: Tensor, constant?: 'a' | 'b'): Tensor2D {
  const variables = constant === 'a' ? [b] : constant === 'b' ? [a] : [a, b];
  const product = tf.customGrad((...given) => {
    // Both are wanted on the way back, when all else from the way there is gone.
    (given.at(-1) as unknown as (saved: Tensor[]) => void)([a, b]);
    return {
      value: tf.matMul(a as Tensor2D, b as Tensor2D),
      gradFunc: (cotangent: Tensor, saved: Tensor[]) => {
        const [left, right, above] = [saved[0], saved[1], cotangent] as [Tensor2D, Tensor2D, Tensor2D];
        const slopes: Tensor[] = [];
        if (constant !== 'a') slopes.push(tf.matMul(above, tf.transpose(right)));
        if (constant !== 'b') slopes.push(tf.matMul(tf.transpose(left), above));
        return slopes;
      },
    };
  });
  return product(...variables) as Tensor2D;
}
