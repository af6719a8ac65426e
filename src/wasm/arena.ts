import type { WasmMemory } from './webassembly.js';

const PAGE = 65536;
/** Wide enough for a SIMD load of one past the end, and one cache line. */
const ALIGN = 64;

/**
 * Stack of memory above the kernels' static data. The only allocator there is: kernels get addresses and own nothing.
 *
 * Growth replaces the buffer, so take every address first and make views afterwards.
 */
export class Arena {
  private top: number;

  constructor(
    private readonly memory: WasmMemory,
    base: number,
  ) {
    this.top = alignUp(base);
  }

  /** Position to hand to `release` later. */
  mark(): number {
    return this.top;
  }

  /** Frees everything taken since `mark`. */
  release(mark: number): void {
    this.top = mark;
  }

  /** Address of `bytes` fresh bytes, 64-byte aligned, contents undefined. */
  take(bytes: number): number {
    const address = this.top;
    const end = alignUp(address + bytes);
    if (end > this.memory.buffer.byteLength) {
      const pages = Math.ceil((end - this.memory.buffer.byteLength) / PAGE);
      try {
        this.memory.grow(pages);
      } catch {
        throw new RangeError(`the kernels need ${end} bytes of memory at once, more than this machine gives them`);
      }
    }
    this.top = end;
    return address;
  }

  f64(address: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, length);
  }

  i32(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length);
  }

  i8(address: number, length: number): Int8Array {
    return new Int8Array(this.memory.buffer, address, length);
  }

  u8(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }

  u64(address: number, length: number): BigUint64Array {
    return new BigUint64Array(this.memory.buffer, address, length);
  }

  u16(address: number, length: number): Uint16Array {
    return new Uint16Array(this.memory.buffer, address, length);
  }
}

function alignUp(address: number): number {
  return Math.ceil(address / ALIGN) * ALIGN;
}
