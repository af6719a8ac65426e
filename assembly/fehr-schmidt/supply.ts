// What a certificate does with each item: most that it can be worth, and the amounts of it that were handed out.
import { integer, real, setReal } from '../arrays';
import { sortFalling } from '../sort';
import { Profile } from './problem';

/** max { Σ c_i x_i : 0 <= x_i <= b, Σ x_i <= 1 } with c_i in worth f64[n]; lists i32[n] of work. */
// @ts-ignore: decorator
@inline export function mostWorth(n: i32, b: f64, worth: usize, list: usize, spare: usize): f64 {
  let best: f64 = 0;
  if (b >= 1) {
    for (let i: i32 = 0; i < n; ++i) best = max(best, real(worth, i));
    return best;
  }
  sortFalling(n, worth, list, spare);
  let left: f64 = 1;
  for (let k: i32 = 0; k < n && left > 0; ++k) {
    const c = real(worth, integer(list, k));
    if (!(c > 0)) break;
    best += c * min(b, left);
    left -= b;
  }
  return best;
}

/**
 * Takes back what rounding gave of item j beyond its supply, of q.allocation, and writes what a unit of it is worth to each agent; the larger of `worst` and the
 * largest violation there was.
 */
// @ts-ignore: decorator
@inline export function takeBack(q: Profile, j: i32, worth: usize, worst: f64): f64 {
  const n = q.n, m = q.m, b = real(q.upper, j), allocation = q.allocation;
  let sum: f64 = 0;
  for (let i: i32 = 0, e = j; i < n; ++i, e += m) {
    const amount = real(allocation, e);
    worst = max(worst, max(-amount, amount - b));
    sum += amount;
    setReal(worth, i, real(q.values, e));
  }
  if (sum > 1) for (let i: i32 = 0, e = j; i < n; ++i, e += m) setReal(allocation, e, real(allocation, e) / sum);
  return max(worst, sum - 1);
}
