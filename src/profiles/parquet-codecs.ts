import * as zlib from 'node:zlib';
import { InputError } from '../errors.js';

/** The most that a byte of each codec expands to. Zstandard and Brotli have no useful bound. */
const MAX_RATIO: Readonly<Record<string, number>> = { UNCOMPRESSED: 1, SNAPPY: 22, GZIP: 1032 };

/**
 * Expands a page to exactly `size` bytes. Throws InputError when the page cannot have that size, before allocating it,
 * when it does not expand to it, and for codecs that this Node does not have.
 */
export function decompress(codec: string, bytes: Uint8Array, size: number): Uint8Array {
  if (size > bytes.length * (MAX_RATIO[codec] ?? Infinity) + 64) throw damaged();
  let page: Uint8Array;
  try {
    page = expand(codec, bytes, size);
  } catch (error) {
    throw error instanceof InputError ? error : damaged();
  }
  if (page.length !== size) throw damaged();
  return page;
}

function expand(codec: string, bytes: Uint8Array, size: number): Uint8Array {
  const options = { maxOutputLength: Math.max(size, 1) };
  switch (codec) {
    case 'UNCOMPRESSED':
      return bytes;
    case 'SNAPPY':
      return unsnappy(bytes, size);
    case 'GZIP':
      return zlib.gunzipSync(bytes, options);
    case 'BROTLI':
      return zlib.brotliDecompressSync(bytes, options);
    case 'ZSTD': {
      const { zstdDecompressSync } = zlib as { zstdDecompressSync?: typeof zlib.gunzipSync };
      if (zstdDecompressSync) return zstdDecompressSync(bytes, options);
      throw new InputError('is compressed with ZSTD, which needs Node 22.15 or later; write it with SNAPPY');
    }
    default:
      throw new InputError(`is compressed with ${codec}, expected SNAPPY, GZIP, BROTLI, ZSTD or no compression`);
  }
}

/** Expands Snappy's block format: a length, then literals and copies of what has been written. */
function unsnappy(bytes: Uint8Array, size: number): Uint8Array {
  let at = 0;
  let claimed = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = bytes[at++];
    if (byte === undefined || at > 5) throw damaged();
    claimed += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
  }
  if (claimed !== size) throw damaged();
  const out = new Uint8Array(size);
  let done = 0;
  while (at < bytes.length) {
    const tag = bytes[at++]!;
    const kind = tag & 3;
    let length = (tag >> 2) + 1;
    if (kind === 0) {
      if (length > 60) {
        const width = length - 60;
        length = littleEndian(bytes, at, width) + 1;
        at += width;
      }
      if (at + length > bytes.length || done + length > size) throw damaged();
      if (length > 32) out.set(bytes.subarray(at, at + length), done);
      else for (let n = 0; n < length; n++) out[done + n] = bytes[at + n]!;
      at += length;
    } else {
      let back: number;
      if (kind === 1) {
        length = ((tag >> 2) & 7) + 4;
        back = (tag >> 5) * 256 + littleEndian(bytes, at, 1);
        at += 1;
      } else {
        const width = kind === 2 ? 2 : 4;
        back = littleEndian(bytes, at, width);
        at += width;
      }
      if (back === 0 || back > done || done + length > size) throw damaged();
      // Copies may overlap what they write, which repeats it.
      for (let n = 0; n < length; n++) out[done + n] = out[done + n - back]!;
    }
    done += length;
  }
  if (done !== size) throw damaged();
  return out;
}

function littleEndian(bytes: Uint8Array, at: number, width: number): number {
  if (at + width > bytes.length) throw damaged();
  let value = 0;
  for (let n = width - 1; n >= 0; n--) value = value * 256 + bytes[at + n]!;
  return value;
}

function damaged(): InputError {
  return new InputError('is damaged: a page does not expand to the size it claims');
}
