import { crc32, deflateRawSync } from 'node:zlib';

/** An entry of an archive that need not tell the truth. */
export interface ZipEntry {
  readonly name: string;
  readonly data: Uint8Array;
  readonly deflate?: boolean;
  /** Claims in the directory, where they differ from what is so. */
  readonly size?: number;
  readonly compressedSize?: number;
  readonly checksum?: number;
  readonly method?: number;
  readonly flags?: number;
  readonly headerOffset?: number;
}

/** A zip archive with these entries, sizes above 4 GiB in zip64 fields. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const body = entry.deflate ? deflateRawSync(entry.data) : Buffer.from(entry.data);
    const name = Buffer.from(entry.name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    parts.push(local, name, body);
    directory.push(central(entry, name, body.length, offset));
    offset += 30 + name.length + body.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, listing, end]);
}

function central(entry: ZipEntry, name: Buffer, stored: number, offset: number): Buffer {
  const size = entry.size ?? entry.data.length;
  const compressed = entry.compressedSize ?? stored;
  const wide = Math.max(size, compressed, entry.headerOffset ?? 0) > 0xfffffffe;
  const extra = Buffer.alloc(wide ? 28 : 0);
  if (wide) {
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(24, 2);
    extra.writeBigUInt64LE(BigInt(size), 4);
    extra.writeBigUInt64LE(BigInt(compressed), 12);
    extra.writeBigUInt64LE(BigInt(entry.headerOffset ?? offset), 20);
  }
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(entry.flags ?? 0, 8);
  header.writeUInt16LE(entry.method ?? (entry.deflate ? 8 : 0), 10);
  header.writeUInt32LE(entry.checksum ?? crc32(entry.data), 16);
  header.writeUInt32LE(wide ? 0xffffffff : compressed, 20);
  header.writeUInt32LE(wide ? 0xffffffff : size, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE(wide ? 0xffffffff : (entry.headerOffset ?? offset), 42);
  return Buffer.concat([header, name, extra]);
}
