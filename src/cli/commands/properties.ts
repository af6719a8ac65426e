import { Command } from 'commander';
import { InputError } from '../../errors.js';
import { profileBatch, type BatchArray } from '../../profiles/batch.js';
import { convertArray } from '../../profiles/convert.js';
import { readArrays, writeArrays } from '../../profiles/files.js';
import { PROPERTIES } from '../../properties/registry.js';
import { isAnswer, type NamedArrays } from '../../types.js';
import { commonFlags, interruptSignal, withEngine, type CommonFlags } from '../context.js';
import { ProgressLine, printJson, say, short, table, whole } from '../output.js';

export function propertiesCommand(): Command {
  return commonFlags(new Command('properties'))
    .description('measure every property of an allocation')
    .argument('<in>', 'profiles')
    .argument('<allocation>', 'a result file: allocation [B,N,M] or owner [B,M]')
    .requiredOption('--out <file>', 'one number per profile and property: .npz or .json')
    .action(run);
}

async function run(input: string, resultPath: string, flags: CommonFlags & { readonly out: string }): Promise<void> {
  const arrays = await readArrays(input);
  const result = await readArrays(resultPath);
  const batch = profileBatch(arrays, ['values', 'demands', 'budgets', 'weights']);
  const { placed, integral } = allocationOf(result, batch, resultPath);
  const measured = PROPERTIES.filter(({ integralOnly }) => integral || !integralOnly).map(({ name }) => name);
  const skipped = PROPERTIES.map(({ name }) => name).filter((name) => !measured.includes(name));
  if (skipped.length > 0) say(`skipped ${skipped.join(', ')}: defined for indivisible items only`);
  const progress = new ProgressLine('properties', flags.progress);
  const numbers = await withEngine(flags, (engine) =>
    engine.measure(measured, batch, placed, { signal: interruptSignal(), onProgress: progress.update }),
  );
  progress.end();
  const status = result.status?.data;
  if (status) {
    // A profile without an answer has no properties.
    for (const data of Object.values(numbers)) data.forEach((_, k) => (data[k] = isAnswer(Number(status[k])) ? data[k]! : NaN));
  }
  await writeArrays(flags.out, Object.fromEntries(Object.entries(numbers).map(([name, data]) => [name, { shape: [data.length], data }])));
  if (flags.json) {
    printJson({ count: batch.count, properties: Object.fromEntries(Object.entries(numbers).map(([name, data]) => [name, range(data)])), skipped, out: flags.out });
    return;
  }
  say(table(['property', 'min', 'mean', 'max'], Object.entries(numbers).map(([name, data]) => {
    const { min, mean, max } = range(data);
    return [name, short(min), short(mean), short(max)];
  })));
  say(`${whole(batch.count)} profiles; wrote ${flags.out}`);
}

function range(data: Float64Array): { min: number; mean: number; max: number } {
  let [min, max, sum, n] = [Infinity, -Infinity, 0, 0];
  for (const x of data) {
    if (Number.isNaN(x)) continue;
    [min, max, sum, n] = [Math.min(min, x), Math.max(max, x), sum + x, n + 1];
  }
  return { min, mean: sum / n, max };
}

interface Found {
  readonly placed: Record<string, BatchArray & { readonly data: Float64Array | Int32Array }>;
  readonly integral: boolean;
}

/** The allocation or owners of a result file, checked against the profiles. */
function allocationOf(result: NamedArrays, { count, agents, items }: { count: number; agents: number; items: number }, path: string): Found {
  const name = Object.hasOwn(result, 'owner') ? 'owner' : 'allocation';
  const array = result[name];
  if (!array) throw new InputError(`${path} has neither allocation nor owner`);
  const each = name === 'owner' ? [items] : [agents, items];
  const full = [count, ...each];
  const shape = array.shape.length === each.length ? [1, ...array.shape] : array.shape;
  if (shape.length !== full.length || shape.some((n, d) => n !== full[d])) {
    throw new InputError(`${path}: ${name} has shape [${array.shape.join(',')}], expected [${full.join(',')}]`, { array: name });
  }
  const data = name === 'owner' ? convertArray(name, array, 'int32') : convertArray(name, array, 'float64');
  if (name === 'allocation') {
    (data as Float64Array).forEach((x, k) => {
      if (!Number.isFinite(x)) throw new InputError(`${path}: allocation[${k}] is ${x}, expected a finite number`, { array: name, index: [k] });
    });
  }
  const integral = name === 'owner' || (data as Float64Array).every((x) => x === 0 || x === 1);
  return { placed: { [name]: { data, stride: each.reduce((a, b) => a * b, 1) } }, integral };
}
