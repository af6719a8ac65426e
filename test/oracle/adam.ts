/** Adam (Kingma and Ba 2015, Algorithm 1) uphill in a box, by central differences of the objective: the best point that it visits. */
export async function climbed(
  start: readonly number[],
  objective: (x: number[]) => number | Promise<number>,
  low: readonly number[],
  high: readonly number[],
  steps: number,
  rate: number,
): Promise<number[]> {
  let x = [...start];
  const [m, v] = [x.map(() => 0), x.map(() => 0)];
  let best = { x, value: await objective(x) };
  for (let t = 1; t <= steps; t++) {
    const here = x;
    const slope = async (k: number) => {
      const at = async (step: number) => objective(here.map((each, j) => (j === k ? each + step : each)));
      return ((await at(1e-6)) - (await at(-1e-6))) / 2e-6;
    };
    const slopes = await Promise.all(here.map((_, k) => slope(k)));
    x = x.map((each, k) => {
      m[k] = 0.9 * m[k]! + 0.1 * slopes[k]!;
      v[k] = 0.999 * v[k]! + 0.001 * slopes[k]! ** 2;
      const step = (rate * (m[k]! / (1 - 0.9 ** t))) / (Math.sqrt(v[k]! / (1 - 0.999 ** t)) + 1e-8);
      return Math.min(high[k]!, Math.max(low[k]!, each + step));
    });
    const value = await objective(x);
    if (value > best.value) best = { x, value };
  }
  return best.x;
}
