import { BLOCKS, featuresOf, type NetworkConfig } from '../networks/config.js';
import type { EnvyLoss } from '../networks/eef1nn.js';
import { matMul } from './matmul.js';
import { tanh } from './tanh.js';
import type { Scalar, Tensor, Tensor3D, Tensor4D, Tf } from './tensors.js';

// S profiles, N agents, M items, C planes.

/** Every position's neighbourhood of 3 x 3, zeros beyond the edge: [S,N,M,C] to [S N M, 9 C], rows of taps from above to below. */
function patches(tf: Tf, x: Tensor4D): Tensor {
  const [profiles, agents, items, planes] = x.shape;
  const wide = tf.pad(x, [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]);
  const taps = [0, 1, 2];
  const across = tf.concat(
    taps.map((dx) => tf.slice(wide, [0, 0, dx, 0], [profiles, agents + 2, items, planes])),
    3,
  );
  const all = tf.concat(
    taps.map((dy) => tf.slice(across, [0, dy, 0, 0], [profiles, agents, items, 3 * planes])),
    3,
  );
  return tf.reshape(all, [profiles * agents * items, 9 * planes]);
}

/**
 * What an eef1nn says of each profile, [S,N,M] in (-1, 1), from `input` [S,N,M,6] (src/networks/eef1nn.ts) and one tensor an array of
 * parameters. Convolutions are products with matrices of patches: no backend but the plain one has the derivatives of others in their filters.
 */
export function convolutionOutput(
  tf: Tf,
  config: NetworkConfig,
  parameters: readonly Tensor[],
  input: Tensor4D,
): Tensor3D {
  const [profiles, agents, items] = input.shape;
  let x: Tensor4D = input;
  for (let k = 0; k < BLOCKS * (config.hidden.length + 1); k++) {
    const [weight, bias] = [parameters[2 * k]!, parameters[2 * k + 1]!];
    const rows = matMul(tf, patches(tf, x), weight, k === 0 ? 'a' : undefined);
    x = tf.reshape(tanh(tf, tf.add(rows, bias)), [profiles, agents, items, weight.shape[1]!]);
  }
  return tf.reshape(x, [profiles, agents, items]);
}

/** Shapes of the input of an eef1nn. */
export function inputShape(
  config: NetworkConfig,
  profiles: number,
  agents: number,
  items: number,
): [number, number, number, number] {
  return [profiles, agents, items, featuresOf(config)];
}

/**
 * The loss of assembly/convolution/loss.ts, mean over profiles, from output [S,N,M], values [S,N,M] and `wanted` [S,M,N] (1 at the agent whom the
 * item should go to, else 0). Of equal largest items all share the derivative.
 */
export function envyLoss(
  tf: Tf,
  output: Tensor3D,
  values: Tensor3D,
  wanted: Tensor3D,
  { temperature, offset, envy, violation }: EnvyLoss,
): Scalar {
  const logits = tf.div(tf.transpose(output, [0, 2, 1]), temperature);
  const shares = tf.softmax(logits);
  const logs =
    offset > 0
      ? tf.log(tf.add(tf.sum(tf.mul(shares, wanted), 2), offset))
      : tf.sum(tf.mul(tf.logSoftmax(logits), wanted), 2);
  const cross = tf.neg(tf.mean(logs));
  if (envy === 0) return cross as Scalar;
  // [S,M,j,i] of owner j and envious i.
  const held = tf.expandDims(shares, 3);
  const own = tf.expandDims(shares, 2);
  const worth = tf.expandDims(tf.transpose(values, [0, 2, 1]), 2);
  const apart = tf.mul(tf.sub(held, own), worth);
  let excess: Tensor = apart;
  if (violation !== 'good') excess = tf.sum(apart, 1);
  if (violation === 'ef1') excess = tf.sub(excess, tf.max(tf.mul(held, worth), 1));
  return tf.add(cross, tf.mul(tf.div(tf.sum(tf.relu(excess)), output.shape[0]), envy));
}
