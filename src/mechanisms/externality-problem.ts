import { NO_BOUND } from '../profiles/constraints.js';
import type { Kernels } from '../wasm/kernels.js';
import type { Placed } from '../wasm/placed.js';
import { CONSTRAINTS, equalItems } from './constrained.js';
import type { OptionValues } from './mechanism.js';

/** Caps and pieces say what things are worth to an agent; everything else in the list is a requirement. */
const REQUIREMENTS = CONSTRAINTS.filter((name) => name !== 'caps' && !name.startsWith('piece_'));
/** Arrays that have to change for an agent to require nothing, and what they then hold. */
const LIFTED = { constraint_lower: -Infinity, constraint_upper: Infinity, groups: -1 } as const;

/** A rule's input and options. */
export interface Posed {
  readonly input: Placed;
  readonly options: OptionValues;
}

/** Numbers of an input array of profile k. */
function numbersOf(
  { arena }: Kernels,
  input: Placed,
  name: string,
  k: number,
  each: number,
): Float64Array | Int32Array {
  const at = input.address(name);
  if (at === 0) return new Float64Array(0);
  const from = k * input.stride(name);
  return name === 'groups' ? arena.i32(at + 4 * from, each) : arena.f64(at + 8 * from, each);
}

/** 1 where agent i of profile k requires something, [count x agents]. A row of zeros or without bounds requires nothing. */
export function constrainedAgents(kernels: Kernels, { input, options }: Posed): Uint8Array {
  const { count, agents, items, rows = 0 } = input;
  const flags = new Uint8Array(count * agents);
  const equal = equalItems(options);
  for (let k = 0; k < count; k++) {
    const matrix = numbersOf(kernels, input, 'constraint_matrix', k, agents * rows * items);
    const lower = numbersOf(kernels, input, 'constraint_lower', k, agents * rows);
    const upper = numbersOf(kernels, input, 'constraint_upper', k, agents * rows);
    const groups = numbersOf(kernels, input, 'groups', k, agents * items);
    for (let i = 0; i < agents; i++) {
      let found = equal.includes(i) || groups.subarray(i * items, (i + 1) * items).some((g) => g >= 0);
      for (let r = i * rows; r < (i + 1) * rows && !found && matrix.length > 0; r++) {
        const bounded = (lower[r] ?? -Infinity) > -NO_BOUND || (upper[r] ?? Infinity) < NO_BOUND;
        found = bounded && matrix.subarray(r * items, (r + 1) * items).some((a) => a !== 0);
      }
      if (found) flags[k * agents + i] = 1;
    }
  }
  return flags;
}

/** The same profiles, nobody requiring anything. */
export function unconstrained({ input, options }: Posed): Posed {
  const { count, agents, items, first, pieces = 0 } = input;
  const kept = (name: string) => !REQUIREMENTS.some((required) => required === name);
  return {
    input: {
      count,
      agents,
      items,
      first,
      pieces,
      address: (name) => (kept(name) ? input.address(name) : 0),
      stride: (name) => (kept(name) ? input.stride(name) : 0),
    },
    options: { ...options, 'equal-items': '' },
  };
}

/** The same profiles, agent `who` alone requiring what it does. Copies what changes into the arena. */
export function constrainedAlone({ arena }: Kernels, { input, options }: Posed, who: number): Posed {
  const { count, agents, items, rows = 0 } = input;
  const copies = new Map<string, number>();
  for (const [name, free] of Object.entries(LIFTED)) {
    const at = input.address(name);
    if (at === 0) continue;
    const each = name === 'groups' ? items : rows;
    const stride = input.stride(name);
    const length = stride === 0 ? agents * each : (count - 1) * stride + agents * each;
    const view = (address: number) => (name === 'groups' ? arena.i32(address, length) : arena.f64(address, length));
    const copy = arena.take(length * (name === 'groups' ? 4 : 8));
    view(copy).set(view(at));
    view(copy).forEach((_, k, all) => {
      if (Math.floor(k / each) % agents !== who) all[k] = free;
    });
    copies.set(name, copy);
  }
  return {
    input: {
      count,
      agents,
      items,
      first: input.first,
      rows,
      groups: input.groups ?? 0,
      pieces: input.pieces ?? 0,
      address: (name) => copies.get(name) ?? input.address(name),
      stride: (name) => input.stride(name),
    },
    options: { ...options, 'equal-items': equalItems(options).includes(who) ? String(who) : '' },
  };
}
