import { Bench } from 'tinybench';

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Median milliseconds of a call, after warm-up. */
export async function time(name: string, call: () => unknown, { runs = 5, warmup = 3 } = {}): Promise<number> {
  const bench = new Bench({ time: 0, iterations: runs, warmupTime: 0, warmupIterations: warmup, throws: true });
  bench.add(name, call);
  await bench.run();
  const result = bench.tasks[0]!.result as { latency?: { p50: number }; error?: Error };
  if (result.error) throw result.error;
  return result.latency!.p50;
}

/** `0.00123` as `1.23 ms`. */
export function seconds(s: number): string {
  if (s < 1e-6) return `${(s * 1e9).toFixed(0)} ns`;
  if (s < 1e-3) return `${(s * 1e6).toFixed(2)} us`;
  if (s < 1) return `${(s * 1e3).toFixed(1)} ms`;
  return `${s.toFixed(2)} s`;
}
