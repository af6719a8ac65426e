import { join } from 'node:path';
import { Pace } from '../../engine/schedule.js';
import type { Engine } from '../../engine/engine.js';
import { InputError } from '../../errors.js';
import type { Eef1nnTrained, Eef1nnTrainOptions } from '../../learning/eef1nn-train.js';
import type { NrrTrained } from '../../learning/nrr-train.js';
import { Exit, finish, interruptSignal, withEngine, type CommonFlags } from '../context.js';
import { printJson, ProgressLine, say, short, spread, table } from '../output.js';

type Train = (engine: Engine, options: Eef1nnTrainOptions) => Promise<NrrTrained | Eef1nnTrained>;

interface Flags extends CommonFlags {
  readonly resume?: boolean;
  readonly backend: NonNullable<Eef1nnTrainOptions['backend']>;
  readonly seeds?: readonly number[];
}

/** How a model is trained by a configuration. */
async function trainerOf(model: string, raw: Readonly<Record<string, unknown>>, backend: string): Promise<Train> {
  if (model === 'eef1nn') {
    const { trainEef1nn } = await import('../../learning/eef1nn-train.js');
    const { eef1nnTrainingConfig } = await import('../../learning/eef1nn-config.js');
    const config = eef1nnTrainingConfig(raw);
    return (engine, options) => trainEef1nn(engine, config, options);
  }
  if (backend !== 'auto' && backend !== 'kernels') {
    throw new InputError(`--backend is ${backend}, expected kernels: nrr is trained by nothing else`);
  }
  const { trainNrr } = await import('../../learning/nrr-train.js');
  const { nrrTrainingConfig } = await import('../../learning/nrr-config.js');
  const config = nrrTrainingConfig(raw);
  return (engine, options) => trainNrr(engine, config, options);
}

/** Trains a rule that assigns items from each seed and prints what was measured on held-out profiles. */
export async function trainAssignmentSeeds(
  model: string,
  raw: Readonly<Record<string, unknown>>,
  seeds: readonly number[],
  out: string,
  flags: Flags,
): Promise<void> {
  const train = await trainerOf(model, raw, flags.backend);
  const signal = interruptSignal();
  const results = await withEngine(flags, async (engine) => {
    const done: (NrrTrained | Eef1nnTrained)[] = [];
    for (const seed of seeds) {
      if (signal.aborted) break;
      const folder = flags.seeds ? join(out, `seed-${seed}`) : out;
      const progress = new ProgressLine(`${model}, seed ${seed}`, flags.progress, 'epochs');
      const pace = new Pace();
      const result = await train(engine, {
        seed,
        out: folder,
        resume: flags.resume === true,
        backend: flags.backend,
        signal,
        onProgress: (done, total) => progress.update(pace.at(done, total)),
      }).finally(() => progress.end());
      if (done.length === 0 && 'backend' in result) {
        const why = result.refused.map(({ name, reason }) => `; not ${name}: ${reason}`).join('');
        say(`computed by ${result.backend}${why}`);
      }
      const { hamming, welfareRatio, ef1, targetDistance } = result.heldOut;
      const apart = targetDistance === undefined ? '' : `distance to target ${short(targetDistance)}, `;
      say(
        `seed ${seed}: ${result.epochs} epochs, loss ${short(result.loss)}; ${apart}hamming ${short(hamming)}, welfare ratio ${short(welfareRatio)}, EF1 ${short(ef1)}; wrote ${folder}`,
      );
      done.push(result);
    }
    return done;
  });
  if (flags.json) {
    const runs = results.map((result, k) => ({ seed: seeds[k], ...result, network: undefined }));
    const backend = results[0] && 'backend' in results[0] ? results[0].backend : 'kernels';
    printJson({ model, backend, runs });
  } else if (results.length > 0) {
    const apart = results.flatMap(({ heldOut }) => heldOut.targetDistance ?? []);
    const rows = [
      ...(apart.length > 0 ? [['distance to target', spread(apart)]] : []),
      ['hamming', spread(results.map(({ heldOut }) => heldOut.hamming))],
      ['welfare ratio', spread(results.map(({ heldOut }) => heldOut.welfareRatio))],
      ['EF1 rate', spread(results.map(({ heldOut }) => heldOut.ef1))],
    ];
    say(table(['held out', results.length > 1 ? 'mean ± sd' : 'value'], rows));
  }
  finish(Exit.done);
}
