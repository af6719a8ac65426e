import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, Workplace, goodDocument, numbers } from './support.js';

// What only a process of its own can show: exit codes, streams, signals.
const place = new Workplace();
place.json('good.json', goodDocument());
place.json('bad.json', { values: [[[1, 2]], [[1, null]]] });

describe('node dist/cli/main.js', () => {
  it('exits 0 when every profile is solved, with the file written and nothing on stdout', () => {
    const { status, stdout, lines } = place.spawn('allocate pf good.json --threads 2 --out out.npz');
    expect([status, stdout, lines.length]).toEqual([0, '', 1]);
    expect(place.list()).toContain('out.npz');
  });

  it('exits 1 when some profile has no answer, with the file written', () => {
    const { status, stdout, lines } = place.spawn('allocate pf bad.json --bad-profiles status --json --out some.npz');
    expect([status, lines]).toEqual([1, ['1 profiles have no answer (status 6: 1)']]);
    expect(JSON.parse(stdout)).toMatchObject({ mechanism: 'pf', count: 2, statuses: { 0: 1, 6: 1 }, failed: 1 });
    expect(place.list()).toContain('some.npz');
  });

  it('exits 2 with one line for bad input and bad usage, with nothing written', () => {
    const before = place.list();
    for (const command of ['allocate pf bad.json --out x.npz', 'allocate pf good.json --frob', 'frobnicate', '']) {
      const { status, stdout, lines } = place.spawn(command);
      expect([command, status, stdout, lines.length]).toEqual([command, 2, '', 1]);
    }
    expect(place.list()).toEqual(before);
  });

  it('prints help on stdout and exits 0, also to a reader that stops reading', () => {
    const { status, stdout } = place.spawn('evaluate --help');
    expect(status).toBe(0);
    expect(stdout).toContain('Usage: evenhand evaluate');
    const main = join(ROOT, 'dist/cli/main.js');
    const piped = spawnSync('sh', ['-c', `"${process.execPath}" "${main}" evaluate --help | true`], {
      encoding: 'utf8',
    });
    expect([piped.status, piped.stderr]).toEqual([0, '']);
  });

  it('says nothing of progress where stderr is no terminal, and JSON lines of it if asked', async () => {
    const command = 'evaluate pf --sample uniform --agents 10 --items 3 --count 1000000000 --budget 1 --progress json';
    const child = place.start(command);
    const [chunk] = (await once(child.stderr!, 'data')) as [Buffer];
    child.kill('SIGINT');
    await once(child, 'close');
    const { progress } = JSON.parse(chunk.toString().split('\n')[0]!) as { progress: Record<string, number> };
    expect(Object.keys(progress)).toEqual(['label', 'done', 'total', 'seconds', 'rate', 'remaining']);
    expect(progress.total).toBe(1_000_000_000);
    expect(progress.done).toBeLessThan(1_000_000_000);
  });
});

/** Starts a command that would take long, interrupts it once it reports progress, and returns how it ended. */
async function interrupted(
  command: string,
): Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }> {
  const child = place.start(`${command} --progress json`);
  const text = { stdout: '', stderr: '' };
  child.stdout!.on('data', (chunk: Buffer) => (text.stdout += chunk.toString()));
  let told = false;
  child.stderr!.on('data', (chunk: Buffer) => {
    text.stderr += chunk.toString();
    if (told || !text.stderr.includes('"progress"')) return;
    told = true;
    child.kill('SIGINT');
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  expect([told, text.stderr]).toEqual([true, expect.any(String)]);
  return { code, signal, ...text };
}

describe('Ctrl-C', () => {
  const endless =
    'evaluate pf --sample uniform --agents 10 --items 3 --count 1000000000 --budget 1 --metrics utilitarian';

  it.each([0, 2])(
    'ends evaluate with exit code 130 and the statistics of what was finished, on %i threads',
    async (threads) => {
      const { code, stdout, stderr } = await interrupted(`${endless} --threads ${threads} --json --out part.csv`);
      expect(code).toBe(130);
      const { results } = JSON.parse(stdout) as {
        results: { count: number; metrics: { utilitarian: { mean: number } } }[];
      };
      const { count, metrics } = results[0]!;
      expect(count).toBeGreaterThan(0);
      expect(stderr).toContain(
        `interrupted: ${count.toLocaleString('en-US')} of 1,000,000,000 profiles are in the result`,
      );
      const row = place.bytes('part.csv').toString().split('\n')[1]!.split(',');
      expect([Number(row[2]), Number(row[4])]).toEqual([count, metrics.utilitarian.mean]);
      expect(place.list().filter((name) => name.endsWith('.tmp'))).toEqual([]);
    },
  );

  it('keeps the rows that evaluate --per-profile has written', async () => {
    const { code } = await interrupted(`${endless} --per-profile --out rows.csv`);
    expect(code).toBe(130);
    const rows = place.bytes('rows.csv').toString().trim().split('\n').slice(1);
    expect(rows.length).toBeGreaterThan(256);
    rows.forEach((row, k) => expect(row.startsWith(`${k},pf,0,`)).toBe(true));
    expect(place.list().filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('keeps what allocate has solved, and gives the rest status 2', async () => {
    expect(
      (await place.run('sample rank-one --agents 120 --items 80 --count 120 --budget 2 --out long.npz')).status,
    ).toBe(0);
    const { code, stderr } = await interrupted('allocate pf long.npz --threads 0 --out part.npz');
    expect(code).toBe(130);
    expect(stderr).toContain('profiles have no answer (status 2: ');
    const status = numbers(await place.read('part.npz'), 'status');
    const solved = status.indexOf(2);
    expect(solved).toBeGreaterThan(0);
    expect(status.slice(0, solved).every((s) => s <= 1)).toBe(true);
    expect(status.slice(solved).every((s) => s === 2)).toBe(true);
    expect(place.list().filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});
