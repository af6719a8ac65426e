import { InputError, badElement } from '../errors.js';
import type { ProfileBatch } from '../profiles/batch.js';
import { sharedArray } from '../profiles/convert.js';
import { isAnswer, type NamedArrays } from '../types.js';

/** What a report's weights are, and how their derivative goes back to the report. */
export interface ReportedWeights {
  /** [N], finite and >= 0. */
  readonly weights: ArrayLike<number>;
  /** Given dl/dw [N], adds dl/dw · dw/dv to `dValues` [N,M] and dl/dw · dw/dx to `dDemands` [N,M]. */
  pullback(dWeights: Float64Array, dValues: Float64Array, dDemands: Float64Array): void;
}

/** Weights of one profile as a function of its reports [N,M], row-major. The arrays given must not be changed. */
export type WeightsOf = (
  values: Float64Array,
  demands: Float64Array,
  shape: { readonly agents: number; readonly items: number; readonly profile: number },
) => ReportedWeights;

export interface Reported {
  readonly batch: ProfileBatch;
  readonly profiles: readonly ReportedWeights[];
}

/** The batch with the weights that its reports imply. */
export function reportedWeights(batch: ProfileBatch, weightsOf: WeightsOf): Reported {
  const { count, agents, items, arrays } = batch;
  const each = agents * items;
  const data = sharedArray('float64', count * agents) as Float64Array;
  const rowOf = (name: string, profile: number): Float64Array | undefined => {
    const array = arrays[name];
    return array && (array.data as Float64Array).slice(profile * array.stride, profile * array.stride + each);
  };
  const profiles = Array.from({ length: count }, (_, profile) => {
    const supplies = arrays.budgets;
    const demands =
      rowOf('demands', profile) ??
      Float64Array.from({ length: each }, (_, j) =>
        supplies ? Number(supplies.data[profile * supplies.stride + (j % items)]) : 1,
      );
    const reported = weightsOf(rowOf('values', profile)!, demands, { agents, items, profile });
    if (reported.weights.length !== agents) {
      throw new InputError(
        `weightsOf gives ${reported.weights.length} weights of profile ${profile}, expected ${agents}`,
      );
    }
    for (let i = 0; i < agents; i++) {
      const weight = reported.weights[i]!;
      if (!(weight >= 0 && weight <= Number.MAX_VALUE)) {
        throw badElement('weights', [profile, i], weight, 'a finite number >= 0 from weightsOf');
      }
      data[profile * agents + i] = weight;
    }
    return reported;
  });
  return { batch: { ...batch, arrays: { ...arrays, weights: { data, stride: agents } } }, profiles };
}

/** Adds to the derivatives in values and demands what goes through the weights. */
export function chainWeights(gradients: NamedArrays, { batch, profiles }: Reported): NamedArrays {
  const { agents, items } = batch;
  const each = agents * items;
  const part = (name: string, length: number, profile: number) =>
    (gradients[name]!.data as Float64Array).subarray(profile * length, (profile + 1) * length);
  profiles.forEach((reported, profile) => {
    if (!isAnswer(Number(gradients.status!.data[profile]))) return;
    const dWeights = part('d_weights', agents, profile).slice();
    reported.pullback(dWeights, part('d_values', each, profile), part('d_demands', each, profile));
  });
  return gradients;
}
