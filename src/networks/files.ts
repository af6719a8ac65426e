import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import { readArrays, writeArrays } from '../profiles/files.js';
import { readJsonObject } from '../profiles/json-object.js';
import { writeAtomically } from '../profiles/output-file.js';
import type { NdArray } from '../types.js';
import { networkConfig, parameterCount, parameterSpecs } from './config.js';
import { sharedParameters, type Network } from './network.js';

const CONFIG = 'network.json';
const WEIGHTS = 'weights.npz';
/** Of a parameter: sums of larger ones may leave single precision. */
const LARGEST = 1e6;

/** Writes `network.json` and `weights.npz` (one float32 array per matrix and bias, as NumPy reads them) into a folder. */
export async function saveNetwork(folder: string, { config, parameters }: Network): Promise<void> {
  await mkdir(folder, { recursive: true });
  let at = 0;
  const arrays: Record<string, NdArray> = {};
  for (const { name, rows, columns } of parameterSpecs(config)) {
    const size = Math.max(1, rows) * columns;
    arrays[name] = { shape: rows > 0 ? [rows, columns] : [columns], data: parameters.slice(at, at + size) };
    at += size;
  }
  await writeArrays(join(folder, WEIGHTS), arrays);
  await writeAtomically(join(folder, CONFIG), (file) =>
    file.write(Buffer.from(`${JSON.stringify(config, null, 2)}\n`)),
  );
}

/** Reads a network that `saveNetwork` wrote. Whatever is wrong with it is an InputError of one sentence. */
export async function loadNetwork(folder: string): Promise<Network> {
  const path = join(folder, CONFIG);
  const config = networkConfig(await readJsonObject(path, 'a folder that evenhand train has written'));
  const weights = join(folder, WEIGHTS);
  const arrays = await readArrays(weights);
  const parameters = sharedParameters(parameterCount(config));
  let at = 0;
  for (const { name, rows, columns } of parameterSpecs(config)) {
    const shape = rows > 0 ? [rows, columns] : [columns];
    const found = arrays[name];
    if (!found) throw new InputError(`${weights}: has no array ${name}`);
    if (found.shape.join() !== shape.join()) {
      throw new InputError(
        `${weights}: ${name} has the shape (${found.shape.join(', ')}), expected (${shape.join(', ')})`,
      );
    }
    for (let k = 0; k < found.data.length; k++) {
      const x = Math.fround(Number(found.data[k]));
      if (!(Math.abs(x) <= LARGEST)) {
        throw new InputError(
          `${weights}: ${name}[${k}] is ${found.data[k]}, expected a number from -${LARGEST} to ${LARGEST}`,
        );
      }
      parameters[at + k] = x;
    }
    at += found.data.length;
  }
  return { config, parameters, name: folder };
}
