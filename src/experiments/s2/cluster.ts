import { whoPays, type Externality } from '../../engine/externality.js';
import { profileBatch, type ProfileBatch } from '../../profiles/batch.js';
import type { Claim, Experiment } from '../experiment.js';
import { rowsOf } from '../real-inputs.js';
import { RULES } from './instances.js';
import { nashKeeps } from './theory.js';

const MILLI = 1000;

interface Cluster {
  readonly classes: readonly string[];
  readonly models: readonly string[];
  readonly batch: ProfileBatch;
}

/**
 * Classes of requests by the GPU models that they can use, and GPUs of each model as unequal supplies. A class has use for as many GPUs as its
 * requests ask for, and asks for the same share of every model that it can use, so that no model's failure stops it.
 */
export function gpuModels(): Cluster {
  const supplies = rowsOf('openb-cluster/openb_capacity.csv').filter(({ resource }) => resource!.startsWith('gpu:'));
  const models = supplies.map(({ resource }) => resource!.slice('gpu:'.length));
  const budgets = Float64Array.from(supplies, ({ capacity }) => Number(capacity) / MILLI);
  const rows = rowsOf('openb-cluster/openb_gpu_class_demand.csv');
  const able = rows.map((row) => models.map((model) => row[`ok_${model}`] === '1'));
  const shape = [rows.length, models.length];
  return {
    classes: rows.map((row) => row.class!),
    models,
    batch: profileBatch({
      values: { shape, data: Float64Array.from(able.flat(), Number) },
      budgets: { shape: [models.length], data: budgets },
      caps: { shape: [rows.length], data: Float64Array.from(rows, (row) => Number(row.gpu_milli_demand) / MILLI) },
      groups: {
        shape,
        data: Int32Array.from(
          able.flatMap((row) => row.map((ok, j) => (ok && row.filter(Boolean).length > 1 ? j : -1))),
        ),
      },
      proportions: {
        shape,
        data: Float64Array.from(
          able.flatMap((row) => {
            const whole = row.reduce((sum, ok, j) => sum + (ok ? budgets[j]! : 0), 0);
            return row.map((ok, j) => (ok ? budgets[j]! / whole : 0));
          }),
        ),
      },
    }),
  };
}

/** Beyond the paper: who would pay for whose constraint in a GPU cluster. */
export const cluster: Experiment = {
  id: 's2/cluster',
  title: 'Classes of requests to a GPU cluster that want the same share of every model: who pays for whose constraint',
  citation: 'beyond Shen et al. 2021; requests and GPUs of the openb cluster',
  async run(engine, write, options) {
    const { classes, batch } = gpuModels();
    const rows: (number | string)[][] = [];
    const cells: object[] = [];
    const claims: Claim[] = [];
    for (const [rule, mechanism] of RULES) {
      const found = await engine.externality(mechanism, batch, options);
      rows.push(...rowsOfRule(rule, classes, found));
      if (rule === 'Nash') {
        for (const { constrained, pays, before, after } of whoPays(found)) {
          cells.push({ constrained: classes[constrained], pays: classes[pays], lost: 1 - after / before });
        }
      }
      claims.push(claimOf(rule, classes, found));
    }
    await write.table(
      'cluster.csv',
      [
        'rule',
        'constrained',
        'before',
        'after',
        'q',
        'p',
        'shadow_price',
        'others_lose',
        'pays_most',
        'of_what_it_had',
      ],
      rows,
    );
    await write.picture('cluster.svg', {
      title: 'Share of its GPUs that a class loses to the constraint of another, Nash welfare',
      data: { values: cells },
      width: 400,
      height: 300,
      mark: 'rect',
      encoding: {
        x: { field: 'constrained', type: 'nominal', title: 'asks for the same share of every model', sort: null },
        y: { field: 'pays', type: 'nominal', title: 'pays', sort: null },
        color: { field: 'lost', type: 'quantitative', title: 'share lost', scale: { domain: [0, 1] } },
      },
    });
    return claims;
  },
};

/** One row for each class that is constrained. */
function rowsOfRule(rule: string, classes: readonly string[], found: Externality): (number | string)[][] {
  const { agents, freeUtilities, constrainedUtilities, agentNne, agentMon, shadowPrices } = found;
  const payments = whoPays(found);
  return classes.flatMap((name, i) => {
    if (!name.includes('|') && name !== 'ANY') return [];
    const own = payments.filter(({ constrained }) => constrained === i);
    const lost = own.reduce((sum, { before, after }) => sum + before - after, 0);
    const most = own[0];
    return [
      [
        rule,
        name,
        freeUtilities[i]!,
        constrainedUtilities[i * agents + i]!,
        agentNne[i]!,
        agentMon[i]!,
        shadowPrices[i]!,
        lost,
        most ? classes[most.pays]! : 'nobody',
        most ? 1 - most.after / most.before : 0,
      ],
    ];
  });
}

function claimOf(rule: string, classes: readonly string[], found: Externality): Claim {
  const q = found.agentNne.reduce((a, b) => Math.min(a, b), 1);
  const p = found.agentMon.reduce((a, b) => Math.min(a, b), 1);
  const [most] = whoPays(found);
  const who = most
    ? `; ${classes[most.pays]!} pays most, for ${classes[most.constrained]!}: ${most.before.toFixed(0)} to ${most.after.toFixed(0)} GPUs`
    : '';
  return {
    claim: `${rule}: least share kept, and p, when one class asks for the same share of every model`,
    paper: rule === 'Nash' ? 'not in the paper; at least r, r + 1/r = 4 − 3/n' : 'not in the paper',
    measured: `q ${q.toFixed(3)}, p ${p.toFixed(3)}${who}`,
    ...(rule === 'Nash' ? { holds: q >= nashKeeps(found.agents, 1) - 1e-6 } : {}),
  };
}
