import { Command, Option } from 'commander';
import { DIFFERENTIABLE, gradientJob, operationOf } from '../../mechanisms/operation.js';
import { GRADIENT_OPTIONS } from '../../mechanisms/proportional-fairness-gradient.js';
import type { GradientOptions } from '../../engine/gradient.js';
import { InputError } from '../../errors.js';
import { writeArrays } from '../../profiles/files.js';
import { commonFlags, interruptSignal, withEngine, type CommonFlags } from '../context.js';
import { badProfileFlag, readBatch, summarise, type BadProfileFlags } from '../job.js';
import { chosen, mechanismFlags } from '../mechanism-flags.js';
import { PROFILE_FILES, checkOutput } from '../out-file.js';
import { ProgressLine } from '../output.js';

type Flags = CommonFlags & BadProfileFlags & Pick<GradientOptions, 'degenerate' | 'method'> & { readonly out?: string };

export function gradientCommand(): Command {
  const command = badProfileFlag(
    commonFlags(new Command('gradient'))
      .description('derivatives of a loss through a mechanism, from its derivatives in the allocation')
      .argument('<mechanism>', DIFFERENTIABLE.join(' or '))
      .argument('<in>', 'profiles with cotangent [B,N,M] = dl/da: .npz, .json, .csv or .parquet')
      .option('--out <file>', 'derivatives (required): .npz, .json, .csv or .parquet'),
  );
  for (const { name, about, choices, default: value } of GRADIENT_OPTIONS) {
    command.addOption(new Option(`--${name} <how>`, `pf: ${about} (default: ${String(value)})`).choices([...choices!]));
  }
  mechanismFlags(command, DIFFERENTIABLE);
  return command.action(async (id: string, input: string, flags: Flags) => {
    const rule = chosen(id, { ...flags });
    const reads = operationOf(gradientJob(rule)).reads;
    const out = await checkOutput(flags.out, PROFILE_FILES);
    const batch = await readBatch(input, `gradient ${id}`, reads, flags);
    if (!Object.hasOwn(batch.arrays, 'cotangent')) {
      throw new InputError(`${input}: cotangent is missing, expected an array [B,N,M] or [N,M]`);
    }
    const progress = new ProgressLine('gradient', flags.progress);
    const results = await withEngine(flags, (engine) =>
      engine.gradientArrays(rule, batch, undefined, {
        ...(flags.degenerate ? { degenerate: flags.degenerate } : {}),
        ...(flags.method ? { method: flags.method } : {}),
        signal: interruptSignal(),
        onProgress: progress.update,
        partial: true,
      }),
    ).finally(() => progress.end());
    await writeArrays(out, results);
    const singular = (results.status!.data as Int32Array).filter((s) => s === 7).length;
    summarise(`gradient ${id}`, results, out, flags.json === true, { noDerivative: singular });
  });
}
