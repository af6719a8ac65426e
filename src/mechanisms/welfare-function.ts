import { InputError } from '../errors.js';

/** Names of concave functions F of a utility, in the order in which the kernels number them. */
export const WELFARE_FUNCTIONS = ['power', 'exponential', 'log1p', 'loglog1p', 'log2-log1p'] as const;
export type WelfareName = (typeof WELFARE_FUNCTIONS)[number];

/** An increasing, strictly concave function of a utility y > 0. */
export interface ConcaveFunction {
  /** F(y). */
  value(y: number): number;
  /** F'(y) > 0. */
  slope(y: number): number;
  /** F''(y) < 0. */
  curvature(y: number): number;
}

/** A function of one's own, and the utilities between which it is looked at. */
export interface OwnFunction extends ConcaveFunction {
  /** Smallest utility of interest; default 1e-6. Below it F goes on smoothly, not as given. */
  readonly from?: number;
  /** Largest one; default 1e6. */
  readonly to?: number;
}

/** The named functions but `power` (Shen et al. 2021, section 3). */
export const NAMED_FUNCTIONS: Readonly<Record<Exclude<WelfareName, 'power'>, ConcaveFunction>> = {
  exponential: {
    value: (y) => -Math.expm1(-y),
    slope: (y) => Math.exp(-y),
    curvature: (y) => -Math.exp(-y),
  },
  log1p: {
    value: (y) => Math.log1p(y),
    slope: (y) => 1 / (1 + y),
    curvature: (y) => -1 / (1 + y) ** 2,
  },
  loglog1p: {
    value: (y) => Math.log(Math.log1p(y)),
    slope: (y) => 1 / ((1 + y) * Math.log1p(y)),
    curvature: (y) => -(1 + Math.log1p(y)) / ((1 + y) * Math.log1p(y)) ** 2,
  },
  'log2-log1p': {
    value: (y) => 2 * Math.log(y) - Math.log1p(y),
    slope: (y) => (y + 2) / (y * (1 + y)),
    curvature: (y) => -2 / y ** 2 + 1 / (1 + y) ** 2,
  },
};

/** What the kernels call a tabulated function. */
export const TABULATED = WELFARE_FUNCTIONS.length;

const COARSEST = 512;
const FINEST = 1 << 16;
/** By how much log F', and F relative to max(1, |F|), may miss between two points of the table. */
const CLOSE = 1e-11;

/**
 * The table of a function of one's own that the kernels read: [points, log of the first y, distance in log y, then for each point F, log F', −y F''/F'].
 * As many points as it takes for cubics between them to miss by 1e-11 at most.
 *
 * @throws InputError where F is not increasing and strictly concave, or too rough for 65,536 points.
 */
export function tabulate({ value, slope, curvature, from = 1e-6, to = 1e6 }: OwnFunction): Float64Array {
  if (!(from > 0 && to > from && to < Infinity)) {
    throw new InputError(`welfare reaches from ${from} to ${to}, expected 0 < from < to < infinity`);
  }
  const first = Math.log(from);
  const at = (y: number): [number, number, number] => {
    const F = value(y);
    const rate = slope(y);
    const bend = curvature(y);
    const refuse = (name: string, x: number, expected: string): never => {
      throw new InputError(`welfare: ${name}(${y}) is ${x}, expected ${expected}; from and to can be narrower`);
    };
    if (!Number.isFinite(F)) refuse('value', F, 'a number');
    if (!(rate > 0 && rate < Infinity)) refuse('slope', rate, 'a number > 0');
    if (!(bend < 0 && bend > -Infinity)) refuse('curvature', bend, 'a number < 0');
    return [F, Math.log(rate), (-y * bend) / rate];
  };
  for (let points = COARSEST; points <= FINEST; points *= 2) {
    const step = (Math.log(to) - first) / (points - 1);
    const table = new Float64Array(3 + 3 * points);
    table.set([points, first, step]);
    for (let k = 0; k < points; k++) table.set(at(Math.exp(first + k * step)), 3 + 3 * k);
    if (isClose(table, step, first, at)) return table;
  }
  throw new InputError(
    `welfare is not smooth enough for ${FINEST} points, or value, slope and curvature do not belong together`,
  );
}

/** Whether the middle of each interval is met. */
function isClose(
  table: Float64Array,
  step: number,
  first: number,
  at: (y: number) => [number, number, number],
): boolean {
  const points = table[0]!;
  for (let k = 0; k + 1 < points; k++) {
    const [F0, L0, e0, F1, L1, e1] = table.subarray(3 + 3 * k, 9 + 3 * k) as unknown as number[];
    const y0 = Math.exp(first + k * step);
    const [F, L] = at(Math.exp(first + (k + 0.5) * step));
    const rise = (y0 * Math.exp(L0!) - y0 * Math.exp(step) * Math.exp(L1!)) * step;
    if (!(Math.abs((L0! + L1!) / 2 + ((e1! - e0!) * step) / 8 - L) <= CLOSE)) return false;
    if (!(Math.abs((F0! + F1!) / 2 + rise / 8 - F) <= CLOSE * Math.max(1, Math.abs(F)))) return false;
  }
  return true;
}
