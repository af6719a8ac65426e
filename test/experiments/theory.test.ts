import { describe, expect, it } from 'vitest';
import { betaCdf, logGamma } from '#dist/experiments/theory/beta.js';
import {
  productTv,
  profileChiSquared,
  profileTv,
  shiftBound,
  shiftBoundByVariance,
  uniformBetaAffinity,
  uniformBetaChiSquared,
  uniformBetaTv,
} from '#dist/experiments/theory/distribution-shift.js';
import {
  exsNetTerms,
  generalizationBound,
  logitLipschitz,
  networkSize,
  samplesFor,
} from '#dist/experiments/theory/generalization.js';
import { networkConfig } from '#dist/networks/config.js';
import { initialNetwork, sharedParameters } from '#dist/networks/network.js';

/** Midpoint rule after x = sin²(πt/2), which takes the poles of arcsine densities away. */
function integral(f: (x: number) => number, points = 200_000): number {
  let sum = 0;
  for (let k = 0; k < points; k++) {
    const t = (k + 0.5) / points;
    sum += f(Math.sin((Math.PI * t) / 2) ** 2) * (Math.PI / 2) * Math.sin(Math.PI * t);
  }
  return sum / points;
}

/** Density of Beta(c, c), its constant by quadrature. */
function density(c: number): (x: number) => number {
  const plain = (x: number) => (x * (1 - x)) ** (c - 1);
  const total = integral(plain);
  return (x) => plain(x) / total;
}

describe('beta functions', () => {
  it('have the values that are known', () => {
    expect(logGamma(5)).toBeCloseTo(Math.log(24), 12);
    expect(logGamma(0.5)).toBeCloseTo(0.5 * Math.log(Math.PI), 12);
    for (const x of [0.01, 0.3, 0.5, 0.9]) {
      expect(betaCdf(1, 1, x)).toBeCloseTo(x, 13);
      expect(betaCdf(2, 2, x)).toBeCloseTo(3 * x * x - 2 * x ** 3, 13);
      expect(betaCdf(0.5, 0.5, x)).toBeCloseTo((2 / Math.PI) * Math.asin(Math.sqrt(x)), 13);
      expect(betaCdf(3, 1, x)).toBeCloseTo(x ** 3, 13);
    }
  });
});

describe('uniform against Beta(c, c)', () => {
  it('total variation: 0 at c = 1, 1/(3√3) at c = 2, by the arcsine at c = 1/2', () => {
    expect(uniformBetaTv(1)).toBe(0);
    expect(uniformBetaTv(2)).toBeCloseTo(1 / (3 * Math.sqrt(3)), 13);
    // The densities cross at y with y(1 − y) = 1/π².
    const y = (1 - Math.sqrt(1 - 4 / Math.PI ** 2)) / 2;
    expect(uniformBetaTv(0.5)).toBeCloseTo(2 * ((2 / Math.PI) * Math.asin(Math.sqrt(y)) - y), 13);
    expect(uniformBetaTv(1e6)).toBeGreaterThan(0.99);
    expect(uniformBetaTv(1 + 1e-6)).toBeLessThan(1e-6);
  });

  it.each([0.75, 1.5, 3, 5])('total variation, affinity and chi squared by quadrature, c = %d', (c) => {
    const p = density(c);
    expect(uniformBetaTv(c)).toBeCloseTo(0.5 * integral((x) => Math.abs(p(x) - 1)), 7);
    expect(uniformBetaAffinity(c)).toBeCloseTo(
      integral((x) => Math.sqrt(p(x))),
      7,
    );
    if (c >= 1) expect(uniformBetaChiSquared(c)).toBeCloseTo(integral((x) => p(x) ** 2) - 1, 7);
  });

  it('chi squared is infinite for the arcsine and exact at c = 2', () => {
    expect(uniformBetaChiSquared(0.5)).toBe(Infinity);
    expect(uniformBetaChiSquared(2)).toBeCloseTo(36 / 30 - 1, 12);
    expect(profileChiSquared(1, 2, 2)).toBeCloseTo(0, 12);
    // One agent, one item, every demand there: two numbers.
    expect(profileChiSquared(2, 1, 1, 1)).toBeCloseTo(1.2 ** 2 - 1, 12);
  });

  it('products: bounds enclose the distance, which for two numbers is a double integral', () => {
    const p = density(2);
    const n = 400;
    let sum = 0;
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) sum += Math.abs(p((j + 0.5) / n) * p((k + 0.5) / n) - 1);
    }
    const exact = sum / (2 * n * n);
    const { low, high } = productTv(uniformBetaTv(2), uniformBetaAffinity(2), 2);
    expect(low).toBeLessThanOrEqual(exact);
    expect(high).toBeGreaterThanOrEqual(exact);
    expect(productTv(0.2, 0.97, 1)).toEqual({ low: 0.2, high: expect.closeTo(0.2, 12) as number });
    expect(profileTv(1, 3, 4)).toEqual({ low: 0, high: 0 });
    expect(profileTv(2, 1, 1, 1)).toEqual({ low, high });
  });

  it('bounds on expectations hold, the first with equality for the worst function', () => {
    const p = density(3);
    // The worst f: 2 where Beta is denser, −1 elsewhere.
    const f = (x: number) => (p(x) > 1 ? 2 : -1);
    const change = integral((x) => f(x) * (p(x) - 1));
    expect(change).toBeCloseTo(shiftBound(3, uniformBetaTv(3)), 4);
    const square = (x: number) => x * x;
    const [mean, moment] = [1 / 3, 1 / 5];
    const moved = Math.abs(integral((x) => square(x) * (p(x) - 1)));
    expect(moved).toBeLessThan(shiftBoundByVariance(Math.sqrt(moment - mean * mean), uniformBetaChiSquared(3)));
    expect(moved).toBeLessThan(shiftBound(1, uniformBetaTv(3)));
  });
});

describe('generalisation bound', () => {
  const config = networkConfig({ model: 'exs-net', agents: 2, items: 2, hidden: [5, 4] });

  it('reads sizes and norms off a network', () => {
    const parameters = sharedParameters(initialNetwork(config, 1).parameters.length).fill(0.5);
    const size = networkSize({ config, parameters });
    // 2 agents x 4 features and 2 supplies; layers of 5 and 4; 3 x 2 logits.
    expect(size).toEqual({
      parameters: 10 * 5 + 5 + 5 * 4 + 4 + 4 * 6 + 6,
      size: 0.5,
      norms: [5, 2.5, 2],
      widths: [10, 5, 4],
    });
    // ((10 + 1) 2.5 + 6) 2 + 5
    expect(logitLipschitz(size, 1)).toBe(72);
  });

  it('no change of parameters moves a logit by more', () => {
    const network = initialNetwork(config, 7);
    const input = Array.from({ length: 10 }, (_, k) => Math.cos(k) ** 2);
    const outputs = (parameters: Float32Array | number[]) => {
      let at = 0;
      const layer = (from: number[], width: number) => {
        const to = Array.from({ length: width }, (_, c) =>
          from.reduce(
            (sum, x, r) => sum + x * parameters[at + r * width + c]!,
            parameters[at + from.length * width + c]!,
          ),
        );
        at += (from.length + 1) * width;
        return to;
      };
      return layer(layer(layer(input, 5).map(Math.tanh), 4).map(Math.tanh), 6);
    };
    const rate = logitLipschitz(networkSize(network), 1);
    const before = outputs(network.parameters);
    for (const eta of [1e-4, 0.01, 0.3]) {
      const moved = Array.from(network.parameters, (p, k) => p + eta * Math.sign(Math.sin(7 * k)));
      const most = Math.max(...outputs(moved).map((x, j) => Math.abs(x - before[j]!)));
      expect(most).toBeLessThanOrEqual(rate * eta);
    }
  });

  it('falls with the samples about as their square root, and samplesFor inverts it', () => {
    const network = initialNetwork(config, 1);
    const terms = exsNetTerms(network, 1, 1e6);
    expect(terms.range).toBe(2);
    const [few, many] = [generalizationBound(terms), generalizationBound({ ...terms, samples: 1e8 })];
    expect(few / many).toBeGreaterThan(8);
    expect(few / many).toBeLessThan(10);
    const needed = samplesFor(0.01, terms);
    expect(generalizationBound({ ...terms, samples: needed })).toBeLessThanOrEqual(0.01);
    expect(generalizationBound({ ...terms, samples: 0.9 * needed })).toBeGreaterThan(0.01);
  });

  it('of a single function is that of Hoeffding', () => {
    const terms = { parameters: 0, size: 1, lipschitz: 0, range: 2, agents: 1, samples: 50, delta: 0.05 };
    expect(generalizationBound(terms)).toBeCloseTo(2 * Math.sqrt(Math.log(20) / 100), 12);
  });
});
