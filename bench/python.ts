import { spawnSync } from 'node:child_process';

/** A Python that has a package, if this machine has one. */
export function pythonWith(...packages: string[]): string | undefined {
  const test = packages.map((name) => `import ${name}`).join('; ');
  return [process.env.EVENHAND_TEST_PYTHON, 'python3', '/usr/bin/python3'].find(
    (python) => python && spawnSync(python, ['-c', test], { stdio: 'ignore' }).status === 0,
  );
}
