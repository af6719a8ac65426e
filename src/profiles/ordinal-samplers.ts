import { InputError, nearest } from '../errors.js';
import { Stream } from '../random.js';
import type { OrdinalBatch } from './ordinal.js';

interface MarketSpec {
  readonly about: string;
  /** Largest bundle unless given. */
  readonly size: (goods: number) => number;
  readonly bundles: (goods: number, size: number) => number[][];
  /** A fresh agent's value of a bundle; `draw` draws what is the agent's own, `common` what all agents share. */
  readonly values: (draw: Stream, common: Stream, goods: number) => (bundle: readonly number[]) => number;
}

/** Random markets over bundles, by name. */
export const MARKETS: Readonly<Record<string, MarketSpec>> = {
  additive: {
    about: 'a bundle is worth the sum of its goods, each U(0,1) to each agent',
    size: (goods) => (goods <= 10 ? 3 : 5),
    bundles: smallSets,
    values: (draw, _, goods) => {
      const own = Float64Array.from({ length: goods }, () => draw.unit());
      return (bundle) => bundle.reduce((sum, g) => sum + own[g]!, 0);
    },
  },
  'common-value': {
    about: 'goods have a common value U(0,1), to which agents add noise of 0.15 a good and 0.05 a bundle',
    size: (goods) => (goods <= 10 ? 3 : 5),
    bundles: smallSets,
    values: (draw, common, goods) => {
      const own = Float64Array.from({ length: goods }, () => common.unit() + 0.15 * draw.normal());
      return (bundle) => bundle.reduce((sum, g) => sum + own[g]!, 0.05 * draw.normal());
    },
  },
  'slot-pairs': {
    about:
      'a take-off slot with a landing slot 0 to 4 slots later, or two such flights; agents like their own hour and short flights',
    size: () => 4,
    bundles: flights,
    values: (draw, _, goods) => {
      const half = Math.floor(goods / 2);
      const hour = draw.unit() * half;
      return (bundle) => {
        let value = bundle.length === 4 ? 2 : 0;
        for (let k = 0; k < bundle.length; k += 2) {
          const gap = bundle[k + 1]! - half - bundle[k]!;
          value -= Math.abs(bundle[k]! - hour) / half + 0.1 * gap;
        }
        return value + 0.1 * draw.normal();
      };
    },
  },
};

export interface MarketSampleOptions {
  readonly agents: number;
  readonly goods: number;
  /** Different lists; agents draw one each. Default: every agent has a list of its own. */
  readonly types?: number;
  /** Places over what agents would take if all were free, on average; each good's is within 20 %. Default 0.4. */
  readonly supply?: number;
  /** Most goods in a bundle; default: 3 up to ten goods, else 5; slot-pairs 4. */
  readonly size?: number;
  /** Integer from 0 to 2^53 − 1; default 0. */
  readonly seed?: number;
}

/** Most bundles that a market has, and that one agent lists beside single goods (or single flights). */
const MOST_BUNDLES = 2000;
const MOST_LISTED = 200;

/** Draws a market: agents' lists of bundles, best first, and capacities. `name` is a key of MARKETS. */
export function sampleMarket(name: string, options: MarketSampleOptions): OrdinalBatch {
  const spec = Object.hasOwn(MARKETS, name) ? MARKETS[name] : undefined;
  if (!spec) {
    const near = nearest(name, Object.keys(MARKETS));
    throw new InputError(
      `unknown market ${name}, ${near ? `did you mean ${near}?` : `known: ${Object.keys(MARKETS).join(', ')}`}`,
    );
  }
  const { agents, goods, supply = 0.4, seed = 0, types = agents } = options;
  for (const [what, value] of Object.entries({ agents, goods, types })) {
    if (!(Number.isInteger(value) && value >= 1 && value <= 1e7))
      throw new InputError(`${what} is ${value}, expected an integer from 1 to 10000000`);
  }
  if (!(supply > 0 && supply <= 1e6)) throw new InputError(`supply is ${supply}, expected a number above 0`);
  const key = Object.keys(MARKETS).indexOf(name);
  const draw = new Stream(seed, key, agents, goods, types);
  const universe = spec.bundles(goods, options.size ?? spec.size(goods));
  const common = Array.from({ length: goods }, () => draw.unit());
  const shared = () => {
    let next = 0;
    return { unit: () => common[next++]! } as Stream;
  };
  const lists = Array.from({ length: types }, () => listOf(universe, draw, spec.values(draw, shared(), goods)));
  const chosen = Array.from({ length: agents }, (_, i) =>
    types === agents ? lists[i]! : lists[Math.floor(draw.unit() * types)]!,
  );
  const taken = chosen.reduce((sum, list) => sum + universe[list[0]!]!.length, 0);
  const capacities = Int32Array.from({ length: goods }, () =>
    Math.max(1, Math.round(((supply * taken) / goods) * (0.8 + 0.4 * draw.unit()))),
  );
  return { capacities, ...encode(chosen, universe, goods) };
}

function encode(lists: readonly Int32Array[], universe: readonly (readonly number[])[], goods: number) {
  const words = Math.ceil(goods / 64);
  const masks = universe.map((bundle) => {
    const mask = new BigUint64Array(words);
    for (const g of bundle) mask[g >> 6]! |= 1n << BigInt(g & 63);
    return mask;
  });
  const bundleStart = new Int32Array(lists.length + 1);
  lists.forEach((list, i) => (bundleStart[i + 1] = bundleStart[i]! + list.length));
  const bundleMask = new BigUint64Array(bundleStart[lists.length]! * words);
  let at = 0;
  for (const list of lists) for (const b of list) bundleMask.set(masks[b]!, words * at++);
  return { bundleStart, bundleMask };
}

/** An agent's list: all bundles, or where there are many its own random choice and the smallest ones, best first. */
function listOf(
  universe: readonly (readonly number[])[],
  draw: Stream,
  value: (bundle: readonly number[]) => number,
): Int32Array {
  let listed = Int32Array.from({ length: universe.length }, (_, b) => b);
  if (universe.length > MOST_LISTED) {
    const least = universe[0]!.length;
    const some = new Set(draw.choose(universe.length, MOST_LISTED));
    listed = listed.filter((b) => some.has(b) || universe[b]!.length === least);
  }
  const worth = new Map(Array.from(listed, (b) => [b, value(universe[b]!)] as const));
  return listed.sort((a, b) => worth.get(b)! - worth.get(a)! || a - b);
}

/** All sets of at most `size` goods, smaller ones first; the first 2000. */
function smallSets(goods: number, size: number): number[][] {
  let layer = Array.from({ length: goods }, (_, g) => [g]);
  const all = [...layer];
  for (let k = 2; k <= size && all.length < MOST_BUNDLES; k++) {
    layer = layer.flatMap((set) =>
      Array.from({ length: goods - 1 - set.at(-1)! }, (_, i) => [...set, set.at(-1)! + 1 + i]),
    );
    all.push(...layer);
  }
  return all.slice(0, Math.max(MOST_BUNDLES, goods));
}

/** Take-off slot a and landing slot b with b - a in 0..4; then two flights without a slot in common. */
function flights(goods: number): number[][] {
  const half = Math.max(1, Math.floor(goods / 2));
  const one: number[][] = [];
  for (let a = 0; a < half; a++) for (let b = a; b <= a + 4 && half + b < goods; b++) one.push([a, half + b]);
  if (one.length === 0) return [[0]];
  const two: number[][] = [];
  for (const [i, x] of one.entries()) {
    for (const y of one.slice(i + 1)) if (x[0] !== y[0] && x[1] !== y[1]) two.push([...x, ...y]);
  }
  return [...one, ...two].slice(0, MOST_BUNDLES);
}
