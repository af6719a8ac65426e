import { spawnSync } from 'node:child_process';
import { createEngine, eceei } from '#dist/index.js';
import type { OrdinalProblem } from '#dist/mechanisms/mechanism.js';
import { Stream } from '#dist/random.js';
import { pythonWith } from './python.js';
import type { Row } from './rows.js';
import { median, seconds } from './stats.js';

const MARKETS = 5;
const SIZES = [
  [10, 5],
  [30, 6],
  [60, 8],
] as const;
/** Courses a student takes at most; spread of budgets; seconds that the peer may search. */
const MOST = 3;
const EPSILON = 0.2;
const LIMITS = [1, 5];

interface Drawn {
  readonly problem: OrdinalProblem;
  readonly values: readonly (readonly number[])[];
}

/** Additive values U(0,1), all sets of at most three courses, seats for 0.6 of what students would take if all were free. */
function draw(agents: number, goods: number, seed: number): Drawn {
  const stream = new Stream(seed, agents, goods);
  const values = Array.from({ length: agents }, () => Array.from({ length: goods }, () => stream.unit()));
  const masks = Array.from({ length: 2 ** goods - 1 }, (_, k) => k + 1).filter(
    (mask) => mask.toString(2).replaceAll('0', '').length <= MOST,
  );
  const lists = values.map((own) => {
    const worth = (mask: number) => own.reduce((sum, v, g) => sum + (mask & (1 << g) ? v : 0), 0);
    return [...masks].sort((a, b) => worth(b) - worth(a));
  });
  const problem = {
    capacities: Int32Array.from({ length: goods }, () => Math.round((0.6 * MOST * agents) / goods)),
    bundleStart: Int32Array.from({ length: agents + 1 }, (_, i) => i * masks.length),
    bundleMask: BigUint64Array.from(lists.flat(), BigInt),
  };
  return { problem, values };
}

/** Reads markets, gives back prices, excess demand there and the seconds taken. */
const SCRIPT = `
import json, random, sys, time, warnings
warnings.filterwarnings("ignore")
from fairpyx import Instance, AllocationBuilder
from fairpyx.algorithms.course_match import A_CEEI as a
out = []
for market in json.load(sys.stdin)["markets"]:
    values, seats, budgets, limit = market["values"], market["seats"], market["budgets"], market["limit"]
    names = [f"c{g}" for g in range(len(seats))]
    students = [f"s{i}" for i in range(len(values))]
    instance = Instance(
        agent_conflicts={s: [] for s in students}, item_conflicts={c: [] for c in names},
        agent_capacities={s: market["most"] for s in students}, item_capacities=dict(zip(names, seats)),
        valuations={s: dict(zip(names, v)) for s, v in zip(students, values)})
    budget = dict(zip(students, budgets))
    alloc = AllocationBuilder(instance)
    random.seed(1)
    begun = time.perf_counter()
    prices = a.A_CEEI(alloc, budget, limit, 1)
    taken = time.perf_counter() - begun
    z = a.compute_surplus_demand_for_each_course(prices, alloc, budget, a.find_preferred_schedule_adapter(alloc))
    out.append({"prices": [prices[c] for c in names], "excess": [z[c] for c in names], "seconds": taken})
print(json.dumps(out))
`;

/** Norm of excess demand, of courses without a price only what is too much. */
const normOf = (excess: readonly number[], prices: ArrayLike<number>): number =>
  Math.sqrt(excess.reduce((sum, z, g) => sum + (prices[g]! > 0 ? z * z : Math.max(0, z) ** 2), 0));

/** eceei --round beside the search for prices of fairpyx's Course Match, on the same markets. */
async function courseMatch(): Promise<Row[]> {
  const rows: Row[] = [];
  const python = pythonWith('fairpyx');
  const engine = await createEngine({ threads: 0 });
  for (const [agents, goods] of SIZES) {
    const markets = Array.from({ length: MARKETS }, (_, seed) => draw(agents, goods, seed));
    const [times, norms]: number[][] = [[], []];
    let bound = 0;
    for (const { problem } of markets) {
      const rule = eceei({ epsilon: EPSILON, round: true });
      await engine.allocate(rule, problem);
      const before = performance.now();
      const result = await engine.allocate(rule, problem);
      times!.push((performance.now() - before) / 1000);
      const used = result.consumed as Int32Array;
      norms!.push(
        normOf(
          Array.from(used, (n, g) => n - problem.capacities[g]!),
          result.prices as Float64Array,
        ),
      );
      if (Math.abs(norms!.at(-1)! - Number(result.excess_norm![0])) > 1e-9) throw new Error('the norms do not agree');
      bound = Number(result.excess_bound![0]);
    }
    const size = `${agents} students, ${goods} courses`;
    rows.push({
      name: `eceei --round, ${size}`,
      value: seconds(median(times!)),
      note: `norm of excess demand, ${MARKETS} markets: median ${median(norms!).toFixed(2)}, largest ${Math.max(...norms!).toFixed(2)}, proven at most ${bound.toFixed(2)}`,
    });
    for (const limit of python ? LIMITS : []) {
      const input = markets.map(({ problem, values }) => ({
        values,
        seats: Array.from(problem.capacities),
        budgets: values.map((_, i) => 1 - (EPSILON * i) / agents),
        limit,
        most: MOST,
      }));
      const peer = spawnSync(python!, ['-c', SCRIPT], { input: JSON.stringify({ markets: input }), encoding: 'utf8' });
      if (peer.status !== 0) throw new Error(peer.stderr);
      const answers = JSON.parse(peer.stdout) as { prices: number[]; excess: number[]; seconds: number }[];
      const found = answers.map(({ prices, excess }) => normOf(excess, prices));
      rows.push({
        name: `fairpyx A-CEEI, ${limit} s, ${size}`,
        value: seconds(median(answers.map((answer) => answer.seconds))),
        note: `norm of excess demand: median ${median(found).toFixed(2)}, largest ${Math.max(...found).toFixed(2)}`,
      });
    }
  }
  await engine.close();
  return rows;
}

export const cases = { 'course match': courseMatch };
