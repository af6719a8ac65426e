import type { Engine } from '../../engine/engine.js';
import type { Claim, ExperimentOptions, Writer } from '../experiment.js';
import { shown } from '../s0/report.js';
import {
  countOf,
  fixedRows,
  isReversed,
  LEFTOVERS,
  profilesAside,
  spreadOf,
  trainedRows,
  writeRows,
  type Row,
} from './nrr.js';

/** One way of training. */
export interface Variant {
  readonly label: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface SweepRow extends Row {
  readonly variant: string;
  readonly leftover: (typeof LEFTOVERS)[number];
}

export interface Swept {
  readonly plain: Row;
  readonly byMean: Row;
  readonly rows: readonly SweepRow[];
}

/** Trains every variant from every seed, with either leftovers, and measures all on the same profiles; leaves `<name>.csv` and `<name>.svg`. */
export async function sweep(
  engine: Engine,
  write: Writer,
  options: ExperimentOptions,
  name: string,
  title: string,
  variants: readonly Variant[],
): Promise<Swept> {
  const batch = profilesAside(options);
  const [plain, byMean] = await fixedRows(engine, batch);
  const rows: SweepRow[] = [];
  for (const leftover of LEFTOVERS) {
    for (const { label, fields } of variants) {
      const rule = `${label}, ${leftover} leftovers`;
      const trained = await trainedRows(engine, rule, { ...fields, leftover }, batch, options);
      rows.push(...trained.map((row) => ({ ...row, variant: label, leftover })));
    }
  }
  await writeRows(write, `${name}.csv`, [plain, byMean, ...rows]);
  await write.picture(`${name}.svg`, picture(title, { plain, byMean, rows }));
  return { plain, byMean, rows };
}

/** What every sweep is judged by: a line per variant and leftovers. */
export function variantClaims({ plain, rows }: Swept): Claim[] {
  return groups(rows).map(([first, ...rest]) => {
    const all = [first!, ...rest];
    const good = all.filter((row) => !isReversed(row, plain));
    const ratio = good.length > 0 ? shown(spreadOf(good.map(({ welfareRatio }) => welfareRatio))) : 'none';
    return {
      claim: `${first!.variant}, ${first!.leftover} leftovers: seeds that learn the opposite order, and welfare ratio of the others`,
      paper: 'not reported',
      measured: `${countOf(all, (row) => isReversed(row, plain))}; ${ratio}`,
    };
  });
}

export const ef1Claim = ({ plain, byMean, rows }: Swept): Claim => {
  const all = [plain, byMean, ...rows];
  return {
    claim: 'every rule is EF1 on every profile, however it was trained',
    paper: 'EF1 by construction',
    measured: `${countOf(all, ({ ef1 }) => ef1 === 1)} rules and seeds`,
    holds: all.every(({ ef1 }) => ef1 === 1),
  };
};

/** Rows that differ by their seed only. */
export function groups(rows: readonly SweepRow[]): SweepRow[][] {
  const by = new Map<string, SweepRow[]>();
  for (const row of rows) by.set(row.rule, [...(by.get(row.rule) ?? []), row]);
  return [...by.values()];
}

/** One point a seed, one column a variant; lines where the two fixed orders are. */
function picture(title: string, { plain, byMean, rows }: Swept): object {
  const variants = [...new Set(rows.map(({ variant }) => variant))];
  const lines = [plain, byMean].map(({ rule, welfareRatio }) => ({ rule, welfareRatio }));
  return {
    title: `${title}; one point a seed`,
    width: Math.max(320, 60 * variants.length),
    height: 280,
    layer: [
      {
        data: { values: lines },
        mark: { type: 'rule', strokeDash: [4, 3] },
        encoding: {
          y: { field: 'welfareRatio', type: 'quantitative' },
          strokeDash: {
            field: 'rule',
            type: 'nominal',
            title: 'fixed order',
            scale: {
              range: [
                [2, 2],
                [6, 3],
              ],
            },
          },
        },
      },
      {
        data: { values: rows.map(({ variant, leftover, welfareRatio }) => ({ variant, leftover, welfareRatio })) },
        mark: { type: 'point', filled: true, size: 50, opacity: 0.6 },
        encoding: {
          x: { field: 'variant', type: 'nominal', sort: variants, title: null, axis: { labelAngle: -30 } },
          xOffset: { field: 'leftover' },
          y: {
            field: 'welfareRatio',
            type: 'quantitative',
            title: 'welfare over the greatest',
            scale: { zero: false },
          },
          color: { field: 'leftover', type: 'nominal', title: 'leftovers' },
        },
      },
    ],
  };
}
