import type { TrainingConfig } from './training-config.js';

const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];

/** First and second moments of a gradient, kept by the caller. */
interface Moments {
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/** Adam (Kingma, Ba 2015) on a flat float32 vector. */
export class Adam {
  constructor(
    private readonly moments: Moments,
    private readonly config: Pick<TrainingConfig, 'rate' | 'decay' | 'clip' | 'iterations'>,
  ) {}

  /** One step downwards; `iteration` counts from 0. */
  step(parameters: Float32Array, gradient: Float32Array, iteration: number): void {
    const { rate, decay, clip, iterations } = this.config;
    const { first, second } = this.moments;
    // Half a cosine as a polynomial of the share of iterations done, since Math.cos may differ in its last bit.
    const done = Math.min(1, iteration / iterations);
    const slowed = decay === 'cosine' ? rate * (1 - done * done * (3 - 2 * done)) : rate;
    let norm = 0;
    for (const g of gradient) norm += g * g;
    norm = Math.sqrt(norm);
    const shrink = clip > 0 && norm > clip ? clip / norm : 1;
    const correction1 = 1 - power(BETA1, iteration + 1);
    const correction2 = 1 - power(BETA2, iteration + 1);
    for (let k = 0; k < parameters.length; k++) {
      const g = gradient[k]! * shrink;
      first[k] = BETA1 * first[k]! + (1 - BETA1) * g;
      second[k] = BETA2 * second[k]! + (1 - BETA2) * g * g;
      const up = first[k]! / correction1;
      parameters[k]! -= (slowed * up) / (Math.sqrt(second[k]! / correction2) + EPSILON);
    }
  }
}

/** x to a whole power by multiplication, since Math.pow may differ in its last bit. */
function power(x: number, n: number): number {
  let result = 1;
  for (let base = x, k = n; k > 0; k = Math.floor(k / 2), base *= base) if (k % 2 === 1) result *= base;
  return result;
}
