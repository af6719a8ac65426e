// Checks that a GPU trains as plain JavaScript does: `npm run verify:gpu [-- --backend NAME] [-- --allow-software]`.
// Shows the device, compares one gradient of exs-net's loss with the cpu backend's, and times the step on both. Ends with 1, after one
// sentence, where there is no GPU or the gradients differ. Takes native TensorFlow on a GPU if there is one, else WebGPU on a real
// adapter; --allow-software lets the backend named run on what is none.
import { parseArgs } from 'node:util';
import { TensorStepper, networkConfig, openBackend, parameterCount } from 'evenhand/learning';

const TOLERANCE = 1e-4;
const STEPS = 5;
const [AGENTS, ITEMS] = [5, 3];

class Refusal extends Error {}

/** Numbers in [low, high) that are the same on every run. */
function filler(seed) {
  let state = seed;
  return (length, low, high) =>
    Float32Array.from({ length }, () => {
      state = (state * 48271) % 2147483647;
      return low + ((high - low) * state) / 2147483647;
    });
}

/** The gradient, and the median time of a step in milliseconds. */
async function measure(backend, count) {
  const [agents, items] = [AGENTS, ITEMS];
  const config = networkConfig({ model: 'exs-net', agents, items, hidden: [64, 64] });
  const stepper = new TensorStepper(backend, config);
  const fill = filler(1);
  await stepper.setParameters(fill(parameterCount(config), -0.2, 0.2));
  const values = fill(count * agents * items, 0.1, 1);
  const demands = fill(count * agents * items, 0.1, 1);
  const budgets = new Float32Array(count * items).fill(1);
  const weights = new Float32Array(count * agents).fill(1);
  const batch = { count, values, reportedValues: values, demands, reportedDemands: demands, budgets, weights };
  const liars = Int32Array.from({ length: agents }, (_, i) => i);
  const reports = fill(count * agents * 2 * items, 0.1, 1);
  const coefficients = new Float32Array(agents).fill(1);
  const times = [];
  let gradient;
  // The first step compiles.
  for (let step = 0; step <= STEPS; step++) {
    const start = performance.now();
    ({ gradient } = await stepper.gradient(batch, liars, reports, coefficients, { offset: 1e-3, envy: 0 }));
    times.push(performance.now() - start);
  }
  await stepper.close();
  const sorted = times.slice(1).sort((a, b) => a - b);
  return { gradient, milliseconds: sorted[STEPS >> 1] };
}

async function openGpu({ backend: name, 'allow-software': software }) {
  const reasons = [];
  for (const each of name ? [name] : ['tensorflow-gpu', 'webgpu']) {
    try {
      const backend = await openBackend(each);
      if (backend.gpu || software) return backend;
      reasons.push(`${each}: ${backend.description}`);
    } catch (error) {
      reasons.push(error.message);
    }
  }
  throw new Refusal(`there is no GPU to verify (${reasons.join('; ')})`);
}

async function main() {
  const { values } = parseArgs({ options: { backend: { type: 'string' }, 'allow-software': { type: 'boolean' } } });
  const backend = await openGpu(values);
  console.log(`device    ${backend.description}`);
  // What is no GPU is slow.
  const count = backend.gpu ? 256 : 8;
  const here = await measure(backend, count);
  const plain = await measure(await openBackend('cpu'), count);
  const size = plain.gradient.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const apart = plain.gradient.reduce((most, x, k) => Math.max(most, Math.abs(x - here.gradient[k])), 0) / size;
  const good = apart <= TOLERANCE;
  console.log(
    `gradient  differs from the cpu backend's by ${apart.toExponential(1)} of its largest entry: ${good ? 'ok' : 'FAILED'}`,
  );
  const ran = `${count} profiles of ${AGENTS} agents and ${ITEMS} items, each agent's lie beside the truth`;
  console.log(
    `step      ${here.milliseconds.toFixed(1)} ms, ${plain.milliseconds.toFixed(1)} ms on the cpu backend (${ran})`,
  );
  if (!good) throw new Refusal(`${backend.name} does not compute what the cpu backend computes`);
}

main().catch((error) => {
  if (!(error instanceof Refusal) && !error.code?.startsWith('ERR_PARSE_ARGS')) throw error;
  console.error(`verify-gpu: ${error.message.replace(/\.$/, '')}.`);
  process.exitCode = 1;
});
