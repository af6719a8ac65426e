import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { welfarist as welfaristRule } from '../../src/mechanisms/factories.js';
import { NAMED_FUNCTIONS, tabulate, type OwnFunction } from '../../src/mechanisms/welfare-function.js';
import { welfarist } from '../../src/mechanisms/welfarist.js';
import { Draw } from '../helpers/draw.js';
import { testKernels } from '../helpers/kernels.js';
import { FAMILIES, drawInstance, plain, solveInstance } from '../helpers/welfare.js';
import { largestWelfare } from '../oracle/welfare.js';

const kernels = testKernels();
const NAMES = Object.keys(NAMED_FUNCTIONS) as (keyof typeof NAMED_FUNCTIONS)[];

describe.each(NAMES)('%s', (name) => {
  const f = NAMED_FUNCTIONS[name];

  it('has the slope and the curvature of its value', () => {
    for (const y of [1e-3, 0.1, 1, 3, 10]) {
      const h = 1e-4 * y;
      expect((f.value(y + h) - f.value(y - h)) / (2 * h) / f.slope(y)).toBeCloseTo(1, 5);
      expect((f.slope(y + h) - f.slope(y - h)) / (2 * h) / f.curvature(y)).toBeCloseTo(1, 5);
    }
  });

  it('agrees with an outer approximation by linear programmes', () => {
    const draw = new Draw(`welfare function ${name}`);
    for (const scale of [0.3, 1, 4]) {
      for (const family of ['random', 'sparse', 'uncapped', 'mixed caps']) {
        const instance = drawInstance(draw, family, { agents: 4, items: 4 });
        const { status, objective } = solveInstance(kernels, welfarist, instance, { welfare: name, scale });
        expect(status[0], `${family} ${scale}`).toBe(0);
        const { value } = largestWelfare(plain(instance), {
          value: (V) => f.value(scale * V),
          slope: (V) => scale * f.slope(scale * V),
        });
        expect(Math.abs(objective[0]! - value), `${family} ${scale}`).toBeLessThanOrEqual(
          2e-7 * Math.max(1, Math.abs(value)),
        );
      }
    }
  });

  it('is certified on every family, and the bound holds', () => {
    const draw = new Draw(`welfare function certificates ${name}`);
    for (const family of FAMILIES) {
      for (let n = 0; n < 4; n++) {
        const instance = drawInstance(draw, family, { agents: 8, items: 6 });
        const { status, residual, objective, dual_bound } = solveInstance(kernels, welfarist, instance, {
          welfare: name,
        });
        expect(status[0], `${family} ${n}: residual ${residual[0]}`).toBeLessThanOrEqual(1);
        expect(dual_bound[0]! - objective[0]!).toBeGreaterThanOrEqual(-1e-9 * Math.max(1, Math.abs(objective[0]!)));
      }
    }
  });

  it('tabulated gives what the name gives', () => {
    const draw = new Draw(`welfare table ${name}`);
    const table = tabulate({ ...f, to: 500 });
    for (const family of ['random', 'integer', 'uncapped']) {
      const instance = drawInstance(draw, family, { agents: 6, items: 5 });
      const own = solveInstance(kernels, welfarist, instance, { welfare: table, scale: 2 });
      const named = solveInstance(kernels, welfarist, instance, { welfare: name, scale: 2 });
      expect(own.status[0]).toBe(named.status[0]);
      expect(Math.abs(own.objective[0]! - named.objective[0]!)).toBeLessThan(1e-9 * Math.max(1, named.objective[0]!));
    }
  });
});

describe('externality of a constraint on two agents: q = δ / (1 + δ) at g(Y) = δ g(X), g(y) = y F′(y)', () => {
  it.each(NAMES)('%s', (name) => {
    const g = (y: number) => y * NAMED_FUNCTIONS[name].slope(y);
    for (const [X, Y] of [
      [0.5, 3],
      [1, 0.2],
      [2, 2],
    ] as const) {
      const delta = g(Y) / g(X);
      const x = 1 / (1 + delta);
      const values = Float64Array.of(X / x, 0, 0, Y / (1 - x));
      // Items in equal amounts, though agent 0 values only one of them: as a row.
      const rows = {
        constraint_matrix: Float64Array.of(1, -1, 0, 0),
        constraint_lower: new Float64Array(2),
        constraint_upper: new Float64Array(2),
      };
      const shape = { count: 1, agents: 2, items: 2 };
      const free = solveInstance(kernels, welfarist, { shape, arrays: { values }, equal: [] }, { welfare: name });
      const bound = solveInstance(
        kernels,
        welfarist,
        { shape: { ...shape, rows: 1 }, arrays: { values, ...rows }, equal: [] },
        { welfare: name },
      );
      expect(bound.utilities[1]! / free.utilities[1]!).toBeCloseTo(delta / (1 + delta), 6);
    }
  });
});

describe('a function of one’s own', () => {
  /** arctan is concave from 0 on, and no name has it. */
  const arctan: OwnFunction = {
    value: (y) => Math.atan(y),
    slope: (y) => 1 / (1 + y * y),
    curvature: (y) => (-2 * y) / (1 + y * y) ** 2,
    from: 1e-4,
    to: 1e3,
  };

  it('is maximised', () => {
    const draw = new Draw('welfare of arctan');
    const { options } = welfaristRule({ welfare: arctan });
    for (let n = 0; n < 6; n++) {
      const instance = drawInstance(draw, 'random', { agents: 4, items: 4 });
      const { status, objective } = solveInstance(kernels, welfarist, instance, options);
      expect(status[0]).toBe(0);
      const { value } = largestWelfare(plain(instance), arctan);
      expect(Math.abs(objective[0]! - value)).toBeLessThanOrEqual(2e-7 * Math.max(1, value));
    }
  });

  it('that is V^γ/γ is the power', () => {
    const draw = new Draw('welfare of a power');
    for (const gamma of [0.5, -1]) {
      const table = tabulate({
        value: (y) => y ** gamma / gamma,
        slope: (y) => y ** (gamma - 1),
        curvature: (y) => (gamma - 1) * y ** (gamma - 2),
      });
      const instance = drawInstance(draw, 'random', { agents: 5, items: 5 });
      const own = solveInstance(kernels, welfarist, instance, { welfare: table });
      const named = solveInstance(kernels, welfarist, instance, { gamma });
      named.utilities.forEach((u, i) => expect(Math.abs(own.utilities[i]! - u)).toBeLessThan(1e-6));
    }
  });

  it('that is not increasing, not concave, or inconsistent is refused', () => {
    expect(() => welfaristRule({ welfare: { ...arctan, slope: () => -1 } })).toThrow(
      /welfare: slope\(.*\) is -1, expected a number > 0/,
    );
    expect(() => welfaristRule({ welfare: { ...arctan, curvature: () => 1 } })).toThrow(/curvature\(.*expected.*< 0/);
    expect(() => welfaristRule({ welfare: { ...arctan, value: () => NaN } })).toThrow(/value\(.*expected a number/);
    expect(() => welfaristRule({ welfare: { ...arctan, slope: (y) => 2 / (1 + y * y) } })).toThrow(/belong together/);
    expect(() => welfaristRule({ welfare: { ...arctan, from: 2, to: 1 } })).toThrow(/from 2 to 1/);
    expect(() => welfaristRule({ welfare: 'log' as never })).toThrow(InputError);
  });

  it('has no exponent', () => {
    expect(() => welfarist.check!(2, { welfare: 'log1p', gamma: 0.5 })).toThrow(
      'gamma is 0.5, expected none: only welfare power has an exponent',
    );
  });
});
