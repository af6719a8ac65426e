/** Every typed array whose elements are numbers. */
export type NumberArray =
  Float64Array | Float32Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

/** Typed arrays that an array file can hold. */
export type NumericArray = NumberArray | BigInt64Array | BigUint64Array;

/** A dense array in C (row-major) order. */
export interface NdArray {
  readonly shape: readonly number[];
  /** As many elements as the product of `shape`. */
  readonly data: NumericArray;
}

/** Named arrays, as a file holds them. */
export type NamedArrays = Readonly<Record<string, NdArray>>;

/** What arrays count that belong to agents and have sizes of their own; absent: none. */
export interface Extents {
  /** Constraint rows an agent has at most. */
  readonly rows?: number;
  /** Groups of items an agent has at most. */
  readonly groups?: number;
  /** Pieces of utility an agent has at most, beside the values themselves. */
  readonly pieces?: number;
}

/** What one dimension of an array counts. */
export type Axis = 'profile' | 'agent' | 'item';

/** Outcome of one profile (docs/numerics.md). */
export const Status = {
  /** Solved to the tolerance asked for. */
  solved: 0,
  /** Solved, to less accuracy than asked for; `residual` says how well. */
  reducedAccuracy: 1,
  /** The iteration limit came first. */
  iterationLimit: 2,
  infeasible: 3,
  unbounded: 4,
  /** The numbers broke down (a vanishing pivot, an overflow). */
  numericalError: 5,
  /** The profile holds a number that makes no sense, and `badProfiles: 'status'` was asked for. */
  badInput: 6,
  /** No derivative exists here; the least-norm value is returned. */
  noDerivative: 7,
} as const;

export type StatusCode = (typeof Status)[keyof typeof Status];

/** True for the statuses under which a profile's numbers are an answer: 0, 1 and 7. */
export function isAnswer(status: number): boolean {
  return status === Status.solved || status === Status.reducedAccuracy || status === Status.noDerivative;
}
