import { Command } from 'commander';
import { measuredFrom } from '../../engine/tasks.js';
import { InputError, badElement } from '../../errors.js';
import { profileBatch, type BatchArray, type ProfileBatch } from '../../profiles/batch.js';
import { convertArray, indexOf } from '../../profiles/convert.js';
import { openTable, readArrays, writeArrays } from '../../profiles/files.js';
import { inFile } from '../../profiles/read.js';
import { PROPERTIES } from '../../properties/registry.js';
import { isAnswer, type NamedArrays } from '../../types.js';
import { Exit, commonFlags, finish, interruptSignal, withEngine, type CommonFlags } from '../context.js';
import { sayIgnored, someProfiles } from '../input.js';
import { badProfileFlag, type BadProfileFlags } from '../job.js';
import { ARRAY_FILES, PROFILE_FILES, checkOutput } from '../out-file.js';
import { ProgressLine, note, printJson, say, short, table, whole } from '../output.js';

export function propertiesCommand(): Command {
  return badProfileFlag(commonFlags(new Command('properties')))
    .description('measure every property of an allocation')
    .argument('<in>', 'profiles')
    .argument('<allocation>', 'a result file: allocation [B,N,M] or owner [B,M]')
    .option('--target <file>', 'a result file that hamming measures the distance to')
    .option('--out <file>', 'one number per profile and property (required): .npz, .json, .csv or .parquet')
    .action(run);
}

interface Flags extends CommonFlags, BadProfileFlags {
  readonly out?: string;
  readonly target?: string;
}

async function run(input: string, resultPath: string, flags: Flags): Promise<void> {
  const path = await checkOutput(flags.out, PROFILE_FILES);
  const arrays = await readArrays(input);
  const result = await readArrays(resultPath);
  const has = (name: string) => Object.hasOwn(result, name);
  const reads = measuredFrom(has('owner') ? 'owners' : has('dual') ? 'shares' : 'amounts');
  const batch = inFile(input, () => someProfiles(profileBatch(arrays, reads, { badProfiles: flags.badProfiles })));
  const { placed, integral } = inFile(resultPath, () => allocationOf(result, batch));
  const target = flags.target === undefined ? undefined : await readArrays(flags.target);
  const aim = target && inFile(flags.target!, () => allocationOf(target, batch));
  sayIgnored(has('owner') ? 'properties of owners' : 'properties', arrays, reads);
  const ofRules = PROPERTIES.filter(({ needs }) => needs === 'gain' || needs === 'constraints').map(({ name }) => name);
  const ofTargets = target ? [] : PROPERTIES.filter(({ needs }) => needs === 'target').map(({ name }) => name);
  const left = [...ofRules, ...ofTargets];
  const kept = PROPERTIES.filter(({ name, integralOnly }) => !left.includes(name) && (integral || !integralOnly));
  const measured = kept.map(({ name }) => name);
  const skipped = PROPERTIES.map(({ name }) => name).filter((name) => !measured.includes(name));
  const unfit = skipped.filter((name) => !left.includes(name));
  if (unfit.length > 0) note(`skipped ${unfit.join(', ')}: defined for indivisible items only`);
  note(`skipped ${ofRules.join(', ')}: a property of a rule, not of an allocation (evenhand evaluate measures it)`);
  if (ofTargets.length > 0) note(`skipped ${ofTargets.join(', ')}: no --target to compare with`);
  const progress = new ProgressLine('properties', flags.progress);
  const numbers = await withEngine(flags, (engine) =>
    engine.measure(
      measured,
      batch,
      { ...placed, ...(aim ? asTarget(aim) : {}) },
      { signal: interruptSignal(), onProgress: progress.update },
    ),
  ).finally(() => progress.end());
  // A profile without an answer has no properties, nor a distance to a target without one.
  const bad = batch.bad?.reduce((sum, x) => sum + x, 0) ?? 0;
  for (const [name, data] of Object.entries(numbers)) {
    if (bad > 0) data.forEach((x, k) => (data[k] = batch.bad![k] === 1 ? NaN : x));
    const told = [result.status, name === 'hamming' ? target?.status : undefined];
    for (const status of told) {
      if (status) data.forEach((x, k) => (data[k] = isAnswer(Number(status.data[k])) ? x : NaN));
    }
  }
  await write(path, numbers);
  const without = `${whole(bad)} profiles hold numbers that make no sense and have no properties`;
  finish(bad > 0 ? Exit.someFailed : Exit.done);
  if (flags.json) {
    printJson({
      count: batch.count,
      properties: Object.fromEntries(Object.entries(numbers).map(([name, data]) => [name, range(data)])),
      skipped,
      out: path,
    });
    if (bad > 0) say(without);
    return;
  }
  say(
    table(
      ['property', 'min', 'mean', 'max'],
      Object.entries(numbers).map(([name, data]) => {
        const { min, mean, max } = range(data);
        return [name, short(min), short(mean), short(max)];
      }),
    ),
  );
  say(`${whole(batch.count)} profiles; wrote ${path}`);
  if (bad > 0) say(without);
}

/** Arrays [B] by name, or a table with one row a profile. */
async function write(path: string, numbers: Readonly<Record<string, Float64Array>>): Promise<void> {
  const entries = Object.entries(numbers);
  if (ARRAY_FILES.some((extension) => path.toLowerCase().endsWith(extension))) {
    return writeArrays(path, Object.fromEntries(entries.map(([name, data]) => [name, { shape: [data.length], data }])));
  }
  const columns = entries.map(([name]) => ({ name, type: 'double' as const }));
  const out = await openTable(path, [{ name: 'profile', type: 'int' }, ...columns]);
  try {
    await out.write([entries[0]![1].map((_, k) => k), ...entries.map(([, data]) => data)]);
    await out.close();
  } catch (error) {
    await out.abort();
    throw error;
  }
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

/** The same as what others are compared with. */
function asTarget({ placed: { owner, allocation } }: Found): Found['placed'] {
  return owner ? { target: owner } : { target_allocation: allocation! };
}

/** The allocation or owners of a result file, checked against the profiles. */
function allocationOf(result: NamedArrays, { count, agents, items }: ProfileBatch): Found {
  const name = Object.hasOwn(result, 'owner') ? 'owner' : 'allocation';
  const array = result[name];
  if (!array) throw new InputError('has neither allocation nor owner');
  const each = name === 'owner' ? [items] : [agents, items];
  const full = [count, ...each];
  const shape = array.shape.length === each.length ? [1, ...array.shape] : array.shape;
  if (shape.length !== full.length || shape.some((n, d) => n !== full[d])) {
    throw new InputError(`${name} has shape [${array.shape.join(',')}], expected [${full.join(',')}]`, { array: name });
  }
  const data = name === 'owner' ? convertArray(name, array, 'int32') : convertArray(name, array, 'float64');
  data.forEach((x, k) => {
    const sound = name === 'owner' ? x >= -1 && x < agents : Number.isFinite(x);
    const expected = name === 'owner' ? `an agent from 0 to ${agents - 1}, or -1 for nobody` : 'a finite number';
    if (!sound) throw badElement(name, indexOf(array.shape, k), x, expected);
  });
  if (result.status && result.status.data.length !== count) {
    throw new InputError(`status has shape [${result.status.shape.join(',')}], expected [${count}]`, {
      array: 'status',
    });
  }
  const integral = name === 'owner' || (data as Float64Array).every((x) => x === 0 || x === 1);
  return { placed: { [name]: { data, stride: each.reduce((a, b) => a * b, 1) } }, integral };
}
