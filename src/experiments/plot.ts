import { writeFile } from 'node:fs/promises';
import type * as Vega from 'vega';
import type * as VegaLite from 'vega-lite';
import { MissingPackageError } from '../errors.js';

/** Draws a Vega-Lite specification as SVG. Needs the optional packages vega and vega-lite. */
export async function drawSvg(specification: object, path: string): Promise<void> {
  let vega: typeof Vega;
  let lite: typeof VegaLite;
  try {
    [vega, lite] = await Promise.all([import('vega'), import('vega-lite')]);
  } catch {
    throw new MissingPackageError('drawing pictures needs two more packages: npm install vega vega-lite');
  }
  const { spec } = lite.compile(specification as VegaLite.TopLevelSpec);
  const view = new vega.View(vega.parse(spec), { renderer: 'none' });
  try {
    await writeFile(path, await view.toSVG());
  } finally {
    view.finalize();
  }
}
