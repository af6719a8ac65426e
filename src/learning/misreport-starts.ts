import { sharedParameters } from '../networks/network.js';
import type { Stream } from '../random.js';
import type { TrainingConfig } from './training-config.js';
import type { ReportRange, Visit } from './training-data.js';

/** How near a start keeps to what a rival reports, as a share of the box. */
const MIMIC = 0.02;

/**
 * Misreports [S,T,A,2M] to climb from: first what was kept of an earlier visit (`kept` [samples,N,2M], NaN where there is nothing) or a point
 * near the truth; then, in turn, near what another agent reports, where proportional fairness often jumps, and anywhere in the box.
 */
export function startReports(
  config: TrainingConfig,
  { valueLow, valueHigh, demandHigh }: ReportRange,
  kept: Float32Array,
  batch: Visit,
  agents: Int32Array,
  stream: Stream,
): Float32Array {
  const { agents: N, items: M } = config.network;
  const { starts: T, startNoise, demandMisreport } = config;
  const reports = sharedParameters(batch.count * T * agents.length * 2 * M);
  let at = 0;
  for (let s = 0; s < batch.count; s++) {
    for (let t = 0; t < T; t++) {
      const ahead = 1 + ((t >> 1) % Math.max(1, N - 1));
      for (const i of agents) {
        const earlier = batch.indices ? (batch.indices[s]! * N + i) * 2 * M : -1;
        const again = t === 0 && earlier >= 0 && !Number.isNaN(kept[earlier]!);
        for (let k = 0; k < 2 * M; k++, at++) {
          const m = k % M;
          const j = (s * N + i) * M + m;
          const most = Math.min(demandHigh, batch.budgets[s * M + m]!);
          const [truth, low, high] = k < M ? [batch.values[j]!, valueLow, valueHigh] : [batch.demands[j]!, 0, most];
          const width = high - low;
          const near = truth + startNoise * width * stream.normal();
          const rival = batch.values[(s * N + ((i + ahead) % N)) * M + m]!;
          const mimic = k < M ? rival + MIMIC * width * stream.normal() : near;
          const wish = t === 0 ? near : t % 2 === 1 ? mimic : low + width * stream.unit();
          const x = again ? kept[earlier + k]! : k >= M && !demandMisreport ? truth : wish;
          reports[at] = Math.min(Math.max(x, Math.min(low, truth)), Math.max(high, truth));
        }
      }
    }
  }
  return reports;
}
