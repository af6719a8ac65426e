import { property } from 'evenhand';
import { placedCase } from './placed.js';
import { time } from './stats.js';
import type { Row } from './rows.js';

async function kernel(agents: number, items: number, count: number, target?: number): Promise<Row[]> {
  const ours = placedCase('round-robin', 'rank-one', { agents, items, count, seed: 1 });
  if (!ours.check()) throw new Error('a profile was not solved');
  const out = ours.kernels.arena.take(count * 8);
  property('ef1').measure(ours.kernels, ours.input, ours.output, out);
  if (ours.kernels.arena.f64(out, count).some((x) => x > 1e-9)) throw new Error('round robin broke EF1');
  const each = (await time('round robin', ours.run, { runs: 9, warmup: 20 })) / count / 1000;
  const ef1 =
    (await time('ef1', () => property('ef1').measure(ours.kernels, ours.input, ours.output, out), {
      runs: 5,
      warmup: 5,
    })) /
    count /
    1000;
  ours.dispose();
  const rate = 1 / each;
  return [
    {
      name: `round-robin kernel ${agents}x${items}`,
      value: `${Math.round(rate).toLocaleString('en-US')} profiles/s`,
      note: `EF1 over all pairs: ${Math.round(1 / ef1).toLocaleString('en-US')} profiles/s`,
      ...(target === undefined ? {} : { target: `>= ${target.toLocaleString('en-US')}`, met: rate >= target }),
    },
  ];
}

export const cases = {
  'round-robin 5x10': () => kernel(5, 10, 20_000, 1_000_000),
  'round-robin 30x60': () => kernel(30, 60, 2_000),
  'round-robin 100x4096': () => kernel(100, 4096, 4),
};
