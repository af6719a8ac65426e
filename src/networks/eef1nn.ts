import type { Kernels } from '../wasm/kernels.js';
import { featuresOf } from './config.js';
import type { Network } from './network.js';
import { reach } from './place.js';

/** Profiles, row-major, and whom each item should go to. */
export interface AssignmentBatch {
  readonly count: number;
  readonly agents: number;
  readonly items: number;
  /** [S,N,M] */
  readonly values: Float64Array;
  /** [S,M] */
  readonly target: Int32Array;
}

/** What training an eef1nn minimises. */
export interface EnvyLoss {
  /** Temperature of the softmax over agents that makes shares of the output. */
  readonly temperature: number;
  /** Added to shares inside the logarithm; 0: the logarithm of the softmax itself, whose gradient does not vanish. */
  readonly offset: number;
  /** Factor of the envy. */
  readonly envy: number;
  /** What counts as envy of shares A, u_ij = Σ_m v_im A_jm (assembly/convolution/loss.ts). */
  readonly violation: 'good' | 'bundle' | 'ef1';
}

/** The codes of assembly/convolution/loss.ts. */
const VIOLATIONS: readonly EnvyLoss['violation'][] = ['good', 'bundle', 'ef1'];
/** Planes that the restricted values are dealt to. */
const DEALT = 5;
/** Profiles that go through the network together where only its answer is wanted: enough for the tiles, few enough for the cache. */
const TOGETHER = 4;

/**
 * What the network reads, [S,N,M,6]: v; and five planes, of which plane 1 + m mod 5 has the value of item m to the agent who values it most (the
 * lowest of equals).
 */
export function eef1nnInput({ count, agents, items, values }: Omit<AssignmentBatch, 'target'>): Float32Array {
  const planes = 1 + DEALT;
  const input = new Float32Array(count * agents * items * planes);
  for (let s = 0; s < count; s++) {
    for (let m = 0; m < items; m++) {
      const at = (i: number) => (s * agents + i) * items + m;
      let best = 0;
      for (let i = 0; i < agents; i++) {
        input[at(i) * planes] = values[at(i)]!;
        if (values[at(i)]! > values[at(best)]!) best = i;
      }
      input[at(best) * planes + 1 + (m % DEALT)] = values[at(best)]!;
    }
  }
  return input;
}

/** Writes a network for the kernels, its parameters packed, and returns where it is described (class Network of assembly/convolution/network.ts). */
export function placeConvolutions({ arena, call }: Kernels, { config, parameters }: Network): number {
  const { hidden } = config;
  const flat = arena.take(4 * parameters.length);
  new Float32Array(call.memory.buffer, flat, parameters.length).set(parameters);
  const at = arena.take(4 * (4 + hidden.length));
  const table = arena.take(call.convolutionTable(hidden.length));
  arena.i32(at, 4 + hidden.length).set([featuresOf(config), hidden.length, flat, table, ...hidden]);
  reach(arena, call.convolutionLayout(at));
  call.convolutionPack(at);
  return at;
}

/** Where pictures of profiles are described (class Planes of assembly/convolution/planes.ts), and room to run them. */
export interface Room {
  readonly planes: number;
  readonly scratch: number;
}

/** Room to run a network on chunks of `count` profiles. */
export function placePictures(
  { arena, call }: Kernels,
  net: number,
  count: number,
  agents: number,
  items: number,
): Room {
  const planes = arena.take(64);
  const bytes = call.convolutionInferScratch(net, planes, Math.min(count, TOGETHER), agents, items);
  return { planes, scratch: arena.take(bytes) };
}

/** What the network says of each profile, [S,N,M] in (-1, 1). */
export function eef1nnOutput(kernels: Kernels, network: Network, batch: Omit<AssignmentBatch, 'target'>): Float32Array {
  const { arena, call } = kernels;
  const { count, agents, items, values } = batch;
  const mark = arena.mark();
  try {
    const net = placeConvolutions(kernels, network);
    const { planes, scratch } = placePictures(kernels, net, count, agents, items);
    const at = arena.take(8 * values.length);
    const output = arena.take(4 * values.length);
    const answers = ([4 * count * items, 8 * count * agents, 4 * count, 8 * count] as const).map((n) => arena.take(n));
    arena.f64(at, values.length).set(values);
    const [owner, utilities, status, residual] = answers as [number, number, number, number];
    call.convolutionInfer(
      ...([net, planes, count, at, agents * items, output, owner, utilities, status, residual, scratch] as const),
    );
    return new Float32Array(call.memory.buffer, output, values.length).slice();
  } finally {
    arena.release(mark);
  }
}

/** Writes the sum of the derivatives of the losses of profiles `low` … `high − 1` in the parameters, and each loss. */
export function eef1nnSlope(
  kernels: Kernels,
  network: Network,
  { agents, items, values, target }: AssignmentBatch,
  [low, high]: readonly [number, number],
  how: EnvyLoss,
  gradient: Float32Array,
  loss: Float64Array,
): void {
  const { arena, call } = kernels;
  const count = high - low;
  const size = agents * items;
  const mark = arena.mark();
  try {
    const net = placeConvolutions(kernels, network);
    const planes = arena.take(64);
    const scratch = arena.take(call.convolutionSlopeScratch(net, planes, agents, items));
    const [at, wanted, objective] = [
      arena.take(8 * count * size),
      arena.take(4 * count * items),
      arena.take(32),
    ] as const;
    const [losses, slopes] = [arena.take(8 * count), arena.take(4 * gradient.length)] as const;
    arena.f64(at, count * size).set(values.subarray(low * size, high * size));
    arena.i32(wanted, count * items).set(target.subarray(low * items, high * items));
    arena.f64(objective, 3).set([how.temperature, how.offset, how.envy]);
    arena.i32(objective + 24, 1)[0] = VIOLATIONS.indexOf(how.violation);
    call.convolutionSlope(net, planes, count, at, wanted, objective, losses, slopes, scratch);
    gradient.set(new Float32Array(call.memory.buffer, slopes, gradient.length));
    loss.set(arena.f64(losses, count), low);
  } finally {
    arena.release(mark);
  }
}
