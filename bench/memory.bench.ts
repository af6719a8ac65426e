// Peak memory of `evaluate`, each size in a process of its own.
import { execFileSync } from 'node:child_process';
import type { Row } from './rows.js';

function peak(count: number): number {
  const script = `
    import { createEngine, pf, sampleProfiles } from 'evenhand';
    const engine = await createEngine({ threads: 2 });
    await engine.evaluate([pf()], sampleProfiles('uniform', { agents: 2, items: 2, count: ${count}, seed: 1 }), { metrics: ['logNsw', 'efficiency'] });
    await engine.close();
    console.log(process.resourceUsage().maxRSS);`;
  return (
    Number(
      execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        encoding: 'utf8',
        cwd: new URL('../../', import.meta.url),
      }),
    ) / 1024
  );
}

function growth(): Promise<Row[]> {
  const [one, ten] = [peak(1_000_000), peak(10_000_000)];
  const ratio = ten / one;
  return Promise.resolve([
    {
      name: 'evaluate memory, 10,000,000 against 1,000,000 profiles',
      value: ratio.toFixed(3),
      note: `${ten.toFixed(0)} MiB against ${one.toFixed(0)} MiB`,
      target: '<= 1.2',
      met: ratio <= 1.2,
    },
  ]);
}

export const cases = { 'evaluate memory': growth };
