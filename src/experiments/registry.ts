import { InputError, nearest } from '../errors.js';
import type { Experiment } from './experiment.js';
import { cluster } from './s0/cluster.js';
import { figure1 } from './s0/figure1.js';
import { figure2 } from './s0/figure2.js';
import { figure4 } from './s0/figure4.js';
import { figure5 } from './s0/figure5.js';
import { figure6 } from './s0/figure6.js';
import { figure7 } from './s0/figure7.js';
import { figure8 } from './s0/figure8.js';
import { figure8Pf } from './s0/figure8-pf.js';
import { lies } from './s0/lies.js';
import { manyAgents } from './s0/many-agents.js';
import { table1 } from './s0/table1.js';
import { theorem2 } from './s0/theorem2.js';
import { crossSize } from './s1/cross-size.js';
import { large } from './s1/large.js';
import { ablation } from './s1/ablation.js';
import { bimodal } from './s1/bimodal.js';
import { envyPenalty } from './s1/envy-penalty.js';
import { orderings } from './s1/orderings.js';
import { real } from './s1/real.js';
import { schedules } from './s1/schedules.js';
import { synergy } from './s1/synergy.js';
import { table as s1Table } from './s1/table.js';
import { targets } from './s1/targets.js';
import { tau } from './s1/tau.js';
import { cluster as s2Cluster } from './s2/cluster.js';
import { figure1a as s2Figure1a, figure1b as s2Figure1b } from './s2/figure1.js';
import { monotonicity } from './s2/monotonicity.js';
import { figure1 as s3Figure1 } from './s3/figure1.js';
import { figure2 as s3Figure2 } from './s3/figure2.js';
import { figure3 as s3Figure3 } from './s3/figure3.js';
import { figure4 as s3Figure4 } from './s3/figure4.js';
import { figure5 as s3Figure5 } from './s3/figure5.js';
import { real as s3Real } from './s3/real.js';
import { section4 as s3Section4 } from './s3/section4.js';
import { section5 as s3Section5 } from './s3/section5.js';
import { table1 as s3Table1 } from './s3/table1.js';
import { arrivalOrder } from './s4/arrival-order.js';
import { baselines } from './s4/baselines.js';
import { overTime } from './s4/over-time.js';
import { sampleSize } from './s4/sample-size.js';

/** Every table and figure that can be reproduced. */
export const EXPERIMENTS: readonly Experiment[] = [
  figure1,
  figure2,
  figure4,
  figure5,
  figure6,
  figure7,
  figure8,
  figure8Pf,
  table1,
  theorem2,
  lies,
  cluster,
  manyAgents,
  s1Table,
  crossSize,
  large,
  tau,
  orderings,
  schedules,
  bimodal,
  envyPenalty,
  targets,
  ablation,
  synergy,
  real,
  s2Figure1a,
  s2Figure1b,
  monotonicity,
  s2Cluster,
  s3Table1,
  s3Figure1,
  s3Figure2,
  s3Figure3,
  s3Figure4,
  s3Figure5,
  s3Section4,
  s3Section5,
  s3Real,
  overTime,
  baselines,
  sampleSize,
  arrivalOrder,
];

/** The experiment of that id. */
export function experimentOf(id: string): Experiment {
  const found = EXPERIMENTS.find((experiment) => experiment.id === id);
  if (found) return found;
  const ids = EXPERIMENTS.map((experiment) => experiment.id);
  const near = nearest(id, ids);
  throw new InputError(`unknown experiment ${id}, ${near ? `did you mean ${near}?` : `known: ${ids.join(', ')}`}`);
}
