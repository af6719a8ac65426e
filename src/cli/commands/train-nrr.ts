import { join } from 'node:path';
import { Pace } from '../../engine/schedule.js';
import { InputError } from '../../errors.js';
import type { NrrTrained } from '../../learning/nrr-train.js';
import { Exit, finish, interruptSignal, withEngine, type CommonFlags } from '../context.js';
import { printJson, ProgressLine, say, short, spread, table } from '../output.js';

interface Flags extends CommonFlags {
  readonly resume?: boolean;
  readonly backend: string;
  readonly seeds?: readonly number[];
}

/** Trains Neural Round Robin from each seed and prints what was measured on held-out profiles. */
export async function trainNrrSeeds(
  raw: Readonly<Record<string, unknown>>,
  seeds: readonly number[],
  out: string,
  flags: Flags,
): Promise<void> {
  if (flags.backend !== 'auto' && flags.backend !== 'kernels') {
    throw new InputError(`--backend is ${flags.backend}, expected kernels: nrr is trained by nothing else`);
  }
  const { trainNrr } = await import('../../learning/nrr-train.js');
  const { nrrTrainingConfig } = await import('../../learning/nrr-config.js');
  const config = nrrTrainingConfig(raw);
  const signal = interruptSignal();
  const results = await withEngine(flags, async (engine) => {
    const done: NrrTrained[] = [];
    for (const seed of seeds) {
      if (signal.aborted) break;
      const folder = flags.seeds ? join(out, `seed-${seed}`) : out;
      const progress = new ProgressLine(`nrr, seed ${seed}`, flags.progress, 'epochs');
      const pace = new Pace();
      const result = await trainNrr(engine, config, {
        seed,
        out: folder,
        resume: flags.resume === true,
        signal,
        onProgress: (done, total) => progress.update(pace.at(done, total)),
      }).finally(() => progress.end());
      const { hamming, welfareRatio, ef1, targetDistance } = result.heldOut;
      say(
        `seed ${seed}: ${result.epochs} epochs, loss ${short(result.loss)}; distance to target ${short(targetDistance)}, hamming ${short(hamming)}, welfare ratio ${short(welfareRatio)}, EF1 ${short(ef1)}; wrote ${folder}`,
      );
      done.push(result);
    }
    return done;
  });
  if (flags.json) {
    const runs = results.map((result, k) => ({ seed: seeds[k], ...result, network: undefined }));
    printJson({ model: 'nrr', backend: 'kernels', runs });
  } else if (results.length > 0) {
    const rows = [
      ['distance to target', spread(results.map(({ heldOut }) => heldOut.targetDistance))],
      ['hamming', spread(results.map(({ heldOut }) => heldOut.hamming))],
      ['welfare ratio', spread(results.map(({ heldOut }) => heldOut.welfareRatio))],
      ['EF1 rate', spread(results.map(({ heldOut }) => heldOut.ef1))],
    ];
    say(table(['held out', results.length > 1 ? 'mean ± sd' : 'value'], rows));
  }
  finish(Exit.done);
}
