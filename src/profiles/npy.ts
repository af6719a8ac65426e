import { InputError } from '../errors.js';
import type { NdArray, NumericArray } from '../types.js';

/** Longest header that is read; NumPy itself stops at 10,000 characters unless told otherwise. */
const MAX_HEADER = 1 << 20;
/** NumPy's own limit on the number of dimensions. */
const MAX_DIMENSIONS = 64;
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

interface Element {
  readonly bytes: number;
  /** Views `buffer`, which holds nothing but elements in the byte order of this machine. */
  readonly view: (buffer: ArrayBuffer) => NumericArray;
}

const ELEMENTS: Readonly<Record<string, Element>> = {
  b1: { bytes: 1, view: (buffer) => new Uint8Array(buffer).map((byte) => (byte === 0 ? 0 : 1)) },
  i1: { bytes: 1, view: (buffer) => new Int8Array(buffer) },
  u1: { bytes: 1, view: (buffer) => new Uint8Array(buffer) },
  i2: { bytes: 2, view: (buffer) => new Int16Array(buffer) },
  u2: { bytes: 2, view: (buffer) => new Uint16Array(buffer) },
  i4: { bytes: 4, view: (buffer) => new Int32Array(buffer) },
  u4: { bytes: 4, view: (buffer) => new Uint32Array(buffer) },
  i8: { bytes: 8, view: (buffer) => new BigInt64Array(buffer) },
  u8: { bytes: 8, view: (buffer) => new BigUint64Array(buffer) },
  f2: { bytes: 2, view: (buffer) => Float32Array.from(new Uint16Array(buffer), halfToNumber) },
  f4: { bytes: 4, view: (buffer) => new Float32Array(buffer) },
  f8: { bytes: 8, view: (buffer) => new Float64Array(buffer) },
};

/** What dtype kinds that are refused hold. */
const REFUSED: Readonly<Record<string, string>> = {
  S: 'byte strings',
  a: 'byte strings',
  U: 'strings',
  T: 'strings',
  O: 'Python objects',
  c: 'complex numbers',
  V: 'structured records',
  M: 'dates',
  m: 'durations',
  f: 'floats wider than 64 bits',
};

/** A parsed .npy header, checked against itself but not yet against the bytes that follow it. */
export interface NpyHeader {
  readonly shape: readonly number[];
  readonly fortran: boolean;
  readonly bigEndian: boolean;
  /** Key of the element type, e.g. `f8`. */
  readonly code: string;
  /** Bytes before the first element. */
  readonly offset: number;
  /** Bytes that the elements take. */
  readonly dataBytes: number;
}

/**
 * Parses the header of a .npy file (format 1, 2 or 3) from its first bytes.
 * Returns undefined when `bytes` ends before the header does. Throws InputError for anything that is not such a
 * header, for element types other than integers, booleans and floats, and for shapes that overflow.
 */
export function parseNpyHeader(bytes: Uint8Array): NpyHeader | undefined {
  for (let i = 0; i < Math.min(bytes.length, MAGIC.length); i++) {
    if (bytes[i] !== MAGIC[i]) throw new InputError('is not a .npy array: it does not begin with the NumPy magic');
  }
  if (bytes.length < 8) return undefined;
  const version = bytes[6]!;
  if (version < 1 || version > 3) throw new InputError(`has .npy format version ${version}, expected 1, 2 or 3`);
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER) throw new InputError(`has a .npy header of ${length} bytes, expected at most ${MAX_HEADER}`);
  if (bytes.length < start + length) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString(version === 3 ? 'utf8' : 'latin1');
  return { ...parseDictionary(text), offset: start + length };
}

function parseDictionary(text: string): Omit<NpyHeader, 'offset'> {
  if (!/^\s*\{[^]*\}\s*$/.test(text)) throw new InputError('has a damaged .npy header');
  if (/['"]descr['"]\s*:\s*\[/.test(text)) {
    throw new InputError('holds structured records, expected integers, booleans or floats');
  }
  const descr = /['"]descr['"]\s*:\s*['"]([^'"]*)['"]/.exec(text)?.[1];
  const fortran = /['"]fortran_order['"]\s*:\s*(True|False)\b/.exec(text)?.[1];
  const dimensions = /['"]shape['"]\s*:\s*\(([^()]*)\)/.exec(text)?.[1];
  if (descr === undefined || fortran === undefined || dimensions === undefined) {
    throw new InputError('has a .npy header without descr, fortran_order or shape');
  }
  const match = /^([<>|=]?)([a-zA-Z])(\d*)$/.exec(descr);
  const code = match ? `${match[2]!}${match[3]!}` : '';
  const element = Object.hasOwn(ELEMENTS, code) ? ELEMENTS[code]! : undefined;
  if (!match || !element) {
    const what = match && Object.hasOwn(REFUSED, match[2]!) ? REFUSED[match[2]!]! : 'an unknown element type';
    throw new InputError(`has dtype '${descr}' (${what}), expected integers, booleans or floats`);
  }
  const shape = parseShape(dimensions);
  let dataBytes = element.bytes;
  for (const size of shape) {
    dataBytes *= size;
    if (dataBytes > Number.MAX_SAFE_INTEGER) {
      throw new InputError(`claims the shape (${shape.join(', ')}), more elements than any file can hold`);
    }
  }
  return { shape, fortran: fortran === 'True', bigEndian: match[1] === '>', code, dataBytes };
}

function parseShape(text: string): number[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.at(-1) === '') parts.pop();
  if (parts.length > MAX_DIMENSIONS) throw new InputError(`claims ${parts.length} dimensions`);
  return parts.map((part) => {
    // Python 2 wrote long integers with a trailing L.
    const size = /^\d+L?$/.test(part) ? Number(part.replace('L', '')) : -1;
    if (!Number.isSafeInteger(size) || size < 0) throw new InputError(`claims the shape (${text}), which no array has`);
    return size;
  });
}

/**
 * The array whose header is `header` and whose elements, as the file holds them, are `data`. Takes `data` over: the
 * result may share its memory. Boolean arrays become Uint8Array (0 or 1), float16 Float32Array; Fortran order becomes C.
 */
export function npyArray(header: NpyHeader, data: ArrayBuffer): NdArray {
  const element = ELEMENTS[header.code]!;
  if (data.byteLength !== header.dataBytes) throw wrongLength(header, data.byteLength);
  if (header.bigEndian) swapBytes(data, element.bytes);
  const elements = element.view(data);
  const fortran = header.fortran && header.shape.length > 1 && elements.length > 0;
  return { shape: header.shape, data: fortran ? fromFortran(elements, header.shape) : elements };
}

/** The error for a header that promises another number of bytes than there are. */
export function wrongLength(header: NpyHeader, found: number): InputError {
  return new InputError(
    `claims the shape (${header.shape.join(', ')}), ${header.dataBytes} bytes, but holds ${found} bytes`,
  );
}

/** The .npy header (format 1) of `array`: what precedes the elements, a multiple of 64 bytes. */
export function npyHeaderBytes(array: NdArray): Uint8Array {
  const { shape, data } = array;
  if (shape.reduce((product, size) => product * size, 1) !== data.length) {
    throw new InputError(`has the shape (${shape.join(', ')}) but ${data.length} elements`);
  }
  const kind =
    data instanceof Float64Array || data instanceof Float32Array
      ? 'f'
      : data instanceof Uint8Array ||
          data instanceof Uint16Array ||
          data instanceof Uint32Array ||
          data instanceof BigUint64Array
        ? 'u'
        : 'i';
  const size = data.BYTES_PER_ELEMENT;
  const tuple = shape.length === 1 ? `(${shape[0]!},)` : `(${shape.join(', ')})`;
  const descr = `${size === 1 ? '|' : '<'}${kind}${size}`;
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const length = Math.ceil((10 + dictionary.length + 1) / 64) * 64;
  const bytes = Buffer.alloc(length, 0x20);
  bytes.set(MAGIC);
  bytes.set([1, 0], 6);
  bytes.writeUInt16LE(length - 10, 8);
  bytes.write(dictionary, 10, 'latin1');
  bytes[length - 1] = 0x0a;
  return bytes;
}

function swapBytes(data: ArrayBuffer, size: number): void {
  const bytes = Buffer.from(data);
  if (size === 2) bytes.swap16();
  else if (size === 4) bytes.swap32();
  else if (size === 8) bytes.swap64();
}

/** Copies elements in Fortran order (first index fastest) to C order (last index fastest). */
function fromFortran(elements: NumericArray, shape: readonly number[]): NumericArray {
  // Element types do not matter to a permutation; one static type spares a copy of this loop for each of them.
  const source = elements as Float64Array;
  const target = elements.slice() as Float64Array;
  const last = shape.length - 1;
  const strides = shape.map((_, d) => shape.slice(0, d).reduce((product, size) => product * size, 1));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < target.length; to++) {
    target[to] = source[from]!;
    let d = last;
    from += strides[d]!;
    while (d > 0 && ++index[d]! === shape[d]!) {
      from += strides[d - 1]! - strides[d]! * shape[d]!;
      index[d] = 0;
      d--;
    }
  }
  return target;
}

/** The number that a float16 with these 16 bits is. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
