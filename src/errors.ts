/** Base of every error that evenhand throws on purpose. */
export class EvenhandError extends Error {
  override name = 'EvenhandError';
}

/** Where in an input a bad number stands. */
export interface InputLocation {
  /** Array or column, e.g. `values`. */
  readonly array?: string;
  /** Index of the element in each dimension, e.g. `[3, 0, 2]`. */
  readonly index?: readonly number[];
  /** What stands there. */
  readonly found?: unknown;
  /** What should stand there, e.g. `a finite number >= 0`. */
  readonly expected?: string;
}

/**
 * Input that no mechanism can take: a wrong shape, dtype, key or number, a damaged file, an unknown option.
 * The message is one sentence; `location` has its parts. Nothing has been written when it is thrown.
 */
export class InputError extends EvenhandError {
  override name = 'InputError';
  readonly location: InputLocation;

  constructor(message: string, location: InputLocation = {}) {
    super(message);
    this.location = location;
  }
}

/** Formats `values[3,0,2] is -1, expected a finite number >= 0`. */
export function badElement(array: string, index: readonly number[], found: unknown, expected: string): InputError {
  const where = index.length > 0 ? `${array}[${index.join(',')}]` : array;
  return new InputError(`${where} is ${String(found)}, expected ${expected}`, { array, index, found, expected });
}

/** An optional package that a feature needs is not installed. The message says what to install. */
export class MissingPackageError extends EvenhandError {
  override name = 'MissingPackageError';
}

/** The engine was closed, or its workers could not be started. */
export class EngineError extends EvenhandError {
  override name = 'EngineError';
}

/** The known name nearest to `name` in edit distance, or undefined when none is near. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 2)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
