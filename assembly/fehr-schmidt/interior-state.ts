// Working memory of the interior point for the Fehr-Schmidt programme (interior.ts), and its first point.
import { real, setReal } from '../arrays';
import { powerAbove } from '../power';
import { Profile } from './problem';

const NARROW: f64 = 1e-13; // least width of the range of a pair's dual

@unmanaged
export class Interior {
  q: Profile;
  n: i32;
  m: i32;
  pairs: i32; // n (n−1)/2, (0,1), (0,2), …, (1,2), …
  // f64[n·m]: scaled values, amounts, duals of both bounds, steps of the three; θ and h of newton.ts
  a: usize;
  x: usize;
  z: usize;
  zu: usize;
  dx: usize;
  dz: usize;
  dzu: usize;
  theta: usize;
  h: usize;
  // f64[m]: slack and price of the item, their steps; Σ θ + s/π, and what stands on the right of it
  s: usize;
  pi: usize;
  ds: usize;
  dpi: usize;
  sum: usize;
  right: usize;
  // f64[n]: utilities, y, their steps; work
  u: usize;
  y: usize;
  du: usize;
  dy: usize;
  g: usize;
  r: usize;
  before: usize;
  // f64[pairs]: P, Q, w, differences both ways, their steps; 1/D and flows along differences
  p: usize;
  o: usize;
  w: usize;
  up: usize;
  down: usize;
  dw: usize;
  dup: usize;
  ddown: usize;
  rate: usize;
  flow: usize;
  // the best point so far
  bestX: usize;
  bestW: usize;
  curvature: usize; // f64[n·n], H
  inverse: usize; // f64[(n−1)²], C⁻¹
  matrix: usize; // f64x2[(n−1)²]
  vector: usize; // f64x2[n]
  order: usize; // i32[n], agents by falling utility
}

const HEAD: usize = (offsetof<Interior>() + 15) & ~15;

export function interiorBytes(n: i32, m: i32): usize {
  const pairs = (n * (n - 1)) / 2;
  return HEAD + (<usize>(10 * n * m + 6 * m + 8 * n + 11 * pairs + 4 * n * n + 2 * n + 2) << 3);
}

/** Lays the state out from `address` on, 16-byte aligned. */
export function layInterior(address: usize, q: Profile): Interior {
  const t = changetype<Interior>(address);
  const n = q.n, m = q.m, entry = <usize>(n * m) << 3, item = <usize>m << 3, agent = <usize>n << 3;
  t.q = q;
  t.n = n;
  t.m = m;
  t.pairs = (n * (n - 1)) / 2;
  const pair = <usize>t.pairs << 3;
  t.matrix = address + HEAD;
  t.vector = t.matrix + 2 * agent * <usize>n;
  t.curvature = t.vector + 2 * agent;
  t.inverse = t.curvature + agent * <usize>n;
  t.a = t.inverse + agent * <usize>n;
  t.x = t.a + entry;
  t.z = t.x + entry;
  t.zu = t.z + entry;
  t.dx = t.zu + entry;
  t.dz = t.dx + entry;
  t.dzu = t.dz + entry;
  t.theta = t.dzu + entry;
  t.h = t.theta + entry;
  t.s = t.h + entry;
  t.pi = t.s + item;
  t.ds = t.pi + item;
  t.dpi = t.ds + item;
  t.sum = t.dpi + item;
  t.right = t.sum + item;
  t.u = t.right + item;
  t.y = t.u + agent;
  t.du = t.y + agent;
  t.dy = t.du + agent;
  t.g = t.dy + agent;
  t.r = t.g + agent;
  t.before = t.r + agent;
  t.p = t.before + agent;
  t.o = t.p + pair;
  t.w = t.o + pair;
  t.up = t.w + pair;
  t.down = t.up + pair;
  t.dw = t.down + pair;
  t.dup = t.dw + pair;
  t.ddown = t.dup + pair;
  t.rate = t.ddown + pair;
  t.flow = t.rate + pair;
  t.bestX = t.flow + pair;
  t.bestW = t.bestX + entry;
  t.order = t.bestW + pair;
  return t;
}

/** y = c − Bᵀw of the pairs' duals, into `to`. */
export function pricesOf(t: Interior, to: usize): void {
  for (let i: i32 = 0; i < t.n; ++i) setReal(to, i, real(t.q.weight, i));
  for (let i: i32 = 0, e: i32 = 0; i < t.n; ++i) {
    let own = real(to, i);
    for (let k = i + 1; k < t.n; ++k, ++e) {
      const w = real(t.w, e);
      own -= w;
      setReal(to, k, real(to, k) + w);
    }
    setReal(to, i, own);
  }
}

export function utilitiesOf(t: Interior): void {
  for (let i: i32 = 0, e: i32 = 0; i < t.n; ++i) {
    let u: f64 = 0;
    for (let j: i32 = 0; j < t.m; ++j, ++e) u += real(t.a, e) * real(t.x, e);
    setReal(t.u, i, u);
  }
}

/** True where the bound on what one agent gets of item j is not implied by its supply. An item of which nobody may get anything is worth 0 here. */
// @ts-ignore: decorator
@inline export function bounded(t: Interior, j: i32): bool { return real(t.q.upper, j) > 0 && real(t.q.upper, j) < 1; }

/** A point strictly inside on both sides. */
export function begin(t: Interior): void {
  const n = t.n, m = t.m, q = t.q;
  let largest: f64 = 0;
  for (let e: i32 = 0; e < n * m; ++e) if (real(q.upper, e % m) > 0) largest = max(largest, real(q.values, e));
  const power = powerAbove(largest);
  for (let e: i32 = 0, j: i32 = 0; e < n * m; ++e) {
    const most = real(q.upper, j);
    setReal(t.a, e, most > 0 ? real(q.values, e) / power : 0);
    setReal(t.x, e, 0.9 * min(most > 0 ? most : 1, 1 / <f64>n));
    if (++j == m) j = 0;
  }
  for (let i: i32 = 0, e: i32 = 0; i < n; ++i) {
    for (let k = i + 1; k < n; ++k, ++e) {
      const p = real(q.beta, i) + real(q.alpha, k) + NARROW, o = real(q.beta, k) + real(q.alpha, i) + NARROW;
      setReal(t.p, e, p);
      setReal(t.o, e, o);
      setReal(t.w, e, (p - o) / 2);
    }
  }
  utilitiesOf(t);
  pricesOf(t, t.y);
  let mean: f64 = 0;
  for (let i: i32 = 0; i < n; ++i) mean += real(t.u, i) / <f64>n;
  const apart = 0.3 * mean;
  for (let i: i32 = 0, e: i32 = 0; i < n; ++i) {
    for (let k = i + 1; k < n; ++k, ++e) {
      const d = real(t.u, i) - real(t.u, k);
      setReal(t.up, e, max(d, 0) + apart);
      setReal(t.down, e, max(-d, 0) + apart);
    }
  }
  for (let j: i32 = 0; j < m; ++j) {
    let price: f64 = 0, used: f64 = 0;
    for (let i: i32 = 0, e = j; i < n; ++i, e += m) {
      price = max(price, real(t.y, i) * real(t.a, e));
      used += real(t.x, e);
    }
    price += 0.5;
    setReal(t.s, j, 1 - used);
    setReal(t.pi, j, price);
    const above: f64 = bounded(t, j) ? 0.5 : 0;
    for (let i: i32 = 0, e = j; i < n; ++i, e += m) {
      setReal(t.zu, e, above);
      setReal(t.z, e, price - real(t.y, i) * real(t.a, e) + above);
    }
  }
}
