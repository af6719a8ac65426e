import { checkAgents } from '../profiles/constraints.js';
import { placeConstrained } from '../wasm/constrained.js';
import type { Kernels } from '../wasm/kernels.js';
import type { Placed } from '../wasm/placed.js';
import type { OptionSpec, OptionValues } from './mechanism.js';

/** Arrays that say what an agent may get. */
export const CONSTRAINTS = [
  'caps',
  'piece_slopes',
  'piece_constants',
  'constraint_matrix',
  'constraint_lower',
  'constraint_upper',
  'groups',
  'proportions',
  'proportion_eps',
] as const;

/** What rules of welfare read and write. */
export const WELFARE_READS: readonly string[] = ['values', 'demands', 'budgets', 'weights', ...CONSTRAINTS];
export const WELFARE_OUTPUTS: readonly string[] = [
  'allocation',
  'utilities',
  'prices',
  'marginals',
  'objective',
  'dual_bound',
  'gamma',
  'welfare_function',
  'welfare_scale',
  'equal_items',
];

export const EQUAL_ITEMS: OptionSpec = {
  name: 'equal-items',
  type: 'agents',
  default: '',
  about: 'agents that want equal amounts of every item that they value',
};

/** Agents of an `equal-items` option. */
export function equalItems(options: OptionValues): number[] {
  const text = options['equal-items'];
  return typeof text === 'string' && text !== '' ? text.split(',').map(Number) : [];
}

export function checkEqualItems(agents: number, options: OptionValues): void {
  checkAgents(equalItems(options), agents);
}

/** True where some array or option constrains what agents get beyond demands and supplies. */
export function isConstrained(input: Placed, options: OptionValues): boolean {
  return equalItems(options).length > 0 || CONSTRAINTS.some((name) => input.address(name) !== 0);
}

/** Which concave function of utilities a rule maximises the sum of. */
export interface Welfare {
  /** Position in WELFARE_FUNCTIONS, or TABULATED. */
  readonly kind: number;
  /** Exponent of a power; NaN: leximin, or no power. */
  readonly gamma: number;
  readonly scale: number;
}

/** Writes what a result says of its rule: the function of utilities, and who wants equal amounts. */
export function writeRule(
  { arena }: Kernels,
  output: Placed,
  { kind, gamma, scale }: Welfare,
  options: OptionValues,
): void {
  const { count, agents } = output;
  arena.f64(output.address('gamma'), count).fill(gamma);
  arena.i8(output.address('welfare_function'), count).fill(kind);
  arena.f64(output.address('welfare_scale'), count).fill(scale);
  const flags = arena.i8(output.address('equal_items'), count * agents).fill(0);
  for (const agent of equalItems(options)) for (let k = 0; k < count; k++) flags[k * agents + agent] = 1;
}

/** A sum of powers of utilities. */
export function powerWelfare(gamma: number): Welfare {
  return { kind: 0, gamma, scale: 1 };
}

type Scratch = 'welfaristScratch' | 'leximinScratch' | 'utilitarianVertexScratch';

/** Calls a kernel over constrained profiles in scratch memory of its own. */
export function callConstrained(
  kernels: Kernels,
  input: Placed,
  output: Placed,
  options: OptionValues,
  scratch: Scratch,
  call: (problemAt: number, scratchAt: number) => void,
): void {
  const { arena } = kernels;
  const { agents, items, rows = 0, groups = 0, pieces = 0 } = input;
  const mark = arena.mark();
  try {
    const list = equalItems(options);
    const equalAt = list.length === 0 ? 0 : arena.take(4 * agents);
    const problemAt = placeConstrained(kernels, input, output, equalAt);
    const scratchAt = arena.take(kernels.call[scratch](agents, items, rows, groups, pieces));
    if (equalAt !== 0) {
      const flags = arena.i32(equalAt, agents).fill(0);
      for (const agent of list) flags[agent] = 1;
    }
    call(problemAt, scratchAt);
  } finally {
    arena.release(mark);
  }
}
