import type { NetworkConfig } from '../networks/config.js';
import { eef1nnInput, type EnvyLoss } from '../networks/eef1nn.js';
import type { AssignmentBatch } from '../networks/eef1nn.js';
import type { AssignmentGradient, AssignmentStepper } from './assignment-stepper.js';
import { inTurn, type Backend } from './backend.js';
import { convolutionOutput, envyLoss, inputShape } from './convolution-graph.js';
import { parameterTensors } from './network-graph.js';
import { dispose, type Scalar, type Tensor } from './tensors.js';

/** On a tensor library, on whatever backend it was opened with. */
export class AssignmentTensors implements AssignmentStepper {
  readonly name: string;

  constructor(
    private readonly backend: Backend,
    private readonly config: NetworkConfig,
  ) {
    this.name = `tensors on ${backend.name}`;
  }

  gradient(parameters: Float32Array, batch: AssignmentBatch, how: EnvyLoss): Promise<AssignmentGradient> {
    const { tf } = this.backend;
    const { count, agents, items, target } = batch;
    return inTurn(this.backend, async () => {
      const variables = parameterTensors(tf, this.config, parameters);
      const input = tf.tensor4d(eef1nnInput(batch), inputShape(this.config, count, agents, items));
      const values = tf.tensor3d(Float32Array.from(batch.values), [count, agents, items]);
      const wanted = tf.tensor3d(oneHot(target, agents), [count, items, agents]);
      const { value, grads } = tf.valueAndGrads((...given: Tensor[]): Scalar =>
        envyLoss(tf, convolutionOutput(tf, this.config, given, input), values, wanted, how),
      )(variables);
      const flat = tf.tidy(() => tf.concat(grads.map((each) => tf.reshape(each, [-1]))));
      const found = [(await value.data()) as Float32Array, (await flat.data()) as Float32Array] as const;
      dispose(tf, variables, input, values, wanted, value, grads, flat);
      return { loss: found[0][0]!, gradient: found[1] };
    });
  }

  /** What the network says of each profile, [S,N,M]. */
  output(parameters: Float32Array, batch: Omit<AssignmentBatch, 'target'>): Promise<Float32Array> {
    const { tf } = this.backend;
    const { count, agents, items } = batch;
    return inTurn(this.backend, async () => {
      const variables = parameterTensors(tf, this.config, parameters);
      const input = tf.tensor4d(eef1nnInput(batch), inputShape(this.config, count, agents, items));
      const output = tf.tidy(() => convolutionOutput(tf, this.config, variables, input));
      const found = (await output.data()) as Float32Array;
      dispose(tf, variables, input, output);
      return found;
    });
  }
}

function oneHot(target: Int32Array, agents: number): Float32Array {
  const wanted = new Float32Array(target.length * agents);
  target.forEach((i, k) => (wanted[k * agents + i] = 1));
  return wanted;
}
