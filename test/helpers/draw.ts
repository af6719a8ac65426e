/** Seeded draws for tests; the seed is a text, usually the test's name. */
export class Draw {
  private state: number;

  constructor(seed: string) {
    // FNV-1a over the text.
    let hash = 0x811c9dc5;
    for (const letter of seed) hash = Math.imul(hash ^ letter.codePointAt(0)!, 0x01000193);
    this.state = hash >>> 0;
  }

  /** Draws from a number instead of a text. */
  static from(state: number): Draw {
    const draw = new Draw('');
    draw.state = state >>> 0;
    return draw;
  }

  /** Uniform in [0, 1), a multiple of 2^-32 (Mulberry32). */
  unit(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let z = this.state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 4294967296;
  }

  /** An integer in from..to, both included. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.unit() * (to - from + 1));
  }

  reals(length: number, from = 0, to = 1): Float64Array {
    return Float64Array.from({ length }, () => from + (to - from) * this.unit());
  }

  integers(length: number, from: number, to: number): Float64Array {
    return Float64Array.from({ length }, () => this.integer(from, to));
  }

  /** A permutation of 0..n-1. */
  permutation(n: number): number[] {
    const list = Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(0, i);
      [list[i], list[j]] = [list[j]!, list[i]!];
    }
    return list;
  }
}
