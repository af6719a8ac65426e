// What may enter the basis: the variable whose entering gains most per unit, lowest index first, amounts before splits of groups.
import { integer, real, setReal } from '../arrays';
import { bits, mul, splat, sub } from '../lanes';
import { separate } from './penalty';
import { State } from './state';

/** Code of what enters: an entry or slack; NONE; SPLIT, described by s.found. */
export const NONE: i32 = -1;
export const SPLIT: i32 = -2;

/** The best of entries and slacks above `floor`, NONE if there is none; its gain in s.found.value. */
function priceAmounts(s: State, floor: f64): i32 {
  const m = s.m, prices = s.dual;
  let best = floor, code = NONE;
  let a = s.a, side = s.side, e: i32 = 0;
  for (let i: i32 = 0; i < s.n; ++i) {
    const y = -real(s.dual, m + i), ys = splat(y);
    let j: i32 = 0;
    for (; j + 1 < m; j += 2, e += 2, a += 16, side += 16) {
      const gain = mul(v128.load(side), sub(mul(ys, v128.load(a)), v128.load(prices + (<usize>j << 3))));
      if (!bits(f64x2.gt(gain, splat(best)))) continue;
      const one = f64x2.extract_lane(gain, 0), other = f64x2.extract_lane(gain, 1);
      const second = other > one;
      best = second ? other : one;
      code = second ? e + 1 : e;
    }
    if (j < m) {
      const gain = load<f64>(side) * (y * load<f64>(a) - real(prices, j));
      if (gain > best) {
        best = gain;
        code = e;
      }
      ++e;
      a += 8;
      side += 8;
    }
  }
  for (let j: i32 = 0; j < m; ++j) {
    const gain = -real(s.side, s.n * m + j) * real(prices, j);
    if (gain > best) {
      best = gain;
      code = s.n * m + j;
    }
  }
  s.found.value = best;
  return code;
}

/** −(y + 1 − c), where the duals hold −y. */
// @ts-ignore: decorator
@inline function shifted(s: State): usize {
  const y = s.dual + (<usize>s.m << 3);
  if (s.q.alike) return y;
  for (let i: i32 = 0; i < s.n; ++i) setReal(s.work, i, real(y, i) - (1 - real(s.q.weight, i)));
  return s.work;
}

/** The best split that gains more than s.found.value: true if there is one. */
function priceSplits(s: State): bool {
  const y = shifted(s);
  s.found.group = -1;
  let alpha: f64 = 0, beta: f64 = 0;
  for (let g: i32 = 0; g < s.groups; ++g) {
    const from = integer(s.start, g), to = integer(s.start, g + 1);
    if (to - from > 1) separate(s.q, s.seat, from, to, alpha, beta, y, -1, s.found, g);
    for (let p = from; p < to; ++p) {
      const i = integer(s.seat, p);
      alpha += real(s.q.alpha, i);
      beta += real(s.q.beta, i);
    }
  }
  return s.found.group >= 0;
}

/** What enters; its gain per unit is s.found.value. */
export function price(s: State, floor: f64): i32 {
  const code = priceAmounts(s, floor);
  return priceSplits(s) ? SPLIT : code;
}
