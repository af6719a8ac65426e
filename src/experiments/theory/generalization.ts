import { parameterSpecs, type NetworkConfig } from '../../networks/config.js';
import type { Network } from '../../networks/network.js';

/**
 * A bound of the kind of Theorem 2 (Zeng et al. 2023, Appendix E) for a dense ExS-Net: with probability 1 − δ over L training profiles,
 *
 *     E gain_i ≤ mean of gain_i over the profiles + Δ     for every agent and every network of a class,
 *
 *     Δ = min over η of  2 ρ η + U √( (P ln⌈S/η⌉ + ln(N/δ)) / (2L) ).
 *
 * P parameters lie in [−S, S]; ρ bounds how fast a gain changes with the largest change of a parameter; U bounds gains. docs/papers/s0.md
 * derives it. The class is that of networks with the norms given; taking a trained network's own norms favours the bound.
 */
export interface GeneralizationTerms {
  readonly parameters: number;
  /** Largest parameter, S. */
  readonly size: number;
  /** ρ. */
  readonly lipschitz: number;
  /** U: what a gain cannot exceed. */
  readonly range: number;
  readonly agents: number;
  readonly samples: number;
  /** Probability with which the bound may fail. */
  readonly delta: number;
}

export function generalizationBound(terms: GeneralizationTerms): number {
  const { parameters, size, lipschitz, range, agents, samples, delta } = terms;
  const at = (logStep: number) => {
    const step = Math.exp(logStep);
    const points = parameters * Math.log(Math.max(1, Math.ceil(size / step)));
    return 2 * lipschitz * step + range * Math.sqrt((points + Math.log(agents / delta)) / (2 * samples));
  };
  // The step that matters is near 1/(ρ √L); the bound is flat about its minimum.
  let best = Infinity;
  const high = Math.log(size);
  for (let logStep = high; logStep > high - 80; logStep -= 0.05) best = Math.min(best, at(logStep));
  return best;
}

/** Fewest samples for which the bound is below a gap; infinite if 2^200 are not enough. */
export function samplesFor(gap: number, terms: Omit<GeneralizationTerms, 'samples'>): number {
  let [low, high] = [0, 200]; // log2
  if (generalizationBound({ ...terms, samples: 2 ** high }) > gap) return Infinity;
  while (high - low > 1e-3) {
    const middle = (low + high) / 2;
    if (generalizationBound({ ...terms, samples: 2 ** middle }) > gap) low = middle;
    else high = middle;
  }
  return 2 ** high;
}

/** What of a dense network enters the bound. */
export interface NetworkSize {
  readonly parameters: number;
  /** Largest absolute value of a parameter. */
  readonly size: number;
  /** Of each layer the largest sum of absolute weights into a node: how fast it changes with the largest change of its input. */
  readonly norms: readonly number[];
  /** Numbers that each layer reads. */
  readonly widths: readonly number[];
}

export function networkSize({ config, parameters }: Network): NetworkSize {
  const norms: number[] = [];
  const widths: number[] = [];
  let at = 0;
  for (const { rows, columns } of parameterSpecs(config)) {
    if (rows > 0) {
      let norm = 0;
      for (let c = 0; c < columns; c++) {
        let sum = 0;
        for (let r = 0; r < rows; r++) sum += Math.abs(parameters[at + r * columns + c]!);
        norm = Math.max(norm, sum);
      }
      norms.push(norm);
      widths.push(rows);
    }
    at += Math.max(1, rows) * columns;
  }
  const size = parameters.reduce((most, p) => Math.max(most, Math.abs(p)), 0);
  return { parameters: parameters.length, size, norms, widths };
}

/**
 * How much the logits change at most per change of the parameters, the largest of which counts: layer l adds its width times its largest input (X for the first, 1 behind a tanh), plus 1 for the bias, and later layers multiply.
 */
export function logitLipschitz({ norms, widths }: Pick<NetworkSize, 'norms' | 'widths'>, largestInput: number): number {
  return norms.reduce((sum, norm, l) => sum * norm + widths[l]! * (l === 0 ? largestInput : 1) + 1, 0);
}

/** The terms of the bound for a dense ExS-Net on profiles with values up to 1, demands up to 1 and supplies `budget`. */
export function exsNetTerms(network: Network, budget: number, samples: number, delta = 0.05): GeneralizationTerms {
  const { config } = network;
  const measured = networkSize(network);
  return { ...measured, ...rates(config, measured, budget), agents: config.agents, samples, delta };
}

function rates({ items }: NetworkConfig, measured: NetworkSize, budget: number) {
  // A share changes by at most half of what the logits change by; a utility by Σ_m v_m b_m times that; a gain is a difference of two.
  const lipschitz = items * budget * logitLipschitz(measured, Math.max(1, budget));
  // Nobody gains more than all that can be used.
  return { lipschitz, range: items * Math.min(1, budget) };
}
