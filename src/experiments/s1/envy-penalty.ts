import type { Claim, Experiment } from '../experiment.js';
import { shown } from '../s0/report.js';
import { CITATION, isReversed, SEEDS, spreadOf } from './nrr.js';
import { ef1Claim, groups, sweep, variantClaims, type Swept } from './sweep.js';

const WEIGHTS = [0.1, 1, 10];
const NONE = 'none';

/** A penalty on the envy of soft shares that one item does not explain, beside the distance to the target. */
export const envyPenalty: Experiment = {
  id: 's1/envy-penalty',
  title: 'A penalty on envy in training: weights 0, 0.1, 1, 10, by the bundle and by the good',
  citation: CITATION,
  seeds: SEEDS,
  async run(engine, write, options) {
    const variants = [
      { label: NONE, fields: {} },
      ...(['per-bundle', 'per-good'] as const).flatMap((envyForm) =>
        WEIGHTS.map((envy) => ({ label: `${envyForm}, weight ${envy}`, fields: { envy, envyForm } })),
      ),
    ];
    const swept = await sweep(engine, write, options, 'envy-penalty', 'A penalty on envy', variants);
    return [ef1Claim(swept), gain(swept), ...variantClaims(swept)];
  },
};

/** Whether any weight brings training nearer to the target than none, by more than seeds differ. */
function gain({ plain, rows }: Swept): Claim {
  const ratios = (of: readonly (typeof rows)[number][]) =>
    spreadOf(of.filter((row) => !isReversed(row, plain)).map(({ welfareRatio }) => welfareRatio));
  const by = groups(rows).filter((group) => group.some((row) => !isReversed(row, plain)));
  const without = by.filter(([row]) => row!.variant === NONE).map(ratios);
  const best = by
    .filter(([row]) => row!.variant !== NONE)
    .map((group) => ({ label: group[0]!.rule, ...ratios(group) }))
    .reduce<{ label: string; mean: number; error: number } | undefined>(
      (a, b) => (a && a.mean >= b.mean ? a : b),
      undefined,
    );
  if (!best || without.length === 0) {
    return {
      claim: 'the penalty changes what is learned',
      paper: 'not reported for NRR',
      measured: 'no seed learned it',
    };
  }
  const most = without.reduce((a, b) => (a.mean >= b.mean ? a : b));
  return {
    claim:
      'the penalty brings the learned order nearer the greatest welfare (welfare ratio of seeds in the right direction)',
    paper: 'not reported for NRR',
    measured: `${shown(best)} (${best.label}) against ${shown(most)} without`,
    holds: best.mean - most.mean > best.error + most.error,
  };
}
