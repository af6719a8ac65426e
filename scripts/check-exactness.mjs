// Solves many random profiles per shape and prints how each ended: `node scripts/check-exactness.mjs [count]`, 100,000 each by default.
// Ends with 1 where a profile is not solved (status 0) or a residual exceeds 1e-8.
import { createEngine, pf, sampleProfiles } from 'evenhand';

const count = Number(process.argv[2] ?? 100_000);
const shapes = [
  [2, 2],
  [2, 5],
  [10, 3],
  [30, 10],
];
let failed = 0;
const engine = await createEngine();
try {
  for (const [agents, items] of shapes) {
    for (const part of [2, 10]) {
      let worst = 0;
      let longest = 0;
      const ended = new Map();
      // In parts, so that a shape's answers do not all stand in memory at once.
      const size = Math.min(count, 10_000);
      for (let first = 0; first < count; first += size) {
        const seed = 1 + first / size;
        const drawn = { agents, items, count: Math.min(size, count - first), budget: agents / part, seed };
        const out = await engine.allocate(pf(), sampleProfiles('uniform', drawn));
        for (const status of out.status) ended.set(status, (ended.get(status) ?? 0) + 1);
        for (const residual of out.residual) if (!(residual <= worst)) worst = residual;
        for (const taken of out.iterations) longest = Math.max(longest, taken);
      }
      const good = ended.size === 1 && ended.has(0) && worst <= 1e-8;
      if (!good) failed += 1;
      const statuses = [...ended].map(([status, times]) => `${times} of status ${status}`).join(', ');
      console.log(
        `${good ? 'ok    ' : 'FAILED'} ${agents}x${items}, supplies N/${part}: ${statuses}; largest residual ${worst.toExponential(2)}, at most ${longest} iterations`,
      );
    }
  }
} finally {
  await engine.close();
}
process.exit(failed > 0 ? 1 : 0);
