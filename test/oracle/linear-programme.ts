import highsLoader from 'highs';

// The package is CommonJS: what is imported is the loader itself, which its types call `default`.
const highs = await (highsLoader as unknown as typeof highsLoader.default)();

type Table = readonly (readonly number[])[];

const term = (coefficient: number, i: number, m: number): string =>
  `${coefficient < 0 ? '-' : '+'} ${Math.abs(coefficient)} a${i}_${m}`;

/** Largest Σ slope_im a_im over amounts within caps and supplies, by simplex. */
export function largestSum(slopes: Table, caps: Table, supplies: readonly number[]): number {
  const all = slopes.flatMap((row, i) => row.map((slope, m) => term(slope, i, m)));
  const rows = supplies.map((b, m) => ` c${m}: ${slopes.map((_, i) => term(1, i, m)).join(' ')} <= ${b}`);
  const bounds = caps.flatMap((row, i) => row.map((x, m) => ` 0 <= a${i}_${m} <= ${x}`));
  const answer = highs.solve(
    ['Maximize', ` obj: ${all.join(' ')}`, 'Subject To', ...rows, 'Bounds', ...bounds, 'End'].join('\n'),
  );
  if (answer.Status !== 'Optimal') throw new Error(`the programme is ${answer.Status}`);
  return answer.ObjectiveValue;
}

/** Largest Σ slope_im a_im over amounts within caps and supplies that give every agent at least its floor: Σ_m slope_im a_im >= floor_i. */
export function largestAbove(
  slopes: Table,
  caps: Table,
  supplies: readonly number[],
  floors: readonly number[],
): number {
  const all = slopes.map((row, i) => row.map((slope, m) => term(slope, i, m)).join(' '));
  const rows = supplies.map((b, m) => ` c${m}: ${slopes.map((_, i) => term(1, i, m)).join(' ')} <= ${b}`);
  const floor = floors.map((least, i) => ` f${i}: ${all[i]!} >= ${least}`);
  const bounds = caps.flatMap((row, i) => row.map((x, m) => ` 0 <= a${i}_${m} <= ${x}`));
  const answer = highs.solve(
    ['Maximize', ` obj: ${all.join(' ')}`, 'Subject To', ...rows, ...floor, 'Bounds', ...bounds, 'End'].join('\n'),
  );
  if (answer.Status !== 'Optimal') throw new Error(`the programme is ${answer.Status}`);
  return answer.ObjectiveValue;
}
