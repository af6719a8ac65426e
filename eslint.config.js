import js from '@eslint/js';
import ts from 'typescript-eslint';

/** A layer may import the layers named here and no others: the arrows of docs/architecture.md. */
const leaves = ['types', 'errors', 'random'];
const layers = {
  wasm: [],
  profiles: ['wasm'],
  properties: ['wasm', 'profiles'],
  networks: ['wasm', 'profiles'],
  mechanisms: ['wasm', 'profiles', 'networks'],
  engine: ['wasm', 'profiles', 'networks', 'mechanisms', 'properties'],
  learning: ['wasm', 'profiles', 'networks', 'mechanisms', 'properties', 'engine'],
  verify: ['profiles'],
  experiments: ['profiles', 'networks', 'mechanisms', 'properties', 'engine', 'learning'],
  cli: ['profiles', 'networks', 'mechanisms', 'properties', 'engine', 'learning', 'verify', 'experiments'],
};

const tensors = { regex: '^(@tensorflow/|webgpu$)', message: 'Only src/learning imports a tensor library.' };

const arrows = Object.entries(layers).flatMap(([layer, allowed]) => {
  const known = [...leaves, layer, ...allowed];
  // `../` leaves the layer from its own folder, `../../` from a folder inside it.
  return [
    [`src/${layer}/*.ts`, '^\\.\\./(?!\\.\\./)'],
    [`src/${layer}/*/*.ts`, '^\\.\\./\\.\\./'],
  ].map(([files, out]) => ({
    files: [files],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `${out}(?!(${known.join('|')})(/|\\.js$))`,
              message: `src/${layer} may import only ${known.join(', ')}.`,
            },
            ...(layer === 'learning' ? [] : [tensors]),
          ],
        },
      ],
    },
  }));
});

export default ts.config(
  { ignores: ['dist/', 'build/', 'out/', 'coverage/', 'assembly/', 'node_modules/', 'data/'] },
  js.configs.recommended,
  ...ts.configs.strict,
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly', performance: 'readonly' },
    },
  },
  {
    // Results must not depend on the clock or on an unseeded generator.
    files: ['src/**/*.ts'],
    ignores: ['src/random.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Draw from src/random.ts, keyed by a seed.' },
        { object: 'Date', property: 'now', message: 'Time with performance.now(), and only for progress.' },
        // On a GPU the synchronous ones throw or stall.
        { property: 'dataSync', message: 'Read tensors by await data().' },
        { property: 'arraySync', message: 'Read tensors by await array().' },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: "NewExpression[callee.name='Date']",
          message: 'Results carry no date; time with performance.now().',
        },
      ],
    },
  },
  ...arrows,
);
