import { describe, expect, it } from 'vitest';
import { Workplace, numbers } from './support.js';

const place = new Workplace();
const TINY = {
  agents: 2,
  items: 2,
  budget: 1,
  hidden: [8],
  samples: 0,
  batch: 16,
  iterations: 20,
  heldOut: 10,
  heldOutEvery: 10,
};
place.json('config.json', TINY);
place.json('eef1nn.json', { agents: 2, items: 2, hidden: [4], samples: 6, epochs: 2, heldOut: 5 });
place.json('nrr.json', { agents: 4, items: 3, samples: 10, epochs: 2, heldOut: 20 });
await place.ok('sample uniform --agents 2 --items 2 --count 12 --budget 1 --out in.npz');

describe('train', () => {
  it.each(['exs-net', 'expf-net'])('%s leaves a network that allocate, exploit and evaluate take', async (model) => {
    const { lines } = await place.ok(`train ${model} --config config.json --out ${model} --seed 3`);
    expect(
      lines.some((line) =>
        /^computed by kernels; not tensorflow-gpu: .*; not tensorflow, webgpu, wasm, cpu: taken by name only$/.test(
          line,
        ),
      ),
    ).toBe(true);
    expect(lines.some((line) => /^seed 3: best of 20 iterations at \d+; wrote/.test(line))).toBe(true);
    expect(lines.some((line) => line.startsWith('exploitability'))).toBe(true);
    await place.ok(`allocate ${model} in.npz --model ${model} --out out.npz`);
    const result = await place.read('out.npz');
    expect(numbers(result, 'status')).toEqual(new Array(12).fill(0));
    await place.ok('verify in.npz out.npz');
    await place.ok(`exploit ${model} in.npz --model ${model} --effort quick --out gains.npz`);
    const gains = numbers(await place.read('gains.npz'), 'gain');
    expect(Math.min(...gains)).toBeGreaterThanOrEqual(0);
    await place.ok(`evaluate pf,${model}:model=${model} in.npz --metrics log_nsw,exploitability --out table.csv`);
    const named = place
      .bytes('table.csv')
      .toString()
      .split('\n')
      .slice(1, -1)
      .map((line) => line.split(',')[0]);
    expect([...new Set(named)]).toEqual(['pf', `${model}:model=${model}`]);
  });

  it('goes on for more agents from an equivariant network', async () => {
    place.json('few.json', { ...TINY, architecture: 'equivariant' });
    place.json('more.json', { ...TINY, architecture: 'equivariant', agents: 6, budget: 3 });
    await place.ok('train exs-net --config few.json --out few');
    await place.ok('train exs-net --config more.json --warm-start few --out more-agents');
    const config = JSON.parse(String(place.bytes('more-agents/config.json'))) as { agents: number; warmStart: string };
    expect([config.agents, config.warmStart]).toEqual([6, 'few']);
    const text = await place.refused('train nrr --config nrr.json --warm-start few --out no');
    expect(text).toContain('--warm-start is for expf-net and exs-net, not nrr');
  });

  it('does several seeds in one go, and says their mean and spread', async () => {
    const { stdout } = await place.ok('train exs-net --config config.json --out many --seeds 1,2 --json');
    const { model, runs } = JSON.parse(stdout) as {
      model: string;
      runs: { seed: number; heldOut: { logNsw: number } }[];
    };
    expect(model).toBe('exs-net');
    expect(runs.map(({ seed }) => seed)).toEqual([1, 2]);
    expect(runs[0]!.heldOut.logNsw).not.toBe(runs[1]!.heldOut.logNsw);
    const { lines } = await place.ok('train exs-net --config config.json --out more --seeds 1,2');
    expect(lines.some((line) => / ± /.test(line))).toBe(true);
  });

  it('trains eef1nn by kernels and by tensors, goes on with it, and leaves a network that every command takes', async () => {
    const train = 'train eef1nn --config eef1nn.json --out owners --seeds 1,2';
    const { stdout } = await place.ok(`${train} --json --backend kernels`);
    const { backend, runs } = JSON.parse(stdout) as { backend: string; runs: { epochs: number; loss: number }[] };
    expect([backend, runs.map(({ epochs }) => epochs)]).toEqual(['kernels', [2, 2]]);
    const before = place.bytes('owners/seed-1/weights.npz');
    const { lines } = await place.ok(`${train} --resume`);
    expect(lines.some((line) => / ± /.test(line))).toBe(true);
    expect(place.bytes('owners/seed-1/weights.npz').equals(before)).toBe(true);
    const tensors = await place.ok(
      'train eef1nn --config eef1nn.json --out eef1nn-tensors --seed 1 --backend wasm --json',
    );
    const other = JSON.parse(tensors.stdout) as { backend: string; runs: { loss: number }[] };
    expect(other.backend).toBe('tensors on wasm');
    expect(Math.abs(other.runs[0]!.loss / runs[0]!.loss - 1)).toBeLessThan(1e-3);
    await place.ok('allocate eef1nn in.npz --model owners/seed-1 --out owners.npz');
    await place.ok('verify in.npz owners.npz');
    await place.ok('exploit eef1nn in.npz --model owners/seed-1 --effort quick --out gains.npz');
    expect(Math.min(...numbers(await place.read('gains.npz'), 'gain'))).toBeGreaterThanOrEqual(0);
    const metrics = '--metrics ef1,hamming,welfare_ratio --target max-utilitarian';
    await place.ok(`evaluate eef1nn:model=owners/seed-2,max-utilitarian in.npz ${metrics} --out table.csv`);
  });

  it('trains nrr from several seeds, goes on with it, and leaves a network that allocate and evaluate take', async () => {
    const { stdout } = await place.ok('train nrr --config nrr.json --out orders --seeds 1,2 --json');
    const { runs } = JSON.parse(stdout) as { runs: { seed: number; epochs: number; heldOut: { ef1: number } }[] };
    expect(runs.map(({ seed, epochs, heldOut }) => [seed, epochs, heldOut.ef1])).toEqual([
      [1, 2, 1],
      [2, 2, 1],
    ]);
    const before = place.bytes('orders/seed-1/weights.npz');
    const { lines } = await place.ok('train nrr --config nrr.json --out orders --seeds 1,2 --resume');
    expect(lines.some((line) => / ± /.test(line))).toBe(true);
    expect(place.bytes('orders/seed-1/weights.npz').equals(before)).toBe(true);
    await place.ok('allocate nrr in.npz --model orders/seed-1 --out owners.npz');
    expect((await place.ok('verify in.npz owners.npz')).lines.at(-1)).toContain('round-robin');
    await place.ok('evaluate nrr:model=orders/seed-2 in.npz --metrics ef1,utilitarian --out table.csv');
  });

  it('trains nrr on profiles and owners of a file that is named', async () => {
    await place.ok('sample rank-one --agents 4 --items 3 --count 30 --out drawn.npz');
    await place.ok('allocate round-robin drawn.npz --out owners-drawn.npz');
    const { values } = await place.read('drawn.npz');
    const { owner } = await place.read('owners-drawn.npz');
    await place.write('examples.npz', { values: values!, owner: owner! });
    const { stdout } = await place.ok('train nrr --config nrr.json --data examples.npz --out examples --json');
    const [run] = (JSON.parse(stdout) as { runs: { heldOut: { targetDistance: number; hamming: number } }[] }).runs;
    expect(run!.heldOut.targetDistance).not.toBe(run!.heldOut.hamming);
    expect(JSON.parse(place.bytes('examples/config.json').toString())).toMatchObject({ file: 'examples.npz' });
    expect(await place.refused('train exs-net --config config.json --data in.npz --out x')).toMatch(
      /holds 12 profiles/,
    );
    expect(await place.refused('train nrr --config nrr.json --data none.npz --out x')).toMatch(
      /none.npz: no such file/,
    );
  });

  it('goes on with a run from the configuration that it left', async () => {
    await place.ok('train exs-net --config config.json --out run --seed 5');
    const before = place.bytes('run/weights.npz');
    await place.ok('train exs-net --config run/config.json --out run --resume');
    expect(place.bytes('run/weights.npz').equals(before)).toBe(true);
    expect(await place.refused('train exs-net --config config.json --out run --resume')).toMatch(/seed is 5/);
    expect(await place.refused('train exs-net --config config.json --out run')).toMatch(/holds a run already/);
  });

  it.each([
    ['nrr', { agents: 4, items: 3, epochs: 2, heldOut: 5 }],
    ['exs-net', { ...TINY, agents: 4, items: 3 }],
  ])('goes on with %s on the file of profiles that it was begun on, and on no other', async (model, fields) => {
    await place.ok('sample rank-one --agents 4 --items 3 --count 40 --out begun.npz');
    await place.ok('sample rank-one --agents 4 --items 3 --count 40 --seed 1 --out changed.npz');
    const begun = place.bytes('begun.npz');
    place.json(`${model}-file.json`, fields);
    const train = `train ${model} --config ${model}-file.json --out ${model}-file`;
    await place.ok(`${train} --data begun.npz`);
    const weights = place.bytes(`${model}-file/weights.npz`);
    place.text('moved.npz', begun);
    await place.ok(`${train} --data moved.npz --resume`);
    await place.ok(`train ${model} --config ${model}-file/config.json --out ${model}-file --resume`);
    place.text('begun.npz', place.bytes('changed.npz'));
    expect(await place.refused(`${train} --data begun.npz --resume`)).toMatch(
      /begun.npz: contents have changed, expected the file that the run was begun on \(fileHash in .*config.json\)/,
    );
    expect(await place.refused(`${train} --resume`)).toMatch(
      /config.json: the run was begun on the profiles of "begun.npz", it cannot go on with drawn ones/,
    );
    expect(place.bytes(`${model}-file/weights.npz`).equals(weights)).toBe(true);
    await place.ok(`train ${model} --config ${model}-file.json --out ${model}-drawn`);
    expect(
      await place.refused(`train ${model} --config ${model}-file.json --out ${model}-drawn --data begun.npz --resume`),
    ).toMatch(/the run was begun on profiles that are drawn, it cannot go on with those of "begun.npz"/);
  });

  it('computes by a tensor backend that is named', async () => {
    const { lines } = await place.ok('train exs-net --config config.json --out tensors --backend cpu');
    expect(lines.some((line) => line.startsWith('computed by tensors on cpu'))).toBe(true);
  });

  it('refuses what makes no sense in one sentence', async () => {
    place.json('wrong.json', { ...TINY, epsilon: -1 });
    place.json('other.json', { ...TINY, model: 'expf-net' });
    place.json('list.json', [1]);
    const cases: [string, RegExp][] = [
      ['train nets --config config.json --out x', /unknown model nets, known: expf-net, exs-net, nrr, eef1nn/],
      ['train nrr --config config.json --out x', /unknown field budget/],
      ['train nrr --config nrr.json --out x --backend cpu', /nrr is trained by nothing else/],
      ['train exs-net --out x', /--config is missing/],
      ['train exs-net --config config.json', /--out is missing/],
      ['train exs-net --config none.json --out x', /none.json cannot be read/],
      ['train exs-net --config wrong.json --out x', /epsilon is -1, expected a number from 0/],
      ['train exs-net --config other.json --out x', /model is "expf-net", expected exs-net/],
      ['train exs-net --config list.json --out x', /holds no JSON object/],
      ['train exs-net --config config.json --out x --seeds 1,1', /expected different integers/],
      ['train exs-net --config config.json --out x --resume', /has no checkpoint to resume from/],
      ['allocate exs-net in.npz --out x.npz', /needs a trained network: --model DIR/],
      ['allocate exs-net in.npz --model none --out x.npz', /none.network.json cannot be read/],
    ];
    for (const [command, message] of cases) expect(await place.refused(command)).toMatch(message);
  });
});
