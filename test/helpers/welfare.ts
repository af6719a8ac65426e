import type { CardinalDefinition, OptionValues } from '../../src/mechanisms/mechanism.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import type { Row, WelfareProblem } from '../oracle/welfare.js';
import type { Draw } from './draw.js';
import { run, type Arrays, type Outcome, type Shape } from './run.js';

/** One random profile under caps and constraints, as arrays and as plain numbers. */
export interface Instance {
  readonly shape: Shape;
  readonly arrays: Record<string, Float64Array | Int32Array>;
  /** Agents that want equal amounts. */
  readonly equal: number[];
}

/** Families of degenerate data. */
export const FAMILIES = [
  'random',
  'sparse',
  'integer',
  'scales',
  'all alike',
  'identical agents',
  'uncapped',
  'tiny caps',
  'huge caps',
  'mixed caps',
];

export function drawInstance(
  draw: Draw,
  family: string,
  most: { agents: number; items: number },
  constrained = true,
): Instance {
  const agents = draw.integer(1, most.agents);
  const items = draw.integer(1, most.items);
  const chance = (p: number) => draw.unit() < p;
  let values = draw.reals(agents * items);
  const scales = Array.from({ length: agents }, () => 10 ** (6 * draw.unit() - 3));
  if (family === 'sparse') values = values.map((v) => (chance(0.6) ? 0 : v));
  if (family === 'integer') values = draw.integers(agents * items, 0, 2);
  if (family === 'scales') values = values.map((v, k) => v * scales[Math.floor(k / items)]!);
  if (family === 'all alike') values.fill(1);
  if (family === 'identical agents') values = values.map((_, k) => values[k % items]!);
  const caps = draw.reals(agents, 0, (1.5 * items) / agents);
  if (family === 'uncapped') caps.fill(Infinity);
  if (family === 'tiny caps') caps.forEach((c, i) => (caps[i] = 1e-3 * c));
  if (family === 'huge caps') caps.fill(1e3);
  if (family === 'scales') caps.forEach((c, i) => (caps[i] = c * scales[i]!));
  if (family === 'mixed caps') caps.forEach((_, i) => (caps[i] = chance(0.3) ? 0 : chance(0.3) ? Infinity : caps[i]!));
  const arrays: Record<string, Float64Array | Int32Array> = { values, caps };
  if (chance(0.4)) arrays.weights = draw.reals(agents, 0.1, 3);
  if (chance(0.4)) arrays.demands = draw.reals(agents * items, 0, 1.3).map((d) => (chance(0.2) ? 0 : d));
  if (chance(0.4)) arrays.budgets = draw.reals(items, 0, 3).map((b) => (chance(0.1) ? 0 : b));
  const equal = constrained && chance(0.5) ? Array.from({ length: agents }, (_, i) => i).filter(() => chance(0.4)) : [];
  let rows = 0;
  let groups = 0;
  if (constrained && chance(0.4)) {
    groups = draw.integer(1, 3);
    arrays.groups = Int32Array.from({ length: agents * items }, () => draw.integer(-1, groups - 1));
    arrays.proportions = Float64Array.from(
      Array.from({ length: agents }, () => {
        const shares = Array.from({ length: groups }, () => (chance(0.15) ? 0 : draw.unit()));
        const total = shares.reduce((a, b) => a + b, 0) || 1;
        const short = chance(0.1) ? 0.9 : 1;
        return shares.map((x) => (short * x) / total);
      }).flat(),
    );
    if (chance(0.6)) arrays.proportion_eps = draw.reals(agents, 0, 0.3).map((e) => (chance(0.5) ? 0 : e));
  }
  if (constrained && chance(0.4)) {
    rows = draw.integer(1, 3);
    arrays.constraint_matrix = draw.reals(agents * rows * items, -1, 1).map((a) => (chance(0.4) ? 0 : a));
    arrays.constraint_lower = draw
      .reals(agents * rows, -1, 0)
      .map((l) => (chance(0.4) ? -Infinity : chance(0.4) ? 0 : l));
    arrays.constraint_upper = draw.reals(agents * rows).map((u) => (chance(0.3) ? Infinity : chance(0.3) ? 0 : u));
  }
  return { shape: { count: 1, agents, items, rows, groups }, arrays, equal };
}

/** Solves an instance, or a batch of such. */
export function solveInstance(
  kernels: Kernels,
  rule: CardinalDefinition,
  { shape, arrays, equal }: Instance,
  options: OptionValues = {},
): Outcome {
  return run(kernels, rule, shape, arrays as Arrays, { ...options, 'equal-items': equal.join(',') });
}

/** The same as plain numbers, constraints as rows. */
export function plain({ shape, arrays, equal }: Instance): WelfareProblem {
  const { agents, items, rows = 0, groups = 0, pieces = 0 } = shape;
  const at = (name: string, k: number, absent: number) => Number(arrays[name]?.[k] ?? absent);
  const each = Array.from({ length: items }, (_, m) => m);
  const people = Array.from({ length: agents }, (_, i) => i);
  const budgets = each.map((m) => at('budgets', m, 1));
  const values = people.map((i) => each.map((m) => at('values', i * items + m, 0)));
  const rowsOf = (i: number): Row[] => {
    const list: Row[] = [];
    for (let r = 0; r < rows; r++) {
      const k = i * rows + r;
      list.push({
        a: each.map((m) => at('constraint_matrix', k * items + m, 0)),
        low: at('constraint_lower', k, -Infinity),
        high: at('constraint_upper', k, Infinity),
      });
    }
    const group = each.map((m) => at('groups', i * items + m, -1));
    const eps = at('proportion_eps', i, 0);
    for (let r = 0; r < groups && group.some((g) => g >= 0); r++) {
      const row = (factor: number) =>
        group.map((g) => (g < 0 ? 0 : (g === r ? factor : 0) - at('proportions', i * groups + r, 0)));
      list.push({ a: row(1 + eps), low: 0, high: Infinity }, { a: row(1 - eps), low: -Infinity, high: 0 });
    }
    const wanted = equal.includes(i) ? each.filter((m) => values[i]![m]! > 0) : [];
    for (const m of wanted.slice(1))
      list.push({ a: each.map((j) => (j === m ? 1 : j === wanted[0] ? -1 : 0)), low: 0, high: 0 });
    return list;
  };
  return {
    values,
    budgets,
    demands: people.map((i) => each.map((m) => at('demands', i * items + m, Infinity))),
    weights: people.map((i) => at('weights', i, 1)),
    caps: people.map((i) => at('caps', i, Infinity)),
    rows: people.map(rowsOf),
    ...(pieces > 0
      ? {
          pieces: people.map((i) =>
            Array.from({ length: pieces }, (_, l) => i * pieces + l)
              .filter((k) => at('piece_constants', k, 0) < Infinity)
              .map((k) => ({
                constant: at('piece_constants', k, 0),
                slopes: each.map((m) => at('piece_slopes', k * items + m, 0)),
              })),
          ),
        }
      : {}),
  };
}
