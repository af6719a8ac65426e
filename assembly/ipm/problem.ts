// A chunk of profiles in memory: where its arrays start, and how far apart profiles are.

/** Addresses and byte strides; a stride of 0 shares one array among all profiles, an address of 0 means absent. */
@unmanaged
export class Problem {
  N: i32;
  M: i32;
  values: usize;
  valuesStep: usize;
  demands: usize; // absent: the budget
  demandsStep: usize;
  budgets: usize; // absent: 1
  budgetsStep: usize;
  weights: usize; // absent: 1
  weightsStep: usize;
  regularizer: usize; // absent: 0
  regularizerStep: usize;
  allocation: usize;
  utilities: usize;
  prices: usize;
  lower: usize;
  upper: usize;
  unique: usize;
  iterations: usize;
  status: usize;
  residuals: usize;
}

// @ts-ignore: decorator
@inline export function at(base: usize, step: usize, k: i32): usize { return base ? base + step * <usize>k : 0; }
// @ts-ignore: decorator
@inline export function number(base: usize, j: i32, absent: f64): f64 { return base ? load<f64>(base + (<usize>j << 3)) : absent; }
/** The bound x of an entry: its demand, 0 where there is no supply. A demand above the supply stays as it is, so that it never binds. */
// @ts-ignore: decorator
@inline export function cap(demands: usize, budgets: usize, j: i32, m: i32): f64 {
  const b = number(budgets, m, 1);
  return demands && b > 0 ? load<f64>(demands + (<usize>j << 3)) : b;
}
