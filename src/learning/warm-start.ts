import { InputError } from '../errors.js';
import { loadNetwork } from '../networks/files.js';
import type { TrainingConfig } from './training-config.js';

/**
 * Parameters of the network in the folder `warmStart` of a configuration; undefined without one. It must have the same layers, and where
 * it is dense the same number of agents: an equivariant network trained for few agents may be trained on for many.
 */
export async function warmStart({ network, warmStart }: TrainingConfig): Promise<Float32Array | undefined> {
  if (warmStart === '') return undefined;
  const { config, parameters } = await loadNetwork(warmStart);
  const names = ['model', 'architecture', 'items', 'hidden', 'agentWeights', 'scale'] as const;
  for (const name of network.architecture === 'dense' ? [...names, 'agents' as const] : names) {
    const [found, expected] = [config[name], network[name]].map((value) => JSON.stringify(value));
    if (found !== expected) {
      throw new InputError(`${warmStart}: the network to start from has ${name} ${found}, expected ${expected}`);
    }
  }
  return parameters;
}
