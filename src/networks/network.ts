import { InputError } from '../errors.js';
import { Kernels } from '../wasm/kernels.js';
import { parameterCount, parameterSpecs, type NetworkConfig } from './config.js';

/** A network with its parameters; plain data on shared memory, so it can be handed to workers. */
export interface Network {
  readonly config: NetworkConfig;
  /** Flat, float32, in the order of `parameterSpecs`. */
  readonly parameters: Float32Array;
  /** What tables call it: the folder that it was read from, as it was named. */
  readonly name?: string;
}

/** Parameters on memory that workers share. */
export function sharedParameters(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * length));
}

const STREAM = 0x6e6574n;
/** An ExPF-Net begins near plain proportional fairness. */
const NEAR_ZERO = 0.1;

/**
 * A network with Glorot-uniform matrices (Glorot, Bengio 2010) drawn from the seed, and biases of 0; an nrr with matrices and biases uniform in
 * ±1/√inputs, as the published one; so an eef1nn, but that the second half of a block's convolutions, published as transposed ones, has
 * 1/√(9 outputs): what PyTorch takes for the inputs of such.
 */
export function initialNetwork(config: NetworkConfig, seed: number): Network {
  const { call } = new Kernels();
  const { model, hidden } = config;
  const parameters = sharedParameters(parameterCount(config));
  let at = 0;
  let inputs = 0;
  for (const [index, { name, rows, columns }] of parameterSpecs(config).entries()) {
    const transposed = model === 'eef1nn' && 2 * ((index >> 1) % (hidden.length + 1)) > hidden.length;
    if (rows > 0) inputs = transposed ? 9 * columns : rows;
    const size = Math.max(1, rows) * columns;
    const gain = model === 'expf-net' && name.startsWith('output') ? NEAR_ZERO : 1;
    const glorot = rows > 0 ? gain * Math.sqrt(6 / (rows + columns)) : 0;
    const limit = model === 'nrr' || model === 'eef1nn' ? 1 / Math.sqrt(inputs) : glorot;
    for (let k = at; limit > 0 && k < at + size; k++) {
      parameters[k] = limit * (2 * call.unit(call.hash64(BigInt(seed), STREAM, BigInt(k))) - 1);
    }
    at += size;
  }
  return { config, parameters };
}

/** Entries of a profile whose layers take a gigabyte. */
const LARGEST_PICTURE = 2_000_000;

/** Throws InputError where a network does not serve profiles of that size. */
export function checkServes({ config }: Network, agents: number, items: number): void {
  const { model, architecture } = config;
  if (model === 'eef1nn' && agents * items > LARGEST_PICTURE) {
    throw new InputError(
      `an eef1nn serves profiles of up to ${LARGEST_PICTURE} entries, these have ${agents} x ${items}: its layers would not fit into memory`,
    );
  }
  if (model === 'nrr' || model === 'eef1nn') return;
  if (items !== config.items) {
    throw new InputError(`the ${model} was trained for ${config.items} items, the profiles have ${items}`);
  }
  if (architecture === 'dense' && agents !== config.agents) {
    throw new InputError(
      `the ${model} is dense and trained for ${config.agents} agents, the profiles have ${agents}; an equivariant one serves any number`,
    );
  }
}
