import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect } from 'vitest';
import { InputError } from '../../src/errors.js';
import { npyArray, npyHeaderBytes, parseNpyHeader, wrongLength } from '../../src/profiles/npy.js';
import type { NamedArrays, NdArray, NumericArray } from '../../src/types.js';

/** Every property test draws the same cases each time. */
export const SEED = 20261;

/** A folder that is removed when the tests of the file are done. */
export function scratch(): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'evenhand-profiles-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (name) => join(folder, name);
}

export function nd(shape: readonly number[], data: NumericArray | readonly number[]): NdArray {
  return { shape, data: Array.isArray(data) ? Float64Array.from(data) : (data as NumericArray) };
}

/** The arrays as plain values, so that tests can compare them whatever the element type. */
export function plain(arrays: NamedArrays): Record<string, { shape: number[]; data: number[] }> {
  return Object.fromEntries(
    Object.entries(arrays).map(([name, { shape, data }]) => [
      name,
      { shape: [...shape], data: Array.from(data as ArrayLike<number>, Number) },
    ]),
  );
}

/** The InputError that `work` rejects with; fails when it resolves or rejects with anything else. */
export async function inputError(work: Promise<unknown>): Promise<InputError> {
  const outcome: unknown = await work.then(
    () => 'no error at all',
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(InputError);
  return outcome as InputError;
}

/** What reading a damaged file came to: the arrays, or the InputError; anything else fails the test. */
export async function readOrRefuse(work: Promise<NamedArrays>, about: string): Promise<NamedArrays | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw new Error(`${about}: ${String(error)}`, { cause: error });
  }
}

/** Numbers of a fixed sequence in [0, 1): what to damage, chosen the same way each time. */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Reads `bytes` once for each of `count` random changes of one to three bytes. Each must end in an InputError or in
 * arrays. Returns how many were refused.
 */
export async function readDamaged(
  bytes: Buffer,
  path: string,
  read: (path: string) => Promise<NamedArrays>,
  count: number,
): Promise<number> {
  const random = dice(SEED);
  let refused = 0;
  for (let n = 0; n < count; n++) {
    const copy = Buffer.from(bytes);
    const changes: string[] = [];
    for (let k = 0; k <= Math.floor(random() * 3); k++) {
      const at = Math.floor(random() * copy.length);
      // Half of the changes are single bits, half any byte at all: both small lies and large ones.
      copy[at] = random() < 0.5 ? copy[at]! ^ (1 << Math.floor(random() * 8)) : Math.floor(random() * 256);
      changes.push(`byte ${at} = ${copy[at]!}`);
    }
    writeFileSync(path, copy);
    if ((await readOrRefuse(read(path), changes.join(', '))) === undefined) refused++;
  }
  return refused;
}

/** Names in the folder of `path` that only an unfinished write can have left. */
export function leftovers(path: string): string[] {
  return readdirSync(join(path, '..')).filter((name) => name.endsWith('.tmp'));
}

export function bytesOf(path: string): Buffer {
  return readFileSync(path);
}

/** Any double at all, but NaN in one form only: files keep that it is NaN, not its bits. */
export const anyDouble = fc.double();

/** Arrays of profiles, agents and items as an input file may hold them. */
export const tableArrays: fc.Arbitrary<NamedArrays> = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))
  .chain(([b, n, m]) => {
    const doubles = (shape: number[]): fc.Arbitrary<NdArray> => {
      const length = shape.reduce((product, size) => product * size, 1);
      return fc.array(anyDouble, { minLength: length, maxLength: length }).map((data) => nd(shape, data));
    };
    const order = fc
      .array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { minLength: b * n, maxLength: b * n })
      .map((data) => nd([b, n], Int32Array.from(data)));
    return fc.record(
      {
        values: doubles([b, n, m]),
        budgets: doubles([b, m]),
        weights: doubles([b, n]),
        order,
        objective: doubles([b]),
      },
      { requiredKeys: ['values'] },
    ) as fc.Arbitrary<NamedArrays>;
  });

/** A whole .npy file as an array, in the steps in which .npz entries are read. */
export function decodeNpy(bytes: Uint8Array): NdArray {
  const header = parseNpyHeader(bytes);
  if (!header) throw new InputError('is not a .npy array: it ends before its header does');
  const found = bytes.length - header.offset;
  if (found !== header.dataBytes) throw wrongLength(header, found);
  return npyArray(header, Uint8Array.from(bytes.subarray(header.offset)).buffer);
}

/** An array as a whole .npy file. */
export function encodeNpy(array: NdArray): Uint8Array {
  const { data } = array;
  return Buffer.concat([npyHeaderBytes(array), new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
}
