import { Command } from 'commander';
import { InputError } from '../../errors.js';
import { profileBatch } from '../../profiles/batch.js';
import { readArrays } from '../../profiles/files.js';
import { isOrdinal, ordinalProblem } from '../../profiles/ordinal.js';
import { isAnswer, type NamedArrays } from '../../types.js';
import { verifyProportionalFairness, verifyUtilitarian, type Verdict } from '../../verify/divisible.js';
import { verifyAssignment } from '../../verify/ordinal.js';
import { verifyOwners } from '../../verify/owners.js';
import { checkShapes, profileView, type ProfileView } from '../../verify/profile.js';
import { Exit, commonFlags, finish, type CommonFlags } from '../context.js';
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
    .description('check a result by plain code of its own: feasibility, and the optimality certificate where the rule has one')
    .argument('<in>', 'what was solved')
    .argument('<out>', 'the result')
    .action(async (input: string, output: string, flags: CommonFlags) => {
      const report = verify(await readArrays(input), await readArrays(output), output);
      if (flags.json) printJson({ ...report, ok: report.failed === 0 });
      else {
        for (const problem of report.problems) say(problem);
        const skipped = report.skipped > 0 ? `, ${whole(report.skipped)} without an answer` : '';
        say(
          `${report.kind}: ${whole(report.count - report.skipped - report.failed)} of ${whole(report.count)} verified${skipped}, ` +
            `largest residual ${short(report.largestResidual)}`,
        );
      }
      finish(report.failed > 0 ? Exit.someFailed : Exit.done);
    });
}

function verify(input: NamedArrays, output: NamedArrays, path: string): Report {
  if (isOrdinal(input)) {
    if (!output.assignment) throw new InputError(`${path} lacks assignment`);
    const { problems, arrivalOrder } = verifyAssignment(ordinalProblem(input), output);
    const kind = arrivalOrder ? 'serial dictatorship in order of arrival' : 'an assignment without a wish unmet';
    return { kind: problems.length > 0 ? 'assignment' : kind, count: 1, skipped: 0, failed: problems.length > 0 ? 1 : 0, largestResidual: 0, problems };
  }
  const batch = profileBatch(input, undefined, { badProfiles: 'status' });
  const [kind, shapes, check] = checkFor(output, path);
  checkShapes(batch, output, { ...shapes, status: 'P', residual: 'P' });
  const problems: string[] = [];
  let [skipped, failed, worst] = [0, 0, 0];
  const rules = new Set(['round-robin', 'max-utilitarian']);
  for (let k = 0; k < batch.count; k++) {
    if (!isAnswer(Number(output.status!.data[k]))) {
      skipped += 1;
      continue;
    }
    const verdict = check(profileView(batch, output, k));
    worst = Math.max(worst, verdict.residual);
    if (verdict.agrees) for (const rule of rules) if (!verdict.agrees.includes(rule)) rules.delete(rule);
    if (verdict.problems.length === 0) continue;
    failed += 1;
    if (problems.length < SHOWN) problems.push(`profile ${k}: ${verdict.problems[0]!}`);
  }
  const named = kind === 'owners' ? `owners (${rules.size > 0 ? [...rules].join(' and ') : 'of no rule known here'})` : kind;
  return { kind: named, count: batch.count, skipped, failed, largestResidual: worst, problems };
}

type Check = (view: ProfileView) => Verdict & { readonly agrees?: readonly string[] };

/** The check that a result's arrays call for. */
function checkFor(output: NamedArrays, path: string): [string, Record<string, 'PNM' | 'PN' | 'PM' | 'P'>, Check] {
  const has = (name: string) => Object.hasOwn(output, name);
  if (has('lower_duals')) {
    const shapes = { allocation: 'PNM', utilities: 'PN', prices: 'PM', lower_duals: 'PNM', upper_duals: 'PNM' } as const;
    return ['proportional fairness', shapes, verifyProportionalFairness];
  }
  if (has('dual_bound')) {
    const shapes = { allocation: 'PNM', utilities: 'PN', prices: 'PM', objective: 'P', dual_bound: 'P' } as const;
    return ['utilitarian', shapes, verifyUtilitarian];
  }
  if (has('owner')) return ['owners', { owner: 'PM', utilities: 'PN' }, verifyOwners];
  throw new InputError(`${path} holds no result that can be verified: expected lower_duals (pf), dual_bound (utilitarian), owner or assignment`);
}
