import type { Measured } from '../../learning/held-out.js';
import type { Claim, Writer } from '../experiment.js';
import { EXPF, EXS, HALF, PA, PF, type Row } from './compare.js';

/** Mean over training seeds, and the standard deviation between them; of a rule that is not learned, the standard error over profiles. */
export interface Spread {
  readonly mean: number;
  readonly error: number;
}

export type Quantity = Exclude<keyof Measured, 'perAgent' | 'exploitabilityError' | 'failed' | 'zeros'>;

export function spread(rows: readonly Row[], of: Quantity): Spread {
  const mean = rows.reduce((sum, row) => sum + row[of], 0) / rows.length;
  if (rows.length > 1) {
    const squares = rows.reduce((sum, row) => sum + (row[of] - mean) ** 2, 0);
    return { mean, error: Math.sqrt(squares / (rows.length - 1)) };
  }
  return { mean, error: of === 'exploitability' ? rows[0]!.exploitabilityError : 0 };
}

/** The rows of a rule at a point. */
export function rowsOf(rows: readonly Row[], rule: string, point?: string): Row[] {
  return rows.filter((row) => row.rule === rule && (point === undefined || row.point === point));
}

/** `0.00123 ± 0.00004`. */
export function shown({ mean, error }: Spread): string {
  const text = (x: number) => (x !== 0 && Math.abs(x) < 1e-3 ? x.toExponential(1) : String(Number(x.toPrecision(3))));
  return error > 0 ? `${text(mean)} ± ${text(error)}` : text(mean);
}

export const ROW_COLUMNS = [
  'point',
  'rule',
  'seed',
  'log_nsw',
  'efficiency',
  'exploitability',
  'exploitability_error',
  'exploitability_max',
  'exploitability_by_agent',
];

export async function writeRows(write: Writer, name: string, rows: readonly Row[]): Promise<void> {
  await write.table(
    name,
    ROW_COLUMNS,
    rows.map((row) => [
      row.point,
      row.rule,
      row.seed,
      row.logNsw,
      row.efficiency,
      row.exploitability,
      row.exploitabilityError,
      row.exploitabilityMax,
      row.perAgent.map((gain) => gain.toPrecision(6)).join(' '),
    ]),
  );
}

/** Geometric mean of utilities under a rule over that under another. */
export function fairness(of: Spread, to: Spread, agents: number): number {
  return Math.exp((of.mean - to.mean) / agents);
}

function comparedTo(gain: number, plain: number): string {
  if (plain === 0) return 'PF has none';
  return gain <= plain
    ? `cut by ${(100 * (1 - gain / plain)).toFixed(0)} %`
    : `${(gain / plain).toFixed(1)} times PF's`;
}

const SIMILAR = 0.95;

/** What the paper says of its two networks beside PF, PA and their even mixture, judged at one point. */
export function comparisonClaims(rows: readonly Row[], point: string, agents: number): Claim[] {
  const at = (rule: string, of: Quantity) => spread(rowsOf(rows, rule, point), of);
  return [EXPF, EXS].flatMap((rule): Claim[] => {
    const [gain, plain, half] = [rule, PF, HALF].map((name) => at(name, 'exploitability')) as [Spread, Spread, Spread];
    const [welfare, best, mixed] = [rule, PF, HALF].map((name) => at(name, 'logNsw')) as [Spread, Spread, Spread];
    const [used, withheld] = [rule, PA].map((name) => at(name, 'efficiency')) as [Spread, Spread];
    const ratio = fairness(welfare, best, agents);
    return [
      {
        claim: `${point}: ${rule} is far less exploitable than PF`,
        paper: 'exploitability cut by 80 % or more',
        measured: `${comparedTo(gain.mean, plain.mean)} (${shown(gain)} against ${shown(plain)})`,
        holds: gain.mean <= 0.2 * plain.mean,
      },
      {
        claim: `${point}: ${rule} at Nash welfare similar to PF (geometric mean of utilities at least ${100 * SIMILAR} % of PF's)`,
        paper: 'similar',
        measured: `${(100 * ratio).toFixed(1)} %; log-NSW ${shown(welfare)} against ${shown(best)}`,
        holds: ratio >= SIMILAR,
      },
      {
        claim: `${point}: ${rule} wastes less than PA`,
        paper: 'efficiency well above PA',
        measured: `${shown(used)} against ${shown(withheld)}`,
        holds: used.mean > withheld.mean,
      },
      {
        claim: `${point}: ${rule} beats the even mixture of PF and PA`,
        paper: 'less exploitable at no less Nash welfare',
        measured: `exploitability ${shown(gain)} against ${shown(half)}, log-NSW ${shown(welfare)} against ${shown(mixed)}`,
        holds: gain.mean < half.mean && welfare.mean >= mixed.mean,
      },
    ];
  });
}
