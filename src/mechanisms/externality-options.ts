import type { OptionSpec } from './mechanism.js';

/** Options of the comparison of a rule with and without constraints, those of the mechanism apart. */
export const EXTERNALITY_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'constrain',
    type: 'choice',
    default: 'each',
    choices: ['each', 'together'],
    about: 'each constrained agent on its own in turn, or all at once',
  },
  {
    name: 'least-share',
    type: 'number',
    default: 0,
    range: [0, 1],
    about: 'agents with less than this share of their cap, nobody constrained, are not counted as hurt',
  },
];
