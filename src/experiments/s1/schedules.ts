import { TAU_SCHEDULES } from '../../networks/neural-round-robin.js';
import type { Experiment } from '../experiment.js';
import { CITATION, SEEDS } from './nrr.js';
import { ef1Claim, sweep, variantClaims } from './sweep.js';

const START = 1;
const ENDS = [0.01, 0.001];

/** The temperature of the picks in training: at its end all the time, or coming down to it. */
export const schedules: Experiment = {
  id: 's1/schedules',
  title: 'Temperature of the picks in training: constant, falling linearly, falling exponentially from 1',
  citation: CITATION,
  seeds: SEEDS,
  async run(engine, write, options) {
    const variants = ENDS.flatMap((tau) =>
      TAU_SCHEDULES.map((tauSchedule) => ({
        label: `${tauSchedule}${tauSchedule === 'constant' ? '' : ` from ${START}`} to ${tau}`.replace(
          'constant to',
          'constant',
        ),
        fields: { tau, tauSchedule, tauStart: START },
      })),
    );
    const swept = await sweep(engine, write, options, 'schedules', 'Schedules of the temperature', variants);
    return [ef1Claim(swept), ...variantClaims(swept)];
  },
};
