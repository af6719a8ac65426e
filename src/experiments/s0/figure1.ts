import type { Claim, Experiment } from '../experiment.js';
import { summaries } from './charts.js';
import { FIXED, learnBoth, measureAll, mixture, PA, PF, testProfiles, type Entry, type Row } from './compare.js';
import { CITATION } from './instance.js';
import { rowsOf, shown, spread, writeRows } from './report.js';

const SIZE = { agents: 2, items: 2, budget: 1 };
const EPSILONS = [3e-4, 1e-3, 3e-3];
const RHOS = [0.2, 0.4, 0.6, 0.8];
const LIES = [
  ['lies about values and demands', true],
  ['lies about values alone', false],
] as const;

/** Figure 1: what can be had of log-NSW at which exploitability. */
export const figure1: Experiment = {
  id: 's0/figure1',
  title:
    'Frontier of log-NSW against exploitability at 2x2: mixtures of PF and PA, ExPF-Net and ExS-Net at several epsilons',
  citation: CITATION,
  async run(engine, write, options) {
    const entries: Entry[] = [...FIXED];
    for (const epsilon of EPSILONS) {
      const nets = await learnBoth(engine, write, options, { point: '', ...SIZE, epsilon });
      entries.push(...nets.map((entry) => ({ ...entry, rule: `${entry.rule}, epsilon ${epsilon}` })));
    }
    const batch = testProfiles('uniform', SIZE, options);
    const rows: Row[] = [];
    for (const [lies, demandMisreport] of LIES) {
      const measured = await measureAll(engine, lies, entries, batch, options, demandMisreport);
      rows.push(...measured, ...RHOS.map((rho) => mixture(measured, rho, `mixture ${rho}`)));
    }
    await writeRows(write, 'figure1.csv', rows);
    await write.picture('figure1.svg', picture(rows));
    return LIES.flatMap(([lies]) => claims(rows.filter(({ point }) => point === lies)));
  },
};

/** Log-NSW of the mixture that is as exploitable; of PA where even PA is more exploitable, of PF where PF is less. */
function ofMixture(rows: readonly Row[], exploitability: number): number {
  const [fair, withheld] = [PF, PA].map((rule) => rowsOf(rows, rule)[0]!) as [Row, Row];
  const wish = (exploitability - withheld.exploitability) / (fair.exploitability - withheld.exploitability);
  const rho = Number.isFinite(wish) ? Math.min(1, Math.max(0, wish)) : 1;
  return rho * fair.logNsw + (1 - rho) * withheld.logNsw;
}

function claims(rows: readonly Row[]): Claim[] {
  const rules = [...new Set(rows.map(({ rule }) => rule))].filter((rule) => rule.includes('Net'));
  return rules.map((rule) => {
    const own = rowsOf(rows, rule);
    const gain = spread(own, 'exploitability');
    const welfare = spread(own, 'logNsw');
    const mixed = ofMixture(rows, gain.mean);
    return {
      claim: `${rows[0]!.point}: ${rule} lies above the frontier of the mixtures`,
      paper: 'more Nash welfare at the same exploitability',
      measured: `log-NSW ${shown(welfare)} at exploitability ${shown(gain)}; mixtures that are no more exploitable, or PA: ${mixed.toPrecision(4)}`,
      holds: welfare.mean > mixed,
    };
  });
}

function picture(rows: readonly Row[]): object {
  const family = (rule: string) => (rule.includes(',') ? rule.slice(0, rule.indexOf(',')) : 'mixtures of PF and PA');
  const values = summaries(rows, ['exploitability', 'logNsw']).map((entry) => ({
    ...entry,
    family: family(entry.rule as string),
    label: (entry.rule as string).replace(/^.*epsilon /, ''),
  }));
  const x = { field: 'exploitability', type: 'quantitative', title: 'expected exploitability' };
  const y = { field: 'logNsw', type: 'quantitative', title: 'log Nash social welfare', scale: { zero: false } };
  const color = { field: 'family', type: 'nominal', title: 'rule', sort: null };
  return {
    title: 'Zeng et al. 2023, Figure 1, 2x2',
    data: { values },
    facet: { column: { field: 'point', type: 'nominal', title: null, sort: null } },
    spec: {
      width: 360,
      height: 300,
      layer: [
        { mark: { type: 'line', strokeWidth: 1 }, encoding: { x, y, color } },
        {
          mark: 'rule',
          encoding: { x: { ...x, field: 'exploitability_low' }, x2: { field: 'exploitability_high' }, y, color },
        },
        { mark: 'rule', encoding: { x, y: { ...y, field: 'logNsw_low' }, y2: { field: 'logNsw_high' }, color } },
        { mark: { type: 'point', filled: true, size: 50, opacity: 1 }, encoding: { x, y, color } },
        {
          mark: { type: 'text', align: 'left', dx: 6, dy: -6, fontSize: 9 },
          encoding: { x, y, color, text: { field: 'label' } },
        },
      ],
    },
  };
}
