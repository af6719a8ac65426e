// Expected demand once more, from the lists as they were given, agent by agent: nothing is merged, every cost is added up afresh, and for every bundle that an
// agent would buy the middle of its budgets is tried on the whole list.
//
//     F(b)  share of budgets below b:  piecewise linear, 0 at edges[0], 1 at edges[K]
//     q_l = F(min(1, M_l)) - F(c_l) where c_l < M_l (M_l the cheapest bundle listed before l), else 0;   demand_g = Σ_i n_i Σ_l q_l units_lg
//
// start  i32[n+1], masks u64[T·W] or units u16[T·G], multiplicity i32[n] (0: one each), prices f64[G]
// edges  f64[K+1] rising, mass f64[K] adding up to 1
// demand f64[G]  out
// costs  f64[longest list] scratch
// returns -1, or the first agent whose bundle is not the favourite at the middle of its budgets
//
// Cost: k additions and one comparison an entry, and one more scan for each bundle bought.
import { integer, real, setReal } from '../arrays';

/** F(b) */
function share(b: f64, edges: usize, mass: usize, pieces: i32): f64 {
  let sum: f64 = 0;
  for (let k: i32 = 0; k < pieces; ++k) {
    const low = real(edges, k), high = real(edges, k + 1);
    if (b >= high) { sum += real(mass, k); continue; }
    if (b > low) sum += real(mass, k) * ((b - low) / (high - low));
    break;
  }
  return sum;
}

export function expectedDemand(
  agents: i32, goods: i32, start: usize, masks: usize, units: usize, multiplicity: usize, prices: usize, edges: usize, mass: usize, pieces: i32,
  demand: usize, costs: usize,
): i32 {
  const words = (goods + 63) >> 6;
  const lo = real(edges, 0), hi = real(edges, pieces);
  let wrong: i32 = -1;
  memory.fill(demand, 0, <usize>goods << 3);
  for (let i: i32 = 0; i < agents; ++i) {
    const first = integer(start, i), length = integer(start, i + 1) - first;
    const n: f64 = multiplicity ? <f64>integer(multiplicity, i) : 1;
    for (let l: i32 = 0; l < length; ++l) {
      setReal(costs, l, masks ? costOfMask(masks, words, first + l, prices) : costOfUnits(units, goods, first + l, prices));
    }
    let cheapest = hi;
    for (let l: i32 = 0; l < length && cheapest > lo; ++l) {
      const c = real(costs, l);
      if (c >= cheapest) continue;
      const low = max(c, lo);
      const q = share(cheapest, edges, mass, pieces) - share(low, edges, mass, pieces);
      if (q > 0) {
        const middle = 0.5 * (low + cheapest);
        if (middle > low && middle < cheapest && favourite(costs, length, middle) != l && wrong < 0) wrong = i;
        const row = first + l;
        if (masks) addMask(masks, words, row, n * q, demand);
        else for (let g: i32 = 0; g < goods; ++g) setReal(demand, g, real(demand, g) + n * q * <f64>unitsAt(units, goods, row, g));
      }
      cheapest = c;
    }
  }
  return wrong;
}

// @ts-ignore: decorator
@inline function unitsAt(units: usize, goods: i32, row: i32, g: i32): i32 {
  return <i32>load<u16>(units + ((<usize>row * <usize>goods + <usize>g) << 1));
}

function costOfUnits(units: usize, goods: i32, row: i32, prices: usize): f64 {
  let sum: f64 = 0;
  for (let g: i32 = 0; g < goods; ++g) {
    const n = unitsAt(units, goods, row, g);
    if (n) sum += <f64>n * real(prices, g);
  }
  return sum;
}

function costOfMask(masks: usize, words: i32, row: i32, prices: usize): f64 {
  let sum: f64 = 0;
  for (let w: i32 = 0; w < words; ++w) {
    for (let bits = load<u64>(masks + ((<usize>row * <usize>words + <usize>w) << 3)); bits; bits &= bits - 1) {
      sum += real(prices, (w << 6) + <i32>ctz(bits));
    }
  }
  return sum;
}

function addMask(masks: usize, words: i32, row: i32, x: f64, demand: usize): void {
  for (let w: i32 = 0; w < words; ++w) {
    for (let bits = load<u64>(masks + ((<usize>row * <usize>words + <usize>w) << 3)); bits; bits &= bits - 1) {
      const g = (w << 6) + <i32>ctz(bits);
      setReal(demand, g, real(demand, g) + x);
    }
  }
}

function favourite(costs: usize, length: i32, budget: f64): i32 {
  let l: i32 = 0;
  while (l < length && real(costs, l) > budget) ++l;
  return l;
}
