import { participatory } from '../../src/mechanisms/participatory.js';
import { THETA_ARRAYS } from '../../src/mechanisms/participatory-objectives.js';
import type { Kernels } from '../../src/wasm/kernels.js';
import { OBJECTIVES, type Mix } from '../oracle/participatory.js';
import type { Draw } from './draw.js';
import { drawAversion, type Family } from './fehr-schmidt.js';
import { run, type Outcome } from './run.js';

export interface Mixed extends Outcome {
  readonly dual: Float64Array;
  readonly envy_duals: Float64Array;
  readonly pivots: Int32Array;
}

/** A random mix in which only the objectives named have weights, some of them 0; linear ones may be negative if `spite`. */
export function drawMix(
  draw: Draw,
  family: Family,
  n: number,
  m: number,
  parts: readonly string[],
  spite = false,
): Mix {
  const p = drawAversion(draw, family, n, m, false);
  const linear = ['own', 'mean', 'chen-kempe'];
  const theta = p.values.map(() =>
    OBJECTIVES.map((name) => {
      if (!parts.includes(name) || draw.unit() < 0.15) return 0;
      return spite && linear.includes(name) ? 2 * draw.unit() - 1 : draw.unit();
    }),
  );
  const network = p.values.map((_, i) => p.values.map((__, k) => (i === k || draw.unit() < 0.4 ? 0 : draw.unit())));
  return { ...p, theta, network };
}

/** The arrays of profiles of one shape. */
export function mixArrays(problems: readonly Mix[]): Record<string, Float64Array> {
  const all = (pick: (p: Mix) => readonly number[]) => Float64Array.from(problems.flatMap(pick));
  return {
    values: all((p) => p.values.flat()),
    alpha: all((p) => p.alpha),
    beta: all((p) => p.beta),
    shares: all((p) => p.shares),
    network: all((p) => p.network.flat()),
    ...Object.fromEntries(THETA_ARRAYS.map((name, o) => [name, all((p) => p.theta.map((row) => row[o]!))])),
  };
}

/** Solves profiles of one shape as a chunk. */
export function solveMixes(kernels: Kernels, problems: readonly Mix[]): Mixed {
  const [n, m] = [problems[0]!.alpha.length, problems[0]!.shares.length];
  const shape = { count: problems.length, agents: n, items: m };
  return run(kernels, participatory, shape, mixArrays(problems)) as unknown as Mixed;
}
