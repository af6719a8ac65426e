import type { Engine, ExploitOptions, Exploitation, Mechanism } from 'evenhand';
import { batchOf, problem, type Problem } from '../oracle/misreport.js';
import type { Draw } from './draw.js';

/** The search's answer to one agent. */
export interface Found {
  readonly gain: number;
  readonly bound: number;
  readonly truthful: number;
  readonly values: number[];
  readonly demands: number[];
}

export function foundFor(out: Exploitation, k: number, i: number): Found {
  const { agents, items } = out;
  const at = k * agents + i;
  return {
    gain: out.gain[at]!,
    bound: out.gainBound[at]!,
    truthful: out.truthful[at]!,
    values: [...out.misreportValues.subarray(at * items, (at + 1) * items)],
    demands: [...out.misreportDemands.subarray(at * items, (at + 1) * items)],
  };
}

export function exploit(
  engine: Engine,
  rule: Mechanism,
  problems: readonly Problem[],
  options: ExploitOptions = {},
): Promise<Exploitation> {
  return engine.exploitability(rule, batchOf(problems), options);
}

/** Profiles as the samplers draw them: values and demands in 0.1..1, of the demands a share 0. */
export function drawProblems(
  draw: Draw,
  count: number,
  [agents, items]: readonly [number, number],
  { budget = 1, zero = 0.3, weighted = false } = {},
): Problem[] {
  const table = (of: () => number) => Array.from({ length: agents }, () => Array.from({ length: items }, of));
  const number = () => 0.1 + 0.9 * draw.unit();
  return Array.from({ length: count }, () =>
    problem(table(number), {
      demands: table(() => (draw.unit() < zero ? 0 : number())),
      budgets: Array<number>(items).fill(budget),
      weights: Array.from({ length: agents }, () => (weighted ? 0.5 + draw.unit() : 1)),
    }),
  );
}

/** The box that is searched by default for such profiles. */
export const UNIT_BOX = { values: [0.1, 1], demands: [0, 1] } as const;
