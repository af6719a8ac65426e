// Outcome of one profile; src/types.ts has the same numbers.
export const SOLVED: i32 = 0;
export const REDUCED_ACCURACY: i32 = 1;
export const ITERATION_LIMIT: i32 = 2;
export const NUMERICAL_ERROR: i32 = 5;
export const BAD_INPUT: i32 = 6;
export const NO_DERIVATIVE: i32 = 7;
/** Not an outcome: a bit beside one, of a profile that another kernel has yet to finish. */
export const PENDING: i32 = 64;
