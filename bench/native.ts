// Builds and runs the C yardsticks, if this machine has a C compiler.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A native program that solves the same profiles. */
export interface Native {
  readonly name: string;
  /** Microseconds per profile, of the second of two passes. */
  run(): number;
  /** Sum of log utilities of the first profiles, and how many they are. */
  readonly welfare: number;
  readonly profiles: number;
  dispose(): void;
}

/** The first C compiler found. */
export function compiler(): string | undefined {
  return ['gcc', 'cc', 'clang'].find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
}

/** Compiles bench/native/pf.c for `lanes` profiles side by side and hands it these profiles; undefined without a compiler. */
export function nativePf(
  lanes: number,
  agents: number,
  items: number,
  arrays: readonly [values: Float64Array, demands: Float64Array, budgets: Float64Array],
): Native | undefined {
  const cc = compiler();
  if (!cc) return undefined;
  mkdirSync(join(root, 'build/native'), { recursive: true });
  const program = join(root, `build/native/pf-${lanes}`);
  const flags = ['-O3', '-march=native', '-ffast-math', `-DL=${lanes}`];
  const built = spawnSync(cc, [...flags, '-o', program, join(root, 'bench/native/pf.c'), '-lm'], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`${cc} failed: ${built.stderr}`);
  const folder = mkdtempSync(join(tmpdir(), 'evenhand-'));
  const file = join(folder, 'profiles.bin');
  writeFileSync(
    file,
    Buffer.concat(arrays.map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength))),
  );
  const count = arrays[0].length / (agents * items);
  const call = () =>
    JSON.parse(execFileSync(program, [agents, items, count, file, 2].map(String), { encoding: 'utf8' })) as {
      microseconds: number[];
      welfare: number;
      profiles: number;
    };
  const { welfare, profiles } = call();
  return {
    name: lanes === 1 ? `${cc} scalar` : `${cc} ${lanes} lanes`,
    run: () => call().microseconds.at(-1)!,
    welfare,
    profiles,
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}
