/** Seeded draws that are cheap to make: the same numbers everywhere for the same keys. */
export class Stream {
  private state: number;

  /** Keys are integers; each of them may be as large as a seed (2^53 − 1). */
  constructor(...keys: readonly number[]) {
    let hash = 0x9e3779b9;
    for (const key of keys) {
      for (const word of [key >>> 0, Math.floor(key / 2 ** 32) >>> 0]) {
        hash = Math.imul(hash ^ word, 0x85ebca6b);
        hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
        hash ^= hash >>> 16;
      }
    }
    this.state = hash >>> 0;
  }

  /** Uniform in [0, 1), a multiple of 2^-32 (Mulberry32). */
  unit(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let z = this.state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 4294967296;
  }

  /** Mean 0, variance 1, nearly normal: a sum of four uniform numbers, which needs no function whose last bit depends on the machine. */
  normal(): number {
    return (this.unit() + this.unit() + this.unit() + this.unit() - 2) * 1.7320508075688772;
  }

  /** The first `count` of a random permutation of 0 … n − 1. */
  choose(n: number, count: number): Int32Array {
    const list = Int32Array.from({ length: n }, (_, k) => k);
    for (let k = 0; k < count; k++) {
      const j = k + Math.floor(this.unit() * (n - k));
      [list[k], list[j]] = [list[j]!, list[k]!];
    }
    return list.slice(0, count);
  }
}
