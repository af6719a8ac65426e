import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArrays, writeArrays } from 'evenhand';
import { afterAll, expect, vi } from 'vitest';
import { main } from '#dist/cli/program.js';
import type { NamedArrays, NdArray, NumericArray } from '../../src/types.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = join(ROOT, 'dist/cli/main.js');

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Lines on stderr. */
  readonly lines: string[];
}

function wordsOf(command: string): string[] {
  return command.split(' ').filter((word) => word !== '');
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** A folder of its own that is removed when the tests of the file are done, and the command line in it. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'evenhand-cli-'));

  constructor() {
    const home = process.cwd();
    process.chdir(this.folder);
    afterAll(() => {
      process.chdir(home);
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  at(name: string): string {
    return join(this.folder, name);
  }

  /** Runs `evenhand` as a process of its own with the words of `command`, which have no blanks in them. */
  spawn(command: string): Ran {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...wordsOf(command)], {
      cwd: this.folder,
      encoding: 'utf8',
      maxBuffer: 2 ** 27,
    });
    return { status, stdout, stderr, lines: linesOf(stderr) };
  }

  /** The same within this process, in a tenth of the time. */
  async run(command: string): Promise<Ran> {
    const text = { stdout: '', stderr: '' };
    const spies = (['stdout', 'stderr'] as const).map((name) =>
      vi.spyOn(process[name], 'write').mockImplementation((chunk) => {
        text[name] += String(chunk);
        return true;
      }),
    );
    const before = process.exitCode;
    process.exitCode = undefined;
    try {
      const status = await main(wordsOf(command));
      return { status, ...text, lines: linesOf(text.stderr) };
    } finally {
      process.exitCode = before;
      for (const spy of spies) spy.mockRestore();
    }
  }

  /** Runs a command that must end with exit code 0. */
  async ok(command: string): Promise<Ran> {
    const ran = await this.run(command);
    expect([command, ran.status, ran.status === 0 ? '' : ran.stderr]).toEqual([command, 0, '']);
    return ran;
  }

  /** Runs a command that must be refused: exit code 2, one line, and the folder as it was. Returns the line. */
  async refused(command: string): Promise<string> {
    const before = this.list();
    const { status, stdout, stderr, lines } = await this.run(command);
    expect([command, status, stdout, lines.length === 1 ? '' : stderr]).toEqual([command, 2, '', '']);
    expect(lines[0]).toMatch(/^evenhand: /);
    expect(this.list()).toEqual(before);
    return lines[0]!;
  }

  start(command: string): ChildProcess {
    return spawn(process.execPath, [MAIN, ...wordsOf(command)], { cwd: this.folder });
  }

  list(): string[] {
    return readdirSync(this.folder).sort();
  }

  json(name: string, document: unknown): string {
    this.text(name, typeof document === 'string' ? document : JSON.stringify(document));
    return name;
  }

  text(name: string, text: string | Buffer): void {
    writeFileSync(this.at(name), text);
  }

  fixture(path: string, name: string): void {
    copyFileSync(join(ROOT, path), this.at(name));
  }

  bytes(name: string): Buffer {
    return readFileSync(this.at(name));
  }

  read(name: string): Promise<NamedArrays> {
    return readArrays(this.at(name));
  }

  write(name: string, arrays: NamedArrays): Promise<void> {
    return writeArrays(this.at(name), arrays);
  }
}

export function nd(shape: readonly number[], data: NumericArray | readonly number[]): NdArray {
  return { shape, data: Array.isArray(data) ? Float64Array.from(data) : (data as NumericArray) };
}

/** Elements as plain numbers. */
export function numbers(arrays: NamedArrays, name: string): number[] {
  return Array.from(arrays[name]!.data as ArrayLike<number>, Number);
}

/** Three good profiles of two agents and two items, as a .json document. */
export function goodDocument(): Record<string, unknown> {
  return {
    values: [
      [
        [1, 2],
        [2, 1],
      ],
      [
        [3, 1],
        [1, 1],
      ],
      [
        [0.5, 0.25],
        [0.25, 0.5],
      ],
    ],
    demands: [
      [
        [1, 1],
        [1, 1],
      ],
      [
        [0.5, 1],
        [1, 0.5],
      ],
      [
        [1, 0],
        [0, 1],
      ],
    ],
    budgets: [1, 1],
    weights: [
      [1, 1],
      [1, 2],
      [1, 1],
    ],
  };
}
