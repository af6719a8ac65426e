import { InputError } from '../errors.js';
import { featuresOf, parameterCount, parameterSpecs, type NetworkConfig } from '../networks/config.js';
import { matMul } from './matmul.js';
import { tanh } from './tanh.js';
import type { Tensor, Tensor2D, Tensor3D, Tf } from './tensors.js';

/** What a rule is told of B profiles of N agents and M items. Demands are capped at the supply. */
export interface Reports {
  /** [B,N,M] */
  readonly values: Tensor3D;
  /** [B,N,M] */
  readonly demands: Tensor3D;
  /** [B,M] */
  readonly budgets: Tensor2D;
  /** [B,N] */
  readonly weights: Tensor2D;
}

/** The flat vector of parameters as one tensor an array, in the order of `parameterSpecs`. The caller disposes of them. */
export function parameterTensors(tf: Tf, config: NetworkConfig, parameters: Float32Array): Tensor[] {
  const count = parameterCount(config);
  if (parameters.length !== count) {
    throw new InputError(`parameters has ${parameters.length} elements, expected ${count}`, { array: 'parameters' });
  }
  let at = 0;
  return parameterSpecs(config).map(({ rows, columns }) => {
    const length = Math.max(1, rows) * columns;
    // A copy: the cpu backend keeps the array it is given.
    const data = parameters.slice(at, (at += length));
    return rows === 0 ? tf.tensor1d(data) : tf.tensor2d(data, [rows, columns]);
  });
}

/** A network and the reports shown to it, as functions of whatever is differentiated. */
export interface Shown {
  readonly parameters: readonly Tensor[];
  readonly reports: Reports;
  /** What no derivative is wanted in; without it, work is done that comes to nothing. */
  readonly constant?: 'parameters' | 'reports';
}

/**
 * What the network says of each profile, as src/networks/config.ts defines it: logits [B,N+1,M] of exs-net, the last row of which burns, or
 * the regularizer z [B,N,M] of expf-net.
 *
 * @throws InputError if a dense network is shown another number of agents than it was made for.
 */
export function networkOutput(tf: Tf, config: NetworkConfig, shown: Shown): Tensor3D {
  const { parameters, reports } = shown;
  const [profiles, agents, items] = reports.values.shape;
  if (items !== config.items) {
    throw new InputError(`the network serves ${config.items} items, the profiles have ${items}`);
  }
  const named = new Map(parameterSpecs(config).map(({ name }, k) => [name, parameters[k]!]));
  const features = featureTensor(tf, config, reports);
  if (config.architecture === 'equivariant') return equivariant(tf, config, named, features, shown);
  if (agents !== config.agents) {
    throw new InputError(`a dense network serves ${config.agents} agents, the profiles have ${agents}`);
  }
  let nodes: Tensor = tf.concat([tf.reshape(features, [profiles, -1]), reports.budgets], 1);
  const layer = (name: string, first = false) =>
    tf.add(matMul(tf, nodes, named.get(`${name}_weight`)!, constantFactor(shown, first)), named.get(`${name}_bias`)!);
  config.hidden.forEach((_, l) => (nodes = tanh(tf, layer(`layer${l}`, l === 0))));
  return scaled(tf, config, tf.reshape(layer('output'), [profiles, -1, items]));
}

/** Which factor of nodes times parameters is constant; the nodes of the first layer are the reports. */
function constantFactor({ constant }: Shown, first: boolean): 'a' | 'b' | undefined {
  if (constant === 'parameters') return 'b';
  return constant === 'reports' && first ? 'a' : undefined;
}

/** [B,N,F]: each agent's values, demands and, where the network reads it, weight. */
function featureTensor(tf: Tf, config: NetworkConfig, { values, demands, weights }: Reports): Tensor3D {
  const parts: Tensor[] = [values, demands];
  if (config.agentWeights) parts.push(tf.expandDims(weights, 2));
  return tf.concat(parts, 2) as Tensor3D;
}

function equivariant(
  tf: Tf,
  config: NetworkConfig,
  named: ReadonlyMap<string, Tensor>,
  features: Tensor3D,
  shown: Shown,
): Tensor3D {
  const [profiles, agents] = features.shape;
  const { budgets } = shown.reports;
  let nodes: Tensor3D = features;
  let size = featuresOf(config);
  /** h_i own + mean_j h_j mean + bias, and b/N supply in the first: what does not depend on the agent is computed once a profile. */
  const layer = (name: string, width: number, first = false): Tensor3D => {
    const factor = constantFactor(shown, first);
    const rows = tf.reshape(nodes, [profiles * agents, size]);
    const own = tf.reshape(matMul(tf, rows, named.get(`${name}_own`)!, factor), [profiles, agents, width]);
    let common: Tensor = matMul(tf, tf.mean(nodes, 1), named.get(`${name}_mean`)!, factor);
    // Supplies are never differentiated in.
    if (first) common = tf.add(common, matMul(tf, tf.div(budgets, agents), named.get('layer0_supply')!, 'a'));
    common = tf.add(common, named.get(`${name}_bias`)!);
    return tf.add(own, tf.expandDims(common, 1));
  };
  config.hidden.forEach((width, l) => {
    nodes = tanh(tf, layer(`layer${l}`, width, l === 0));
    size = width;
  });
  const output = layer('output', config.items);
  if (config.model === 'expf-net') return scaled(tf, config, output);
  const burn = matMul(tf, tf.mean(nodes, 1), named.get('burn_weight')!, constantFactor(shown, false));
  const burnt = tf.add(burn, named.get('burn_bias')!);
  // As if there were as many agents who burn as agents: what is burnt does not shrink as more agents come.
  return tf.concat([output, tf.expandDims(tf.add(burnt, Math.log(agents)), 1)], 1) as Tensor3D;
}

function scaled(tf: Tf, { model, scale }: NetworkConfig, output: Tensor): Tensor3D {
  return (model === 'expf-net' ? tf.mul(output, scale) : output) as Tensor3D;
}
