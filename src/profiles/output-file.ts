import { open, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { InputError } from '../errors.js';

/** Writes larger than this are split: the operating system takes at most 2 GiB at once. */
const MAX_WRITE = 1 << 28;
/** Temporary names tried before giving up; a crashed process with the same id may have left some behind. */
const MAX_TRIES = 1000;
let counter = 0;

/**
 * A file being written under a temporary name next to its final one, so that the final name never holds half a file.
 * Either `commit` or `abort` must be called in the end.
 */
export class OutputFile {
  private constructor(
    private readonly path: string,
    private readonly temporary: string,
    private readonly handle: FileHandle,
  ) {}

  /** Opens a temporary file in the folder of `path`. Throws InputError when `path` is a folder. */
  static async create(path: string): Promise<OutputFile> {
    const existing = await stat(path).catch(() => undefined);
    if (existing?.isDirectory()) throw new InputError('is a folder, expected a file name');
    for (let tries = 1; ; tries++) {
      const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${threadId}-${counter++}.tmp`);
      try {
        return new OutputFile(path, temporary, await open(temporary, 'wx'));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries === MAX_TRIES) throw error;
      }
    }
  }

  /** Appends `bytes`; they may be reused once the promise resolves. */
  async write(bytes: Uint8Array): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      done += (await this.handle.write(bytes, done, Math.min(bytes.length - done, MAX_WRITE))).bytesWritten;
    }
  }

  /** Closes the file and gives it its final name. On failure nothing is left behind. */
  async commit(): Promise<void> {
    try {
      await this.handle.close();
      await rename(this.temporary, this.path);
    } catch (error) {
      await this.abort();
      throw error;
    }
  }

  /** Closes and removes the temporary file. Never throws: it runs where another error is already on its way. */
  async abort(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    await rm(this.temporary, { force: true }).catch(() => undefined);
  }
}

/** Runs `body` with a file that becomes `path` when it resolves, and that is removed when it rejects. */
export async function writeAtomically(path: string, body: (file: OutputFile) => Promise<void>): Promise<void> {
  const file = await OutputFile.create(path);
  try {
    await body(file);
  } catch (error) {
    await file.abort();
    throw error;
  }
  await file.commit();
}
