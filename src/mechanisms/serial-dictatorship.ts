import { InputError } from '../errors.js';
import { Status } from '../types.js';
import type { Kernels } from '../wasm/kernels.js';
import type { OptionValues, OrdinalDefinition, OrdinalProblem, OrdinalResult } from './mechanism.js';

/**
 * In arrival order, or in a random order drawn from `seed`, each agent takes the first bundle of its list whose goods all
 * have places left. `assignment` is in arrival order whatever the order of choosing.
 */
export const serialDictatorship: OrdinalDefinition = {
  kind: 'ordinal',
  id: 'serial-dictatorship',
  name: 'Serial dictatorship',
  citation:
    'Abdulkadiroglu, Sonmez, Random Serial Dictatorship and the Core from Random Endowments in House Allocation Problems, 1998',
  algorithm: 'one pass over the lists; a bundle is a bit mask that is compared with the mask of goods with places left',
  options: [
    {
      name: 'random-order',
      type: 'boolean',
      default: false,
      about: 'agents choose in a uniformly random order drawn from the seed instead of the order of arrival',
    },
    {
      name: 'seed',
      type: 'number',
      default: 0,
      range: [0, Number.MAX_SAFE_INTEGER],
      about: 'seed of the random order, an integer',
    },
  ],
  reads: ['capacities', 'bundle_start', 'bundle_mask', 'bundle_units'],
  outputs: ['assignment', 'remaining'],
  claims: [],
  ties: 'none: lists are strict, and agents choose one after the other',
  solve(kernels: Kernels, problem: OrdinalProblem, options: OptionValues): OrdinalResult {
    const { call, arena } = kernels;
    const { capacities, bundleStart, bundleMask, bundleUnits } = problem;
    const goods = capacities.length;
    const agents = bundleStart.length - 1;
    const seed = Number(options.seed ?? 0);
    if (!Number.isSafeInteger(seed)) throw new InputError(`seed is ${seed}, expected an integer`);
    const mark = arena.mark();
    try {
      const remaining = arena.take(capacities.byteLength);
      const start = arena.take(bundleStart.byteLength);
      const lists = arena.take((bundleMask ?? bundleUnits ?? new Uint16Array()).byteLength);
      const order = options['random-order'] === true ? arena.take(4 * agents) : 0;
      const assignment = arena.take(8 * agents);
      const open = arena.take(8 * Math.ceil(goods / 64));
      arena.i32(remaining, goods).set(capacities);
      arena.i32(start, agents + 1).set(bundleStart);
      if (order !== 0) call.randomOrder(agents, BigInt(seed), 0n, order);
      if (bundleMask) {
        arena.u64(lists, bundleMask.length).set(bundleMask);
        call.serialDictatorshipMasks(agents, goods, start, lists, order, assignment, remaining, open);
      } else if (bundleUnits) {
        arena.u16(lists, bundleUnits.length).set(bundleUnits);
        call.serialDictatorshipUnits(agents, goods, start, lists, order, assignment, remaining);
      } else {
        throw new InputError('bundle_mask is missing, expected bundle_mask or bundle_units');
      }
      return {
        assignment: new BigInt64Array(call.memory.buffer, assignment, agents).slice(),
        remaining: arena.i32(remaining, goods).slice(),
        status: Int32Array.of(Status.solved),
        residual: Float64Array.of(0),
      };
    } finally {
      arena.release(mark);
    }
  },
};
