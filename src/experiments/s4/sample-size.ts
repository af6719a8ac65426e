import { holdOutError } from '../../engine/hold-out.js';
import { ocam } from '../../mechanisms/factories.js';
import { clearingRule, ocamBound, ocamCapacity, ocamFailure, paperSample } from '../../mechanisms/ocam/bound.js';
import { MARKETS, sampleMarket } from '../../profiles/ordinal-samplers.js';
import { clearingOverTime } from '../../properties/ordinal.js';
import type { Claim, Experiment } from '../experiment.js';
import { shuffled } from './inputs.js';

const SHARES = [0.01, 0.02, 0.05, 0.1, 0.2];
const GOODS = 10;
/** eps_f and eps_n that success is judged by. */
const WITHIN = 0.2;
const FIRST = 0.2;

/** How large a sample has to be: what hold-out, a rule of thumb and a bound say beforehand, and what happens, over random orders of arrival. */
export const sampleSize: Experiment = {
  id: 's4/sample-size',
  title: 'Sample size: error by hold-out, by a rule of thumb, by a bound, and as it turns out',
  citation: 'Nguyen, Teytelboym, Vardi, Dynamic Combinatorial Assignment, arXiv 2303.13967, Theorem 2 and Assumption 2',
  async run(engine, write, options) {
    const quick = options.setting === 'quick';
    const agents = options.count ?? (quick ? 500 : 10_000);
    const orders = quick ? 4 : 20;
    const rows: (number | string)[][] = [];
    for (const name of Object.keys(MARKETS)) {
      const market = sampleMarket(name, { agents, goods: GOODS, supply: 0.4, seed: options.seed });
      const capacity = Math.min(...market.capacities);
      const bundles = new Set(market.bundleMask).size;
      const random = Array.from({ length: orders }, (_, k) => shuffled(market, options.seed + k));
      for (const epsilonSample of SHARES) {
        const sample = Math.round(epsilonSample * agents);
        if (sample < 4) continue;
        const input = { agents, goods: GOODS, bundles, capacity, epsilonSample, epsilonN: FIRST };
        const [predicted, end, worst]: number[][] = [[], [], []];
        for (let order = 0; order < orders; order++) {
          const seed = options.seed + order;
          const arrivals = random[order]!;
          predicted!.push(holdOutError(arrivals, { sample, seed }));
          const result = await engine.allocate(ocam({ mode: 'paper', epsilonSample, seed }), arrivals, options);
          const outcome = { assignment: result.assignment as BigInt64Array, prices: result.prices as Float64Array };
          end!.push(result.worst_clearing![0] as number);
          const { above, below } = clearingOverTime(arrivals, outcome, FIRST);
          worst!.push(Math.max(above, below));
        }
        rows.push([
          name,
          epsilonSample,
          median(predicted!),
          median(end!),
          clearingRule(input),
          median(worst!),
          Math.max(...worst!),
          ocamBound(input).epsilonF,
          worst!.filter((x) => x <= WITHIN).length / orders,
          1 - ocamFailure(input, WITHIN),
        ]);
      }
    }
    await write.table(
      'sample-size.csv',
      [
        'market',
        'epsilon_sample',
        'hold_out',
        'end',
        'rule',
        'over_time',
        'over_time_largest',
        'bound',
        'success',
        'success_promised',
      ],
      rows,
    );
    await write.picture('sample-size.svg', picture(rows));
    return claimsOf(rows, agents, orders);
  },
};

function median(x: readonly number[]): number {
  const sorted = [...x].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

function claimsOf(rows: readonly (readonly (number | string)[])[], agents: number, orders: number): Claim[] {
  const show = (x: number) => x.toFixed(2);
  const claims = [...new Set(rows.map(([name]) => String(name)))].flatMap((name): Claim[] => {
    const own = rows.filter((row) => row[0] === name).map((row) => row.slice(1).map(Number));
    const column = (k: number, f = show) => own.map((row) => f(row[k]!)).join(', ');
    return [
      {
        claim: `${name}, ${agents} agents, sample of ${column(0, String)}: error at the end, median of ${orders} orders; by hold-out beforehand; by the rule of thumb`,
        paper: '-',
        measured: `${column(2)}; ${column(1)}; ${column(3)}`,
      },
      {
        claim: `${name}: orders within 1 ± ${WITHIN} of k c / n from k = n/5 on, beside what our bound promises`,
        paper: 'near 1 where Assumption 2 holds',
        measured: `${column(7)}; ${column(8)}`,
        holds: own.every((row) => row[7]! >= row[8]!),
      },
    ];
  });
  const size = { goods: GOODS, bundles: 175, epsilonSample: paperSample(WITHIN, FIRST) };
  const needs = [1e4, 1e6].map((n) => ocamCapacity({ ...size, agents: n }, WITHIN).toExponential(1));
  return [
    ...claims,
    {
      claim:
        'smallest capacity with which clearing within 0.2 is proven, 10 goods, 175 bundles, sample of 1 %, 10,000 and 1,000,000 agents',
      paper: 'Assumption 2, 20 types: 1.8e+8 and 2.5e+9',
      measured: `our bound, any number of types: ${needs.join(' and ')}`,
    },
  ];
}

function picture(rows: readonly (readonly (number | string)[])[]): object {
  const series = ['hold-out, beforehand', 'at the end', 'rule of thumb', 'from k = n / 5 on'];
  return {
    title: 'Largest relative distance of use from k c / n',
    data: {
      values: rows.flatMap(([market, share, ...errors]) =>
        series.map((what, k) => ({ market, share, what, error: errors[k] })),
      ),
    },
    facet: { column: { field: 'market', type: 'nominal', title: null } },
    spec: {
      width: 220,
      height: 220,
      mark: { type: 'line', point: true },
      encoding: {
        x: {
          field: 'share',
          type: 'quantitative',
          scale: { type: 'log', nice: false },
          title: 'share of arrivals in the sample',
        },
        y: { field: 'error', type: 'quantitative', scale: { type: 'log', nice: false }, title: 'error' },
        color: { field: 'what', type: 'nominal', title: 'error', sort: series },
      },
    },
  };
}
