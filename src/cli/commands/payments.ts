import { Command } from 'commander';
import { cardinal } from '../../mechanisms/operation.js';
import { writeArrays } from '../../profiles/files.js';
import { inFile } from '../../profiles/read.js';
import { commonFlags, interruptSignal, withEngine, type CommonFlags } from '../context.js';
import { badProfileFlag, readBatch, summarise, type BadProfileFlags } from '../job.js';
import { chosen, mechanismFlags } from '../mechanism-flags.js';
import { PROFILE_FILES, checkOutput } from '../out-file.js';

type Flags = CommonFlags & BadProfileFlags & { readonly out?: string };

export function paymentsCommand(): Command {
  const command = badProfileFlag(
    commonFlags(new Command('payments'))
      .description(
        'what every agent pays for its externality (VCG), which makes its true aversions and weights best for it',
      )
      .argument('<mechanism>', 'fehr-schmidt or participatory')
      .argument('<in>', 'profiles: .npz, .json, .csv or .parquet')
      .option('--out <file>', 'allocation, objectives and payments (required): .npz, .json, .csv or .parquet'),
  );
  mechanismFlags(command, ['fehr-schmidt', 'participatory']);
  return command.action(async (id: string, input: string, flags: Flags) => {
    const rule = chosen(id, flags as unknown as Record<string, unknown>);
    const out = await checkOutput(flags.out, PROFILE_FILES);
    const definition = cardinal(rule);
    const batch = await readBatch(input, `payments ${id}`, definition.reads, flags);
    inFile(input, () => definition.admit?.(batch, rule.options));
    const results = await withEngine(flags, (engine) =>
      engine.paymentsArrays(rule, batch, { signal: interruptSignal() }),
    );
    await writeArrays(out, results);
    const paid = results.payments!.data as Float64Array;
    const mean = paid.length > 0 ? paid.reduce((a, b) => a + b, 0) / paid.length : 0;
    summarise(`payments ${id}`, results, out, flags.json === true, { meanPayment: mean });
  });
}
