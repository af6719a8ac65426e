import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// The package as others get it: packed, installed into an empty project with nothing optional, typed, imported, run.
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'evenhand-package-'));
const project = join(folder, 'project');
const packageFolder = join(project, 'node_modules/evenhand');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(
  command: string,
  args: readonly string[],
  cwd = project,
): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  return { status, stdout, stderr };
}

/** Runs what must succeed. */
function must(command: string, args: readonly string[], cwd = project): string {
  const { status, stdout, stderr } = run(command, args, cwd);
  expect([command, ...args, status, status === 0 ? '' : `${stdout}${stderr}`]).toEqual([command, ...args, 0, '']);
  return stdout;
}

/** Every file below a folder. */
function filesOf(path: string): string[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesOf(join(path, entry.name)) : [join(path, entry.name)],
  );
}

const PROGRAM = `import {
  EngineError, InputError, MECHANISMS, PROPERTIES, SAMPLERS, Status, createEngine, isAnswer, materialize, maxUtilitarian, mechanism,
  ordinalProblem, parseMechanism, pf, profileBatch, readArrays, readProfiles, roundRobin, sampleProfiles, serialDictatorship, utilitarian,
  writeArrays, writeProfiles,
  type AllocationResult, type Engine, type Evaluation, type Mechanism, type MetricSummary, type NamedArrays, type ProfileBatch, type Progress,
} from 'evenhand';

const engine: Engine = await createEngine({ threads: 2 });
try {
  const batch = sampleProfiles('uniform', { agents: 10, items: 3, count: 2000, budget: 1, seed: 7 });
  let last: Progress | undefined;
  const controller = new AbortController();
  const out: AllocationResult = await engine.allocate(pf({ tolerance: 1e-10 }), batch, {
    signal: controller.signal,
    onProgress: (progress) => { last = progress; },
  });
  const allocation: Float64Array | undefined = out.allocation;
  const status: Int32Array = out.status;
  const stats: Evaluation[] = await engine.evaluate([pf(), roundRobin(), maxUtilitarian(), utilitarian({ select: 'vertex' })], batch, {
    metrics: ['logNsw', 'efficiency'],
  });
  const summary: MetricSummary | undefined = stats[0]?.metrics['logNsw'];
  await writeProfiles('library.npz', batch);
  const stored: ProfileBatch = await readProfiles('library.npz');
  const arrays: NamedArrays = await engine.allocateArrays(mechanism('pf'), stored);
  await writeArrays('library-out.npz', arrays);
  const rule: Mechanism = parseMechanism('utilitarian:select=vertex');
  const problem = ordinalProblem(await readArrays('courses.json'));
  const assigned = await engine.allocate(serialDictatorship({ randomOrder: true, seed: 3 }), problem);
  let refused = '';
  try {
    profileBatch({ values: { shape: [1, 1], data: Float64Array.of(-1) } });
  } catch (error) {
    if (error instanceof InputError) refused = error.location.array ?? '';
  }
  console.log(JSON.stringify({
    allocation: allocation?.length, solved: status.every(isAnswer), done: last?.done, mean: typeof summary?.mean, rule: rule.id,
    assigned: assigned.status[0] === Status.solved, refused, materialized: materialize(batch, 5, 2).count,
    registries: [MECHANISMS.length > 0, PROPERTIES.length > 0, Object.keys(SAMPLERS).length > 0],
    errors: new EngineError('x') instanceof Error,
  }));
} finally {
  await engine.close();
}
`;

beforeAll(() => {
  // Packed from a copy: scripts are off, so what is packed is the build that the other tests run.
  const source = join(folder, 'source');
  mkdirSync(source);
  const { files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { files: string[] };
  for (const name of ['package.json', 'README.md', 'LICENSE', ...files.filter((each) => !each.startsWith('!'))]) {
    if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(source, name), { recursive: true });
  }
  const [packed] = JSON.parse(
    must('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], source),
  ) as { filename: string }[];
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'project', private: true, type: 'module' }));
  must('npm', [
    'install',
    '--ignore-scripts',
    '--omit=optional',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    join(folder, packed!.filename),
  ]);
}, 300_000);

describe('the installed package', () => {
  it('has no native code, TensorFlow, queue client or plotting library', () => {
    const modules = filesOf(join(project, 'node_modules')).map((path) => relative(project, path));
    expect(modules.filter((path) => path.endsWith('.node'))).toEqual([]);
    const unwanted = /node_modules\/(@[^/]+\/)?[^/]*(tensorflow|webgpu|ioredis|bullmq|vega|duckdb)[^/]*\//;
    expect(modules.filter((path) => unwanted.test(path))).toEqual([]);
  });

  it('brings the kernels and the data of the tour, and neither sources nor tests', () => {
    for (const path of [
      'dist/wasm/evenhand.wasm',
      'dist/index.d.ts',
      'data/adult/adult_first500_values.csv',
      'data/ariel-courses/ariel_points.csv',
      'data/openb-cluster/openb_demand_matrix.csv',
      'LICENSE',
    ]) {
      expect([path, existsSync(join(packageFolder, path))]).toEqual([path, true]);
    }
    for (const path of ['src', 'test', 'assembly', 'bench', 'node_modules'])
      expect(existsSync(join(packageFolder, path))).toBe(false);
    expect(filesOf(join(packageFolder, 'dist')).filter((path) => path.endsWith('.map'))).toEqual([]);
  });

  it('has types that a strict program compiles against, libraries checked too', () => {
    writeFileSync(join(project, 'program.ts'), PROGRAM);
    const compilerOptions = {
      target: 'ES2022',
      lib: ['ES2023', 'ESNext.Disposable', 'DOM'],
      module: 'NodeNext',
      moduleResolution: 'NodeNext',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      types: [],
      outDir: 'out',
    };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
    must(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json']);
  });

  it('refuses in the types what is no option', () => {
    writeFileSync(
      join(project, 'wrong.ts'),
      "import { pf, utilitarian } from 'evenhand';\npf({ tolerence: 1 });\nutilitarian({ select: 'both' });\n",
    );
    const compilerOptions = {
      module: 'NodeNext',
      strict: true,
      noEmit: true,
      types: [],
      lib: ['ES2023', 'DOM'],
      target: 'ES2022',
    };
    writeFileSync(join(project, 'tsconfig.wrong.json'), JSON.stringify({ compilerOptions, files: ['wrong.ts'] }));
    const { status, stdout } = run(process.execPath, [
      join(ROOT, 'node_modules/typescript/bin/tsc'),
      '-p',
      'tsconfig.wrong.json',
    ]);
    expect(status).not.toBe(0);
    expect(stdout).toMatch(/wrong\.ts\(2,/);
    expect(stdout).toMatch(/wrong\.ts\(3,/);
  });

  it('runs that program on worker threads', () => {
    writeFileSync(
      join(project, 'courses.json'),
      JSON.stringify({ capacities: [1, 1], bundles: [[[0], [1]], [[0, 1]]] }),
    );
    expect(JSON.parse(must(process.execPath, ['out/program.js']))).toEqual({
      allocation: 60_000,
      solved: true,
      done: 2000,
      mean: 'number',
      rule: 'utilitarian',
      assigned: true,
      refused: 'values',
      materialized: 2,
      registries: [true, true, true],
      errors: true,
    });
  });

  it('has a learning entry that says what to install where there is no tensor library', () => {
    const script = `import { openBackend } from 'evenhand/learning';
      for (const name of ['auto', 'webgpu']) await openBackend(name).catch(({ name, message }) => console.log(name + ': ' + message));`;
    const needed = 'npm install @tensorflow/tfjs-core @tensorflow/tfjs-layers';
    expect(must(process.execPath, ['--input-type=module', '-e', script])).toBe(
      `MissingPackageError: tensors need more packages: ${needed} @tensorflow/tfjs-backend-wasm\n` +
        `MissingPackageError: tensors need more packages: ${needed} webgpu @tensorflow/tfjs-backend-webgpu\n`,
    );
  });

  it('has a theory entry with the theorems as functions', () => {
    const script = `import { drawAgents, lossBound, nneAtMost, samplesFor, shiftBound } from 'evenhand/theory';
      const [agents] = drawAgents('similar', 3, 4, 1, 0.2, 1);
      const bound = lossBound(agents);
      console.log(bound > 0 && bound < 4, nneAtMost(1), shiftBound(2, 0.1), typeof samplesFor);`;
    expect(must(process.execPath, ['--input-type=module', '-e', script])).toBe('true 0.5 0.2 function\n');
  });

  it('has a command line that samples, allocates and verifies', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(must('npx', ['--no-install', 'evenhand', '--version'])).toBe(`${version}\n`);
    const main = join(packageFolder, 'dist/cli/main.js');
    must(process.execPath, [main, ...'sample uniform --agents 4 --items 3 --count 20 --out in.npz'.split(' ')]);
    must(process.execPath, [main, ...'allocate pf in.npz --out out.npz'.split(' ')]);
    must(process.execPath, [main, ...'verify in.npz out.npz'.split(' ')]);
    must(process.execPath, [main, ...'verify library.npz library-out.npz'.split(' ')]);
    expect(statSync(join(project, 'out.npz')).size).toBeGreaterThan(1000);
    const bench = run(process.execPath, [main, 'bench']);
    expect([bench.status, bench.stderr.trim().split('\n').length]).toEqual([2, 1]);
  });
});
