import { InputError } from '../errors.js';

/**
 * Learned mechanisms: of Zeng et al. 2023, section 4, a network before proportional fairness, or one whose output is the allocation; of Maruo
 * et al. 2024 one that orders agents for Round Robin, and their baseline, which hands out items directly.
 */
export type NetworkModel = 'expf-net' | 'exs-net' | 'nrr' | 'eef1nn';

/** What each model may be, the default first. */
const MODELS: Readonly<
  Record<NetworkModel, { readonly architectures: readonly string[]; readonly hidden: readonly number[] }>
> = {
  'expf-net': { architectures: ['dense', 'equivariant'], hidden: [100, 100] },
  'exs-net': { architectures: ['dense', 'equivariant'], hidden: [100, 100] },
  nrr: { architectures: ['equivariant'], hidden: [20] },
  eef1nn: { architectures: ['convolutional'], hidden: [8, 16, 32, 64, 32, 16, 8] },
};

/**
 * What a network is, its parameters apart.
 *
 * Both architectures read, agent by agent, f_i = (v_i1 … v_iM, x_i1 … x_iM, w_i if `agentWeights`), demands capped at the supply, then the
 * supplies b. `dense`: all of it flattened, tanh layers, one linear output layer. `equivariant` (Remark 2): layers that treat all agents alike,
 * h_i ← tanh(h_i A + mean_j h_j B + c), the first one reading b/N too; it runs at any number of agents.
 *
 * Output of exs-net: (N+1) x M logits o; an agent's share of an item is their softmax over agents, the last of whom burns (its logit is
 * raised by ln N in an equivariant network); allocation min(share · b, x). Output of expf-net: z/scale, N x M, for the
 * programme max Σ w_i log(v_i·a_i) − ⟨z, a⟩.
 *
 * nrr reads five numbers of an agent (assembly/nrr/features.ts) and scores it by one sigmoid layer; it serves any number of agents and items.
 *
 * eef1nn (`convolutional`) reads six planes of agents x items (assembly/convolution/planes.ts) and runs them through three blocks, one after
 * another, of 3 x 3 convolutions to `hidden` planes and in the end one, margins of zeros keeping their size, tanh after every one. The last
 * plane says who gets each item: the agent with the largest number of its column. It serves any number of agents and items.
 */
export interface NetworkConfig {
  readonly format: 'evenhand-network';
  readonly version: 1;
  readonly model: NetworkModel;
  readonly architecture: 'dense' | 'equivariant' | 'convolutional';
  /** Agents it was trained for; a dense network serves no other number. */
  readonly agents: number;
  readonly items: number;
  /** Nodes of each tanh layer; of a block's convolutions their planes, the last one's single plane left out. */
  readonly hidden: readonly number[];
  /** Whether agents' weights are inputs. */
  readonly agentWeights: boolean;
  /** expf-net: z is this many times the output. */
  readonly scale: number;
}

/** One array of parameters: rows (0: a vector) x columns, row-major. */
export interface ParameterSpec {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
}

/** Blocks of an eef1nn. */
export const BLOCKS = 3;

/** Numbers that an agent brings to the input; of an eef1nn, planes. */
export function featuresOf({ model, items, agentWeights }: NetworkConfig): number {
  if (model === 'nrr') return 5;
  if (model === 'eef1nn') return 6;
  return 2 * items + (agentWeights ? 1 : 0);
}

/** Every array of parameters, in the order in which the flat vector holds them. */
export function parameterSpecs(config: NetworkConfig): ParameterSpec[] {
  const { agents, items, hidden, model } = config;
  const features = featuresOf(config);
  const matrix = (name: string, rows: number, columns: number): ParameterSpec => ({ name, rows, columns });
  if (model === 'nrr') {
    const width = hidden[0]!;
    return [
      matrix('hidden_weight', features, width),
      matrix('hidden_bias', 0, width),
      matrix('score_weight', width, 1),
      matrix('score_bias', 0, 1),
    ];
  }
  const specs: ParameterSpec[] = [];
  if (model === 'eef1nn') {
    // Rows of a weight: taps from above to below, in them from left to right, in them planes.
    let planes = features;
    for (let b = 0; b < BLOCKS; b++) {
      [...hidden, 1].forEach((outputs, l) => {
        const name = `block${b}_conv${l}`;
        specs.push(matrix(`${name}_weight`, 9 * planes, outputs), matrix(`${name}_bias`, 0, outputs));
        planes = outputs;
      });
    }
    return specs;
  }
  if (config.architecture === 'dense') {
    let size = agents * features + items;
    hidden.forEach((width, l) => {
      specs.push(matrix(`layer${l}_weight`, size, width), matrix(`layer${l}_bias`, 0, width));
      size = width;
    });
    const outputs = (model === 'exs-net' ? agents + 1 : agents) * items;
    specs.push(matrix('output_weight', size, outputs), matrix('output_bias', 0, outputs));
    return specs;
  }
  let size = features;
  hidden.forEach((width, l) => {
    specs.push(matrix(`layer${l}_own`, size, width), matrix(`layer${l}_mean`, size, width));
    if (l === 0) specs.push(matrix('layer0_supply', items, width));
    specs.push(matrix(`layer${l}_bias`, 0, width));
    size = width;
  });
  specs.push(matrix('output_own', size, items), matrix('output_mean', size, items), matrix('output_bias', 0, items));
  if (model === 'exs-net') specs.push(matrix('burn_weight', size, items), matrix('burn_bias', 0, items));
  return specs;
}

/** Length of the flat vector of parameters. */
export function parameterCount(config: NetworkConfig): number {
  return parameterSpecs(config).reduce((sum, { rows, columns }) => sum + Math.max(1, rows) * columns, 0);
}

/** Fields of a configuration. */
export const NETWORK_FIELDS: readonly string[] = [
  'format',
  'version',
  'model',
  'architecture',
  'agents',
  'items',
  'hidden',
  'agentWeights',
  'scale',
];

const LARGEST = 2 ** 26;

const isModel = (name: string): name is NetworkModel => Object.hasOwn(MODELS, name);
const isArchitecture = (name: string): name is NetworkConfig['architecture'] =>
  Object.values(MODELS).some(({ architectures }) => architectures.includes(name));

/** A configuration with defaults filled in; `from` may be parsed JSON. Throws InputError naming the field. */
export function networkConfig(from: Readonly<Record<string, unknown>>): NetworkConfig {
  const refuse = (name: string, expected: string): never => {
    throw new InputError(`network: ${name} is ${JSON.stringify(from[name])}, expected ${expected}`);
  };
  for (const name of Object.keys(from)) {
    if (NETWORK_FIELDS.includes(name)) continue;
    throw new InputError(`network: unknown field ${name}, known: ${NETWORK_FIELDS.join(', ')}`);
  }
  const whole = (name: string, least: number): number => {
    const x = from[name];
    return Number.isInteger(x) && (x as number) >= least && (x as number) <= 1e6
      ? (x as number)
      : refuse(name, `a whole number from ${least}`);
  };
  if ((from.format ?? 'evenhand-network') !== 'evenhand-network') refuse('format', 'evenhand-network');
  if ((from.version ?? 1) !== 1) refuse('version', '1, the only one there is');
  const { model } = from;
  const models = Object.keys(MODELS);
  if (typeof model !== 'string' || !isModel(model)) {
    return refuse('model', `${models.slice(0, -1).join(', ')} or ${models.at(-1)}`);
  }
  const { architectures, hidden: usual } = MODELS[model];
  const architecture = from.architecture ?? architectures[0]!;
  if (typeof architecture !== 'string' || !isArchitecture(architecture) || !architectures.includes(architecture)) {
    return refuse(
      'architecture',
      architectures.length > 1 ? architectures.join(' or ') : `${architectures[0]}, as an ${model} is`,
    );
  }
  const hidden = from.hidden ?? usual;
  if (!Array.isArray(hidden) || hidden.length === 0 || hidden.some((k) => !Number.isInteger(k) || k < 1 || k > 1e5)) {
    return refuse('hidden', 'a list of layer widths, at least one');
  }
  if (model === 'nrr' && hidden.length !== 1) return refuse('hidden', 'one layer width, as an nrr has');
  const agentWeights = from.agentWeights ?? false;
  if (typeof agentWeights !== 'boolean') return refuse('agentWeights', 'true or false');
  if ((model === 'nrr' || model === 'eef1nn') && agentWeights) {
    refuse('agentWeights', `false: an ${model} reads values only`);
  }
  const scale = from.scale ?? 3;
  if (typeof scale !== 'number' || !(scale > 0) || scale === Infinity) return refuse('scale', 'a positive number');
  const config: NetworkConfig = {
    format: 'evenhand-network',
    version: 1,
    model,
    architecture,
    agents: whole('agents', 1),
    items: whole('items', 1),
    hidden: hidden as number[],
    agentWeights,
    scale,
  };
  const size = parameterCount(config);
  if (size > LARGEST) throw new InputError(`network: has ${size} parameters, expected at most ${LARGEST}`);
  return config;
}
