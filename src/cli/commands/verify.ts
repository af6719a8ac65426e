import { Command } from 'commander';
import { InputError } from '../../errors.js';
import { profileBatch } from '../../profiles/batch.js';
import { readArrays } from '../../profiles/files.js';
import { isOrdinal, ordinalProblem } from '../../profiles/ordinal.js';
import { inFile } from '../../profiles/read.js';
import { CONSTRAINTS } from '../../mechanisms/constrained.js';
import { isAnswer, type NamedArrays } from '../../types.js';
import { verifyFeasible, verifyProportionalFairness, type Verdict } from '../../verify/divisible.js';
import { THETA_ARRAYS } from '../../mechanisms/participatory-objectives.js';
import { verifyParticipatory } from '../../verify/participatory.js';
import { verifyFehrSchmidt } from '../../verify/fehr-schmidt.js';
import { verifyEquilibrium } from '../../verify/equilibrium.js';
import { verifyOcam } from '../../verify/ocam.js';
import { verifyAssignment } from '../../verify/ordinal.js';
import { verifyMixture, verifyPartialAllocation } from '../../verify/partial-allocation.js';
import { verifyOwners } from '../../verify/owners.js';
import { verifyWelfare } from '../../verify/welfare.js';
import { checkShapes, profileView, verifyUnanswered, type ProfileView } from '../../verify/profile.js';
import { Exit, commonFlags, finish, type CommonFlags } from '../context.js';
import { someProfiles } from '../input.js';
import { printJson, say, short, whole } from '../output.js';

interface Report {
  readonly kind: string;
  readonly count: number;
  readonly skipped: number;
  readonly failed: number;
  readonly largestResidual: number;
  readonly problems: readonly string[];
}

const SHOWN = 10;

export function verifyCommand(): Command {
  return commonFlags(new Command('verify'))
    .description(
      'check a result by plain code of its own: feasibility, and the optimality certificate where the rule has one',
    )
    .argument('<in>', 'what was solved')
    .argument('<out>', 'the result')
    .action(async (input: string, output: string, flags: CommonFlags) => {
      const report = verify(input, await readArrays(input), output, await readArrays(output));
      if (flags.json) printJson({ ...report, ok: report.failed === 0 });
      else {
        for (const problem of report.problems) say(problem);
        const skipped = report.skipped > 0 ? `, ${whole(report.skipped)} without an answer` : '';
        say(
          `${report.kind}: ${whole(report.count - report.skipped - report.failed)} of ${whole(report.count)} verified${skipped}, ` +
            `largest residual ${short(report.largestResidual)}`,
        );
      }
      finish(report.failed + report.skipped > 0 ? Exit.someFailed : Exit.done);
    });
}

function verify(inputPath: string, input: NamedArrays, outputPath: string, output: NamedArrays): Report {
  if (isOrdinal(input)) {
    const priced = Object.hasOwn(output, 'expected_demand');
    const problem = inFile(inputPath, () => ordinalProblem(input, { fractional: priced }));
    if (priced) {
      const { problems, residual, unanswered, exact } = inFile(outputPath, () => verifyEquilibrium(problem, output));
      const kind = `expected competitive equilibrium${exact ? ', exact' : ''}`;
      const failed = problems.length > 0 ? 1 : 0;
      const skipped = unanswered && failed === 0 ? 1 : 0;
      return { kind, count: 1, skipped, failed, largestResidual: residual, problems };
    }
    if (Object.hasOwn(output, 'consumed')) {
      const { problems, unanswered, withinCapacity } = inFile(outputPath, () => verifyOcam(problem, output));
      const kind = `online mechanism${withinCapacity ? '' : ', capacities exceeded'}`;
      const failed = problems.length > 0 ? 1 : 0;
      return { kind, count: 1, skipped: unanswered && failed === 0 ? 1 : 0, failed, largestResidual: 0, problems };
    }
    const { problems, arrivalOrder } = inFile(outputPath, () => verifyAssignment(problem, output));
    const kind = arrivalOrder ? 'serial dictatorship in order of arrival' : 'an assignment without a wish unmet';
    const failed = problems.length > 0 ? 1 : 0;
    return { kind: failed ? 'assignment' : kind, count: 1, skipped: 0, failed, largestResidual: 0, problems };
  }
  const { kind, reads, shapes, check } = inFile(outputPath, () => checkFor(output));
  const options = { badProfiles: 'status' } as const;
  // The order in which agents picked is part of the result where the rule chose it.
  const ordered = output.order ? { ...input, order: output.order } : input;
  const batch = inFile(inputPath, () => someProfiles(profileBatch(ordered, reads, options)));
  inFile(outputPath, () => checkShapes(batch, output, { ...shapes, status: 'P', residual: 'P' }));
  const problems: string[] = [];
  let [skipped, failed, worst] = [0, 0, 0];
  const rules = new Set(['round-robin', 'max-utilitarian']);
  for (let k = 0; k < batch.count; k++) {
    const view = profileView(batch, output, k);
    const answered = isAnswer(view.result('status'));
    const verdict: ReturnType<Check> = answered ? check(view) : verifyUnanswered(view, Object.keys(shapes), output);
    if (answered) worst = Math.max(worst, verdict.residual);
    else if (verdict.problems.length === 0) skipped += 1;
    if (answered && batch.bad?.[k] === 1) verdict.problems.unshift('has an answer to numbers that make no sense');
    if (verdict.agrees) for (const rule of rules) if (!verdict.agrees.includes(rule)) rules.delete(rule);
    if (verdict.problems.length === 0) continue;
    failed += 1;
    if (problems.length < SHOWN) problems.push(`profile ${k}: ${verdict.problems[0]!}`);
  }
  const named =
    kind === 'owners' ? `owners (${rules.size > 0 ? [...rules].join(' and ') : 'of no rule known here'})` : kind;
  return { kind: named, count: batch.count, skipped, failed, largestResidual: worst, problems };
}

type Check = (view: ProfileView) => Verdict & { readonly agrees?: readonly string[] };
type Shapes = Record<string, 'PNN' | 'PNM' | 'PN' | 'PM' | 'P'>;

/** The check that a result's arrays call for, with what the rule reads. */
function checkFor(output: NamedArrays): { kind: string; reads: string[]; shapes: Shapes; check: Check } {
  const has = (name: string) => Object.hasOwn(output, name);
  const divisible = ['values', 'demands', 'budgets', 'weights'];
  if (has('lower_duals')) {
    const shapes = {
      allocation: 'PNM',
      utilities: 'PN',
      prices: 'PM',
      lower_duals: 'PNM',
      upper_duals: 'PNM',
    } as const;
    const reads = [...divisible, 'regularizer'];
    return { kind: 'proportional fairness', reads, shapes, check: verifyProportionalFairness };
  }
  if (has('fractions')) {
    const shapes = { allocation: 'PNM', utilities: 'PN', fractions: 'PN' } as const;
    return { kind: 'Partial Allocation', reads: divisible, shapes, check: verifyPartialAllocation };
  }
  if (has('drawn')) {
    const shapes = { allocation: 'PNM', utilities: 'PN', drawn: 'P' } as const;
    const kind = 'mixture of proportional fairness and Partial Allocation';
    return { kind, reads: divisible, shapes, check: verifyMixture };
  }
  if (has('dual')) {
    const shapes = {
      allocation: 'PNM',
      utilities: 'PN',
      objective: 'P',
      dual: 'PN',
      dual_bound: 'P',
      pivots: 'P',
    } as const;
    const reads = ['values', 'alpha', 'beta', 'shares'];
    if (!has('theta_own')) return { kind: 'Fehr-Schmidt', reads, shapes, check: verifyFehrSchmidt };
    return {
      kind: 'participatory objectives',
      reads: [...reads, 'network', ...THETA_ARRAYS],
      shapes: {
        ...shapes,
        ...Object.fromEntries(THETA_ARRAYS.map((name) => [name, 'PN' as const])),
        // Left out where it holds nothing, and in files of rows.
        ...(has('envy_duals') ? { envy_duals: 'PNN' as const } : {}),
      },
      check: verifyParticipatory,
    };
  }
  if (has('gamma')) {
    const shapes = {
      allocation: 'PNM',
      utilities: 'PN',
      prices: 'PM',
      marginals: 'PN',
      objective: 'P',
      dual_bound: 'P',
      gamma: 'P',
      welfare_function: 'P',
      welfare_scale: 'P',
      equal_items: 'PN',
    } as const;
    const reads = [...divisible, ...CONSTRAINTS];
    return { kind: 'a rule of welfare', reads, shapes, check: verifyWelfare };
  }
  if (has('allocation')) {
    const shapes = { allocation: 'PNM', utilities: 'PN' } as const;
    return { kind: 'an allocation without certificate, feasibility', reads: divisible, shapes, check: verifyFeasible };
  }
  if (has('owner')) {
    return {
      kind: 'owners',
      reads: ['values', 'order'],
      shapes: { owner: 'PM', utilities: 'PN', ...(has('order') ? { order: 'PN' as const } : {}) },
      check: verifyOwners,
    };
  }
  throw new InputError(
    'holds no result that can be verified: expected lower_duals (pf), fractions (pa), drawn (pf-pa-mixture), dual (fehr-schmidt, participatory), gamma (utilitarian, welfarist, leximin), allocation, owner or assignment',
  );
}
