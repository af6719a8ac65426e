// Profiles and results inside a kernel memory, so that a bench times the kernel alone.
import { bytesPerProfile, inputsOf, outputNames, placeInput, runPlaced, type Batch } from '#dist/engine/chunk.js';
import type { Mechanism } from '#dist/mechanisms/mechanism.js';
import { mechanism } from '#dist/mechanisms/registry.js';
import { cardinal } from '#dist/mechanisms/operation.js';
import { placeRoom } from '#dist/profiles/spots.js';
import { sampleProfiles, type SampleOptions } from '#dist/profiles/samplers.js';
import { Kernels } from '#dist/wasm/kernels.js';

export function placedCase(rule: string | Mechanism, sampler: string, options: SampleOptions) {
  return placedBatch(typeof rule === 'string' ? mechanism(rule) : rule, sampleProfiles(sampler, options));
}

export function placedBatch(chosen: Mechanism, batch: Batch) {
  const kernels = new Kernels();
  const definition = cardinal(chosen);
  const draw = () => placeInput(kernels, batch, inputsOf(batch, definition), 0, batch.count);
  const mark = kernels.arena.mark();
  const input = draw();
  const output = placeRoom(kernels, input, outputNames(definition));
  const floats = (name: string, length: number) =>
    kernels.arena.f64((name in { values: 0, demands: 0, budgets: 0 } ? input : output).address(name), length);
  return {
    kernels,
    count: batch.count,
    bytes: bytesPerProfile(batch, definition),
    run: () => definition.run(kernels, input, output, chosen.options),
    check: () => {
      runPlaced(kernels, definition, chosen.options, input, output);
      return kernels.arena.i32(output.address('status'), batch.count).every((s) => s === 0);
    },
    draw: () => {
      const top = kernels.arena.mark();
      draw();
      kernels.arena.release(top);
    },
    floats,
    input,
    output,
    dispose: () => kernels.arena.release(mark),
  };
}
