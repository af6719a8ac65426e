import { appendFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../engine/engine.js';
import { EvenhandError, InputError } from '../errors.js';
import { saveNetwork } from '../networks/files.js';
import { sharedParameters, type Network } from '../networks/network.js';
import { loadCheckpoint, saveCheckpoint, TRAINER_LAYOUT } from './checkpoint.js';
import { measureHeldOut, type Measured } from './held-out.js';
import { openStepper, type StepperOptions } from './open-stepper.js';
import { LOG, prepareFolder } from './run-folder.js';
import { initialState, Trainer, type IterationLog } from './trainer.js';
import type { TrainingConfig } from './training-config.js';
import { openTrainingData } from './training-data.js';
import { warmStart } from './warm-start.js';

export interface TrainOptions extends StepperOptions {
  /** Draws and initial parameters; default 0. */
  readonly seed?: number;
  /** Folder for network, log and checkpoint; absent: nothing is written. */
  readonly out?: string;
  /** Go on from the folder's checkpoint, exactly as if it had not stopped. */
  readonly resume?: boolean;
  /** Stops after the iteration under way; the checkpoint and the best network are written. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number, log: IterationLog) => void;
  /** Told once, before the first iteration, what computes the steps, and why others were not taken. */
  readonly onBackend?: (name: string, refused: Trained['refused']) => void;
  /** Told every held-out measurement. */
  readonly onMeasured?: (measured: Checkpoint) => void;
}

/** A held-out measurement on the way. */
export interface Checkpoint {
  readonly iteration: number;
  readonly measured: Measured;
}

export interface Trained {
  /** The best network by its held-out measurements. */
  readonly network: Network;
  /** Measured on held-out profiles by the search of `exploit`. */
  readonly heldOut: Measured;
  readonly bestIteration: number;
  readonly iterations: number;
  /** Whether training broke off because its numbers went beyond single precision; the best network until then is kept. */
  readonly diverged: boolean;
  /** Name of what computed the steps, and why others were not taken. */
  readonly backend: string;
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
  /** Every held-out measurement. */
  readonly history: readonly Checkpoint[];
}

/** Iterations between lines of the log. */
const LOG_EVERY = 10;

/**
 * Trains a network. The held-out exploitability is found by the search of `exploit`, never taken from the training misreports. The best
 * network by that measure is returned and written; the same seed gives the same run.
 */
export async function trainNetwork(
  engine: Engine,
  config: TrainingConfig,
  options: TrainOptions = {},
): Promise<Trained> {
  const { seed = 0, out, signal, onProgress, onMeasured } = options;
  if (!Number.isSafeInteger(seed) || seed < 0) throw new InputError(`seed is ${seed}, expected an integer from 0`);
  const data = await openTrainingData(config, seed);
  const state = initialState(config, data.samples, seed, options.resume ? undefined : await warmStart(config));
  const log = out === undefined ? undefined : join(out, LOG);
  if (out !== undefined) await prepareFolder(out, config, seed, options.resume === true);
  if (out !== undefined && options.resume) await loadCheckpoint(out, TRAINER_LAYOUT, state, log!);
  const opened = await openStepper(engine, config, state.parameters, options);
  const { stepper } = opened;
  options.onBackend?.(stepper.name, opened.refused);
  const before = log !== undefined && options.resume ? await readLog(log) : [];
  const history = before.flatMap(({ iteration, heldOut }) => (heldOut ? [{ iteration, measured: heldOut }] : []));
  const begun = performance.now() - 1000 * (before.at(-1)?.seconds ?? 0);
  let lines = '';
  const write = (line: object) => {
    lines += `${JSON.stringify(line)}\n`;
  };
  const settle = async () => {
    if (out === undefined || log === undefined) return;
    await appendFile(log, lines);
    lines = '';
    await saveCheckpoint(out, TRAINER_LAYOUT, state, (await stat(log)).size);
    await saveNetwork(out, { config: config.network, parameters: state.best });
  };
  try {
    const trainer = new Trainer(config, seed, data, stepper, state);
    const seconds = () => (performance.now() - begun) / 1000;
    let diverged = false;
    // Asked at the start, so that a run that ended early is not gone on with.
    const enough = () =>
      state.iteration >= config.iterations || (config.patience > 0 && state.stale >= config.patience);
    while (!enough() && !signal?.aborted) {
      const entry = await trainer.iterate();
      if (!entry) {
        diverged = true;
        break;
      }
      if (entry.iteration % LOG_EVERY === 0 || entry.iteration === 1) write({ ...entry, seconds: seconds() });
      onProgress?.(entry.iteration, config.iterations, entry);
      if (entry.iteration % config.heldOutEvery !== 0 && entry.iteration !== config.iterations) continue;
      const measured = await trainer.measure(engine);
      history.push({ iteration: entry.iteration, measured });
      onMeasured?.(history.at(-1)!);
      write({ iteration: entry.iteration, heldOut: measured, best: state.stale === 0, seconds: seconds() });
      await settle();
    }
    if (diverged && !history.some(({ measured }) => measured.failed < data.heldOut.count)) {
      throw new EvenhandError(
        `training broke off in iteration ${state.iteration + 1}, before a network was measured: the loss or its gradient is beyond single precision; use smaller values, scale, rate or weights`,
      );
    }
    await settle();
    if (signal?.aborted && history.length === 0) signal.throwIfAborted();
    const parameters = sharedParameters(state.best.length);
    parameters.set(state.best);
    const network: Network = { config: config.network, parameters };
    const heldOut =
      history.find(({ iteration }) => iteration === state.bestIteration)?.measured ??
      (await measureHeldOut(engine, config, network, data));
    return {
      network,
      heldOut,
      bestIteration: state.bestIteration,
      iterations: state.iteration,
      diverged,
      backend: stepper.name,
      refused: opened.refused,
      history,
    };
  } finally {
    await stepper.close();
  }
}

/** The lines of a log. */
async function readLog(log: string): Promise<{ iteration: number; heldOut?: Measured; seconds: number }[]> {
  const lines = (await readFile(log, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as { iteration: number; heldOut?: Measured; seconds: number });
}
