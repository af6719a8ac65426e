import { placeRoom } from '../profiles/spots.js';
import { isAnswer } from '../types.js';
import type { Kernels } from '../wasm/kernels.js';
import type { Placed } from '../wasm/placed.js';
import { constrainedAgents, constrainedAlone, unconstrained, type Posed } from './externality-problem.js';
import { shadowPrice } from './externality-price.js';
import type { CardinalDefinition, OptionValues } from './mechanism.js';

export const EXTERNALITY_OUTPUTS = [
  'free_utilities',
  'constrained_utilities',
  'agent_nne',
  'agent_mon',
  'shadow_prices',
];

/** Less than this share of what an agent could have at all is nothing: an interior point leaves as much. */
const DUST = 1e-6;

/**
 * Solves every profile with nobody constrained, and again under the constraints of each agent alone (or of all together), and compares utilities.
 * Rules that read no constraints are not changed by any. A profile's status and residual are the worst of its solves.
 */
export function externality(
  definition: CardinalDefinition,
): (kernels: Kernels, input: Placed, output: Placed, options: OptionValues) => void {
  return (kernels, input, output, options) => {
    const { arena } = kernels;
    const { count, agents } = input;
    const posed: Posed = { input, options };
    const outer = arena.mark();
    try {
      const result = placeRoom(kernels, input, [...definition.outputs, 'status', 'residual']);
      const written = (name: string, each: number) => arena.f64(output.address(name), count * each);
      const solve = (problem: Posed) => {
        definition.run(kernels, problem.input, result, problem.options);
        worsen(kernels, result, output);
      };
      arena.i32(output.address('status'), count).fill(0);
      written('residual', 1).fill(0);
      solve(unconstrained(posed));
      const free = arena.f64(result.address('utilities'), count * agents).slice();
      written('free_utilities', agents).set(free);
      for (const name of ['agent_nne', 'agent_mon']) written(name, agents).fill(1);
      written('shadow_prices', agents).fill(0);
      const rows = written('constrained_utilities', agents * agents);
      for (let k = 0; k < count * agents; k++) {
        const profile = Math.floor(k / agents);
        rows.set(free.subarray(profile * agents, (profile + 1) * agents), k * agents);
      }

      const flags = constrainedAgents(kernels, posed);
      const together = options.constrain === 'together';
      const compared = new Comparison(kernels, posed, free, Number(options['least-share']));
      const note = (k: number, i: number) => {
        const after = arena.f64(result.address('utilities') + 8 * k * agents, agents).slice();
        const exempt = (l: number) => (together ? flags[k * agents + l] === 1 : l === i);
        written('constrained_utilities', agents * agents).set(after, (k * agents + i) * agents);
        written('agent_nne', agents)[k * agents + i] = compared.others(k, after, exempt);
        written('agent_mon', agents)[k * agents + i] = compared.own(k, after, i);
        written('shadow_prices', agents)[k * agents + i] = shadowPrice(kernels, input, result, k, i);
      };
      const noteAll = (of: readonly number[]) => {
        for (let k = 0; k < count; k++) for (const i of of) if (flags[k * agents + i] === 1) note(k, i);
      };
      const all = Array.from({ length: agents }, (_, i) => i);
      if (together && flags.includes(1)) {
        solve(posed);
        noteAll(all);
      } else if (!together) {
        for (const i of all.filter((who) => flags.some((flag, k) => flag === 1 && k % agents === who))) {
          const inner = arena.mark();
          solve(constrainedAlone(kernels, posed, i));
          noteAll([i]);
          arena.release(inner);
        }
      }
    } finally {
      arena.release(outer);
    }
  };
}

/** Notes the status and residual of a further solve where they are worse than those so far. */
function worsen({ arena }: Kernels, result: Placed, output: Placed): void {
  const { count } = result;
  const [found, noted] = [result, output].map((placed) => arena.i32(placed.address('status'), count)) as [
    Int32Array,
    Int32Array,
  ];
  const [apart, largest] = [result, output].map((placed) => arena.f64(placed.address('residual'), count)) as [
    Float64Array,
    Float64Array,
  ];
  for (let k = 0; k < count; k++) {
    if (isAnswer(noted[k]!) && found[k]! > noted[k]!) noted[k] = found[k]!;
    largest[k] = Math.max(largest[k]!, apart[k]!);
  }
}

/** Utilities under constraints beside those without. */
class Comparison {
  /** Below this a utility counts as none, [count x agents]. */
  private readonly dust: Float64Array;
  /** Below this, unconstrained, an agent is not counted as hurt. */
  private readonly least: Float64Array;
  private readonly agents: number;

  constructor(
    { arena }: Kernels,
    { input }: Posed,
    private readonly free: Float64Array,
    leastShare: number,
  ) {
    const { count, agents, items } = input;
    this.agents = agents;
    const reader = (name: string, each: number, absent: number) => {
      const [at, stride] = [input.address(name), input.stride(name)];
      if (at === 0) return () => absent;
      const numbers = arena.f64(at, (count - 1) * stride + each);
      return (k: number, j: number) => numbers[k * stride + j]!;
    };
    const values = reader('values', agents * items, 0);
    const demands = reader('demands', agents * items, Infinity);
    const budgets = reader('budgets', items, 1);
    const caps = reader('caps', agents, Infinity);
    const { pieces = 0 } = input;
    const slopes = reader('piece_slopes', agents * pieces * items, 0);
    const constants = reader('piece_constants', agents * pieces, Infinity);
    const each = (number: (k: number, i: number) => number) =>
      Float64Array.from({ length: count * agents }, (_, at) => number(Math.floor(at / agents), at % agents));
    this.dust = each((k, i) => {
      const worth = (slope: (m: number) => number) => {
        let sum = 0;
        for (let m = 0; m < items; m++) sum += slope(m) * Math.min(demands(k, i * items + m), budgets(k, m));
        return sum;
      };
      let most = Math.min(
        caps(k, i),
        worth((m) => values(k, i * items + m)),
      );
      for (let l = i * pieces; l < (i + 1) * pieces; l++)
        most = Math.min(most, constants(k, l) + worth((m) => slopes(k, l * items + m)));
      return DUST * most;
    });
    // An agent without a cap always counts.
    this.least = each((k, i) => (caps(k, i) < Infinity ? leastShare * caps(k, i) : 0));
  }

  /** q: the smallest share that an agent who is not exempt keeps of what it had, at most 1. Those who had nothing keep it. */
  others(k: number, after: Float64Array, exempt: (l: number) => boolean): number {
    let q = 1;
    for (let l = 0; l < this.agents; l++) {
      const at = k * this.agents + l;
      const had = this.free[at]!;
      if (exempt(l) || had <= this.dust[at]! || had < this.least[at]!) continue;
      q = Math.min(q, after[l]! / had);
    }
    return q;
  }

  /** p: what agent i had as a share of what its own constraints give it, at most 1; 1 where it has nothing with or without them. */
  own(k: number, after: Float64Array, i: number): number {
    const at = k * this.agents + i;
    if (this.free[at]! <= this.dust[at]! || after[i]! <= this.dust[at]!) return 1;
    return Math.min(1, this.free[at]! / after[i]!);
  }
}
