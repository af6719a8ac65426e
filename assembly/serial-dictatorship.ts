// Serial dictatorship over bundles: in turn, each agent takes the first bundle of its list that still fits.
//
//     agent i takes the first row r of its list with   units_rg <= remaining_g for every good g;   remaining -= units_r
//
// start       i32[n+1]    in, agent i's list is the rows start[i] .. start[i+1]−1, most preferred first; may be empty
// masks       u64[T·W]    in, W = ceil(G/64) words a row; bit g mod 64 of word g/64: one place of good g
// units       u16[T·G]    in (instead of masks), places of each good
// order       i32[n]      in, agents, first mover first; address 0: 0..n−1
// assignment  i64[n]      out, index into the agent's own list, -1 nothing
// remaining   i32[G]      in: places of each good; out: places left
// open        u64[W]      scratch for masks: bit g is set while good g has a place
//
// A mask fits iff no bit of it is outside `open`, so a bundle costs W operations whatever its size, and goods are counted
// only when a bundle is taken. A bit at or above G never fits. Cost sum over rows looked at of W (masks) or G (units), plus the
// sizes of the bundles taken. Cannot fail; rows and agents are the caller's to check.
// Strategy-proof and Pareto-efficient for every order. Abdulkadiroglu, Sonmez, Random Serial Dictatorship and the Core from
// Random Endowments in House Allocation Problems, 1998 (one house each); Budish, Cantillon, The Multi-unit Assignment Problem:
// Theory and Evidence from Course Allocation at Harvard, 2012 (bundles).
import { keyed, streamKey, unit } from './random';

export function serialDictatorshipMasks(
  agents: i32, goods: i32, start: usize, masks: usize, order: usize, assignment: usize, remaining: usize, open: usize,
): void {
  const words = (goods + 63) >> 6;
  for (let w: i32 = 0; w < words; ++w) store<u64>(open + (<usize>w << 3), 0);
  for (let g: i32 = 0; g < goods; ++g) {
    if (load<i32>(remaining + (<usize>g << 2)) > 0) {
      const at = open + (<usize>(g >> 6) << 3);
      store<u64>(at, load<u64>(at) | (<u64>1 << (<u64>g & 63)));
    }
  }
  if (words == 1) oneWord(agents, start, masks, order, assignment, remaining, load<u64>(open));
  else manyWords(agents, words, start, masks, order, assignment, remaining, open);
}

function oneWord(
  agents: i32, start: usize, masks: usize, order: usize, assignment: usize, remaining: usize, openAtFirst: u64,
): void {
  let open = openAtFirst;
  for (let t: i32 = 0; t < agents; ++t) {
    const i = order == 0 ? t : load<i32>(order + (<usize>t << 2));
    const first = load<i32>(start + (<usize>i << 2));
    const end = load<i32>(start + (<usize>i << 2), 4);
    const closed = ~open;
    let chosen: i64 = -1;
    for (let r = first; r < end; ++r) {
      const mask = load<u64>(masks + (<usize>r << 3));
      if (mask & closed) continue;
      chosen = r - first;
      open &= ~take(mask, remaining);
      break;
    }
    store<i64>(assignment + (<usize>i << 3), chosen);
  }
}

function manyWords(
  agents: i32, words: i32, start: usize, masks: usize, order: usize, assignment: usize, remaining: usize, open: usize,
): void {
  const width = <usize>words << 3;
  for (let t: i32 = 0; t < agents; ++t) {
    const i = order == 0 ? t : load<i32>(order + (<usize>t << 2));
    const first = load<i32>(start + (<usize>i << 2));
    const end = load<i32>(start + (<usize>i << 2), 4);
    let chosen: i64 = -1;
    for (let r = first; r < end; ++r) {
      const row = masks + <usize>r * width;
      let missing: u64 = 0;
      for (let o: usize = 0; o < width; o += 8) missing |= load<u64>(row + o) & ~load<u64>(open + o);
      if (missing) continue;
      chosen = r - first;
      for (let o: usize = 0; o < width; o += 8) {
        const spent = take(load<u64>(row + o), remaining + (o << 5));
        store<u64>(open + o, load<u64>(open + o) & ~spent);
      }
      break;
    }
    store<i64>(assignment + (<usize>i << 3), chosen);
  }
}

/** Takes one place of each good of the mask; returns the goods that have none left. */
function take(mask: u64, remaining: usize): u64 {
  let spent: u64 = 0;
  for (let bits = mask; bits; bits &= bits - 1) {
    const at = remaining + (<usize>ctz(bits) << 2);
    const left = load<i32>(at) - 1;
    store<i32>(at, left);
    if (left == 0) spent |= bits & (0 - bits);
  }
  return spent;
}

export function serialDictatorshipUnits(
  agents: i32, goods: i32, start: usize, units: usize, order: usize, assignment: usize, remaining: usize,
): void {
  for (let t: i32 = 0; t < agents; ++t) {
    const i = order == 0 ? t : load<i32>(order + (<usize>t << 2));
    const first = load<i32>(start + (<usize>i << 2));
    const end = load<i32>(start + (<usize>i << 2), 4);
    let chosen: i64 = -1;
    for (let r = first; r < end; ++r) {
      const row = units + ((<usize>r * <usize>goods) << 1);
      let g: i32 = 0;
      while (g < goods && <i32>load<u16>(row + (<usize>g << 1)) <= max(load<i32>(remaining + (<usize>g << 2)), 0)) ++g;
      if (g < goods) continue;
      chosen = r - first;
      for (g = 0; g < goods; ++g) {
        const at = remaining + (<usize>g << 2);
        store<i32>(at, load<i32>(at) - <i32>load<u16>(row + (<usize>g << 1)));
      }
      break;
    }
    store<i64>(assignment + (<usize>i << 3), chosen);
  }
}

/**
 * order = a uniformly random permutation of 0..n−1, the same for the same seed and stream (Durstenfeld, Algorithm 235,
 * 1964: from the back, number k of the stream placing position n−1−k). Bias below n / 2^53.
 */
export function randomOrder(agents: i32, seed: u64, stream: u64, order: usize): void {
  const key = streamKey(seed, stream);
  for (let i: i32 = 0; i < agents; ++i) store<i32>(order + (<usize>i << 2), i);
  for (let i = agents - 1; i > 0; --i) {
    const j = <i32>(unit(keyed(key, <u64>(agents - 1 - i))) * <f64>(i + 1));
    const a = order + (<usize>i << 2);
    const b = order + (<usize>j << 2);
    const swap = load<i32>(a);
    store<i32>(a, load<i32>(b));
    store<i32>(b, swap);
  }
}
