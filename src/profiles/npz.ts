import { once } from 'node:events';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { RandomAccessReader, fromRandomAccessReaderPromise } from 'yauzl';
import type { Entry, ZipFile as ZipReader } from 'yauzl';
import { ZipFile as ZipWriter } from 'yazl';
import { InputError } from '../errors.js';
import type { NamedArrays, NdArray } from '../types.js';
import { npyArray, npyHeaderBytes, parseNpyHeader, wrongLength } from './npy.js';
import type { NpyHeader } from './npy.js';
import { writeAtomically } from './output-file.js';

/** No deflate stream expands further than this; a claim beyond it is a lie. */
const MAX_DEFLATE_RATIO = 1032;
const CHUNK = 1 << 20;
/**
 * The moment that every entry bears, 1980-01-01 00:00. yazl takes the fields of a local time from a Date, which would
 * depend on the time zone; this has the fields themselves.
 */
const NO_TIME = {
  getFullYear: () => 1980,
  getMonth: () => 0,
  getDate: () => 1,
  getHours: () => 0,
  getMinutes: () => 0,
  getSeconds: () => 0,
  // Between the first and the last moment that zip can express, so that yazl does not replace it by either.
  valueOf: () => 1e12,
} as unknown as Date;
const STORED = 0;
const DEFLATED = 8;

/** Random access for yauzl that reports reads outside the file instead of throwing where nobody can catch. */
class HandleReader extends RandomAccessReader {
  constructor(
    private readonly handle: FileHandle,
    private readonly size: number,
  ) {
    super();
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    if (!Number.isSafeInteger(position) || position < 0 || position + length > this.size) {
      setImmediate(callback, new Error('the directory points outside the file'));
      return;
    }
    this.handle
      .read(buffer, offset, length, position)
      .then(({ bytesRead }) => callback(bytesRead < length ? new Error('the file ends too early') : null), callback);
  }

  override close(callback: (error: Error | null) => void): void {
    // The handle belongs to whoever opened it.
    setImmediate(callback, null);
  }
}

/**
 * Reads every array of an .npz file (zip, zip64; stored or deflated), keyed by entry name without `.npy`.
 * Throws InputError for a damaged archive, a wrong checksum, repeated or foreign entries, and for entries whose claimed
 * size cannot be true, before allocating what they claim; file system errors pass through.
 */
export async function readNpz(path: string): Promise<NamedArrays> {
  const handle = await open(path, 'r');
  let zip: ZipReader | undefined;
  try {
    const { size } = await handle.stat();
    zip = await fromRandomAccessReaderPromise(new HandleReader(handle, size), size, { autoClose: false });
    const opened = zip;
    opened.on('error', () => undefined);
    const entries = await listEntries(opened, size);
    const arrays: [string, NdArray][] = [];
    for (const [name, entry] of entries) {
      arrays.push([name, await named(name, readEntry(handle, opened, entry, size))]);
    }
    // fromEntries defines properties, so an entry called __proto__ is just a name.
    return Object.fromEntries(arrays);
  } finally {
    if (zip) {
      const closed = once(zip, 'close');
      zip.close();
      await closed;
    }
    await handle.close();
  }
}

/** Puts the array's name in front of the message of an InputError. */
async function named<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${name} ${error.message}`, { array: name });
    throw error;
  }
}

async function listEntries(zip: ZipReader, fileSize: number): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    if (!entry.fileName.endsWith('.npy')) {
      throw new InputError(`holds ${JSON.stringify(entry.fileName)}, expected only .npy arrays`);
    }
    const name = entry.fileName.slice(0, -'.npy'.length);
    if (entries.has(name)) throw new InputError(`holds the array ${name} twice`);
    if (entry.isEncrypted()) throw new InputError(`holds ${name} encrypted, expected plain entries`);
    if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
      throw new InputError(
        `holds ${name} with compression method ${entry.compressionMethod}, expected stored or deflated`,
      );
    }
    // Entries that share bytes are how archives that expand without end are made.
    total += entry.compressedSize;
    if (total > fileSize) throw new InputError(`claims entries of ${total} bytes in a file of ${fileSize}`);
    const most = entry.compressionMethod === STORED ? entry.compressedSize : possibleSize(entry.compressedSize);
    if (entry.uncompressedSize > most) {
      throw new InputError(
        `claims that ${name} expands from ${entry.compressedSize} to ${entry.uncompressedSize} bytes, which it cannot`,
      );
    }
    entries.set(name, entry);
  }
  return entries;
}

function possibleSize(compressed: number): number {
  return compressed * MAX_DEFLATE_RATIO + 1024;
}

async function readEntry(handle: FileHandle, zip: ZipReader, entry: Entry, fileSize: number): Promise<NdArray> {
  const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  if (fileDataStart + entry.compressedSize > fileSize) throw new InputError('lies outside the file');
  const raw = fileChunks(handle, fileDataStart, entry.compressedSize);
  const entryReader = new EntryReader(entry);
  if (entry.compressionMethod === STORED) {
    for await (const chunk of raw) entryReader.add(chunk);
  } else {
    await pipeline(
      Readable.from(raw, { objectMode: false }),
      createInflateRaw({ chunkSize: CHUNK }),
      async (source) => {
        for await (const chunk of source) entryReader.add(chunk as Uint8Array);
      },
    );
  }
  return entryReader.finish();
}

/** The bytes [start, start + length) of a file, piece by piece. */
async function* fileChunks(handle: FileHandle, start: number, length: number): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < length;) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK, length - done));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, start + done);
    if (bytesRead === 0) throw new InputError('ends too early');
    yield chunk.subarray(0, bytesRead);
    done += bytesRead;
  }
}

/** Collects the bytes of one .npy entry: its header first, then its elements straight into their final place. */
class EntryReader {
  private head: Uint8Array = new Uint8Array(0);
  private header: NpyHeader | undefined;
  private data: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  private filled = 0;
  private seen = 0;
  private checksum = 0;

  constructor(private readonly entry: Entry) {}

  add(chunk: Uint8Array): void {
    this.seen += chunk.length;
    if (this.seen > this.entry.uncompressedSize) throw new InputError('expands to more bytes than its entry claims');
    this.checksum = crc32(chunk, this.checksum);
    if (this.header) {
      this.fill(chunk);
      return;
    }
    this.head = Buffer.concat([this.head, chunk]);
    this.header = parseNpyHeader(this.head);
    if (!this.header) return;
    const available = this.entry.uncompressedSize - this.header.offset;
    if (available !== this.header.dataBytes) throw wrongLength(this.header, available);
    this.data = new Uint8Array(this.header.dataBytes);
    this.fill(this.head.subarray(this.header.offset));
  }

  private fill(bytes: Uint8Array): void {
    this.data.set(bytes, this.filled);
    this.filled += bytes.length;
  }

  finish(): NdArray {
    if (this.seen !== this.entry.uncompressedSize) throw new InputError('expands to fewer bytes than its entry claims');
    if (this.checksum !== this.entry.crc32) throw new InputError('is damaged: its checksum does not match');
    if (!this.header) throw new InputError('is not a .npy array: it ends before its header does');
    return npyArray(this.header, this.data.buffer);
  }
}

export interface NpzOptions {
  /** Deflate the entries; off by default. */
  readonly compress?: boolean;
}

/**
 * Writes `arrays` as an .npz file that NumPy reads, in the order of the keys. The bytes depend on nothing but names,
 * shapes and data. Replaces `path` in one step, or leaves it alone when writing fails.
 */
export async function writeNpz(path: string, arrays: NamedArrays, options: NpzOptions = {}): Promise<void> {
  await writeAtomically(path, async (file) => {
    const zip = new ZipWriter();
    const output = zip.outputStream as Readable;
    zip.on('error', (error: Error) => output.destroy(error));
    for (const [name, array] of Object.entries(arrays)) addEntry(zip, name, array, options.compress ?? false);
    zip.end();
    for await (const chunk of output) await file.write(chunk as Uint8Array);
  });
}

function addEntry(zip: ZipWriter, name: string, array: NdArray, compress: boolean): void {
  let header: Uint8Array;
  try {
    header = npyHeaderBytes(array);
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${name} ${error.message}`, { array: name }) : error;
  }
  const options = {
    size: header.length + array.data.byteLength,
    compress,
    mode: 0o100644,
    mtime: NO_TIME,
    forceDosTimestamp: true,
  };
  zip.addReadStreamLazy(`${name}.npy`, options, (callback) => {
    callback(null, Readable.from(npyChunks(header, array), { objectMode: false }));
  });
}

function* npyChunks(header: Uint8Array, { data }: NdArray): Generator<Uint8Array> {
  yield header;
  for (let start = 0; start < data.byteLength; start += CHUNK) {
    yield Buffer.from(data.buffer, data.byteOffset + start, Math.min(CHUNK, data.byteLength - start));
  }
}
