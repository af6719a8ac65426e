import { pa, pf } from '../../mechanisms/factories.js';
import type { Experiment } from '../experiment.js';
import { CITATION, FIGURE2, reportsOfAgent1, utilityOfAgent1 } from './instance.js';

const DEMAND = 1;
const digits = (x: number, n = 6): string => String(Number(x.toPrecision(n)));

/** Figure 2: how agent 1 gains from proportional fairness by understating its second value. */
export const figure2: Experiment = {
  id: 's0/figure2',
  title: 'Two agents, two items: what agent 1 gets under each report, proportional fairness and Partial Allocation',
  citation: CITATION,
  async run(engine, write, options) {
    // Ratios v'_12/v'_11 around the jump at v_22/v_21 = 1/4, and the truth, 1/2.
    const ratios = [
      ...Array.from({ length: 200 }, (_, k) => (k + 1) / 200),
      ...[1e-2, 1e-3, 1e-4, 1e-5, 1e-6].flatMap((e) => [0.25 * (1 - e), 0.25 * (1 + e)]),
    ].sort((a, b) => a - b);
    const batch = reportsOfAgent1(
      ratios.map((r) => [1, r] as const),
      DEMAND,
    );
    const rows: (number | string)[][] = [];
    for (const rule of [pf(), pa()]) {
      const { allocation } = await engine.allocate(rule, batch, options);
      ratios.forEach((ratio, k) => {
        const a = [...allocation!.subarray(4 * k, 4 * k + 4)];
        rows.push([rule.id, ratio, ...a, utilityOfAgent1(allocation!, k, DEMAND)]);
      });
    }
    await write.table('figure2.csv', ['rule', 'ratio', 'a11', 'a12', 'a21', 'a22', 'utility1'], rows);
    const truth = reportsOfAgent1([[FIGURE2[0], FIGURE2[1]]], DEMAND);
    const fair = await engine.allocate(pf(), truth, options);
    const withheld = await engine.allocate(pa(), truth, options);
    const found = await engine.exploitability(pf(), truth, { ...options, demandMisreport: false });
    const withheldFound = await engine.exploitability(pa(), truth, { ...options, demandMisreport: false });
    await write.picture('figure2.svg', picture(rows));
    const [gain, bound] = [found.gain[0]!, found.gainBound[0]!];
    return [
      {
        claim: 'truthful utilities under proportional fairness',
        paper: '3/4 and 3/4',
        measured: [...fair.utilities!].map((u) => digits(u)).join(' and '),
        holds: fair.utilities!.every((u) => Math.abs(u - 0.75) < 1e-9),
      },
      {
        claim: 'agent 1 gains by understating its second value towards a quarter of the first',
        paper: 'supremum 7/8 (a gain of 1/8, 16.7 %), approached and lost below the jump',
        measured: `gain ${digits(gain, 8)} found at report ${digits(found.misreportValues[0]!)}, ${digits(found.misreportValues[1]!, 10)}; at most ${digits(bound)} certified`,
        holds: gain >= 0.1249 && gain <= 0.125 + 1e-9,
      },
      {
        claim: 'fractions of Partial Allocation under truth',
        paper: '3/5 and 1/2',
        measured: [...withheld.fractions!].map((f) => digits(f)).join(' and '),
        holds: Math.abs(withheld.fractions![0]! - 0.6) < 1e-9 && Math.abs(withheld.fractions![1]! - 0.5) < 1e-9,
      },
      {
        claim: 'Partial Allocation leaves nothing to gain by misreports of values',
        paper: '0',
        measured: digits(Math.max(...withheldFound.gain), 3),
        holds: Math.max(...withheldFound.gain) < 1e-7,
      },
    ];
  },
};

function picture(rows: readonly (readonly (number | string)[])[]): object {
  const values = rows.map(([rule, ratio, a11, a12, , , utility]) => ({ rule, ratio, a11, a12, utility }));
  const x = { field: 'ratio', type: 'quantitative', title: "reported ratio v'12 / v'11 (truth: 0.5)" };
  const color = { field: 'rule', type: 'nominal', title: 'rule' };
  const line = (field: string, title: string) => ({
    width: 320,
    height: 260,
    layer: [
      {
        data: { values },
        mark: { type: 'line', interpolate: 'linear' },
        encoding: { x, y: { field, type: 'quantitative', title }, color },
      },
      { data: { values: [{ ratio: 0.5 }] }, mark: { type: 'rule', strokeDash: [4, 4] }, encoding: { x } },
    ],
  });
  return {
    title: 'Zeng et al. 2023, Figure 2: v1 = (1, 1/2), v2 = (1, 1/4), demands and supplies 1',
    hconcat: [
      line('utility', 'true utility of agent 1'),
      line('a11', 'item 1 that agent 1 gets'),
      line('a12', 'item 2 that agent 1 gets'),
    ],
  };
}
