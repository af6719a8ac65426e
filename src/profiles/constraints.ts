import { InputError, badElement } from '../errors.js';
import type { NumericArray } from '../types.js';
import { indexOf } from './convert.js';
import type { ArraySpec, Dimension } from './schema.js';

/** Sizes of a batch's dimensions; constraint rows, groups and pieces 0 where no array counts them. */
export type Sizes = Record<Dimension, number>;

/** A bound beyond this counts as none. */
export const NO_BOUND = 1e20;

/** Shapes by array name of what a mechanism reads. */
type Shapes = ReadonlyMap<string, readonly number[]>;

/** Numbers of constraint rows, groups and pieces that the arrays have; refuses arrays of which one is useless without another. */
export function constraintSizes(shapes: Shapes): { row: number; group: number; piece: number } {
  const needs = (name: string, other: string) => {
    if (shapes.has(name) && !shapes.has(other)) {
      throw new InputError(`${name} needs ${other}, which is missing`, { array: other });
    }
  };
  needs('constraint_lower', 'constraint_matrix');
  needs('constraint_upper', 'constraint_matrix');
  needs('groups', 'proportions');
  needs('proportions', 'groups');
  needs('proportion_eps', 'groups');
  needs('piece_slopes', 'piece_constants');
  needs('piece_constants', 'piece_slopes');
  if (shapes.has('constraint_matrix') && !shapes.has('constraint_lower') && !shapes.has('constraint_upper')) {
    throw new InputError('constraint_matrix needs constraint_lower or constraint_upper, both are missing', {
      array: 'constraint_upper',
    });
  }
  return {
    row: shapes.get('constraint_matrix')?.at(-2) ?? 0,
    group: shapes.get('proportions')?.at(-1) ?? 0,
    piece: shapes.get('piece_constants')?.at(-1) ?? 0,
  };
}

type Report = (k: number, expected: string) => void;

/** Checks numbers of the domains that only constraints have. */
export function checkConstraint(spec: ArraySpec, data: NumericArray, groups: number, report: Report): void {
  const [low, high, expected] =
    spec.domain === 'cap'
      ? [0, Infinity, 'a number >= 0, infinity for none']
      : spec.domain === 'below'
        ? [-Infinity, 0, 'a number <= 0, -infinity for none']
        : spec.domain === 'above'
          ? [0, Infinity, 'a number >= 0, infinity for none']
          : [-1, groups - 1, groups === 0 ? '-1, as there are no groups' : `-1 or a group from 0 to ${groups - 1}`];
  for (let k = 0; k < data.length; k++) {
    const x = Number(data[k]);
    if (!(x >= low && x <= high)) report(k, expected);
  }
}

/** Refuses agents of an `equal-items` option that a batch has not. */
export function checkAgents(list: readonly number[], agents: number): void {
  for (const [k, agent] of list.entries()) {
    if (agent >= agents)
      throw badElement('equal-items', indexOf([list.length], k), agent, `an agent from 0 to ${agents - 1}`);
  }
}
