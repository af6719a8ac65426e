// Learned mechanisms: networks whose output is the allocation (ExS-Net) or the regularizer of proportional fairness (ExPF-Net), for whole
// batches, and what training them needs (Zeng et al., Near-Optimal Fair Resource Allocation for Strategic Agents without Money, 2023,
// section 4). src/networks/config.ts says what they compute; single precision up to proportional fairness, which is double.
//
// Every call is given a Network block (network/network.ts); calls about profiles a Batch block (network/batch.ts). Cost of a profile: two
// operations a parameter forward, four more backward.
import { Problem } from './ipm/problem';
import { Ascent, ascend } from './network/ascent';
import { Batch, layBatch } from './network/batch';
import { Desk, layDesk } from './network/desk';
import { infer } from './network/inference';
import { Network, layOut, packParameters } from './network/network';
import { Slope, slope, slopeScratch } from './network/slope';

/** Lays the table out at `net.table`; returns its end. */
export function networkLayout(net: usize): usize {
  return layOut(changetype<Network>(net));
}

/** Packs the parameters at `net.parameters`. */
export function networkPack(net: usize): void {
  packParameters(changetype<Network>(net));
}

/** Describes a batch of `count` profiles at `batch` whose arrays begin at `place`; returns their end. `noisy`: what is told differs from the truth. */
export function networkBatch(net: usize, batch: usize, count: i32, noisy: bool, place: usize): usize {
  return layBatch(changetype<Network>(net), changetype<Batch>(batch), count, noisy, place);
}

/** Runs a network on the profiles of a Problem block (network/inference.ts). */
export function networkInfer(net: usize, problem: usize, count: i32, desk: usize): void {
  infer(changetype<Network>(net), changetype<Problem>(problem), count, changetype<Desk>(desk));
}

/** Describes a desk at `desk`; returns the end of its room (network/desk.ts). */
export function networkDesk(net: usize, batch: usize, repeats: i32, desk: usize): usize {
  return layDesk(changetype<Network>(net), changetype<Batch>(batch), repeats, changetype<Desk>(desk));
}

/** Improves misreports (network/ascent.ts). */
export function networkAscend(net: usize, batch: usize, ascent: usize, desk: usize): void {
  ascend(changetype<Network>(net), changetype<Batch>(batch), changetype<Ascent>(ascent), changetype<Desk>(desk));
}

export function networkSlopeScratch(net: usize, batch: usize): usize {
  return slopeScratch(changetype<Network>(net), changetype<Batch>(batch));
}

/** Gradient of the training loss (network/slope.ts). */
export function networkSlope(net: usize, batch: usize, request: usize, desk: usize, scratch: usize): void {
  slope(changetype<Network>(net), changetype<Batch>(batch), changetype<Slope>(request), changetype<Desk>(desk), scratch);
}
