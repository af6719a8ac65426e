// Elements of arrays by their index: f64 and i32 at an address.

// @ts-ignore: decorator
@inline
export function real(list: usize, index: i32): f64 {
  return load<f64>(list + (<usize>index << 3));
}

// @ts-ignore: decorator
@inline
export function setReal(list: usize, index: i32, x: f64): void {
  store<f64>(list + (<usize>index << 3), x);
}

// @ts-ignore: decorator
@inline
export function integer(list: usize, index: i32): i32 {
  return load<i32>(list + (<usize>index << 2));
}

// @ts-ignore: decorator
@inline
export function setInteger(list: usize, index: i32, x: i32): void {
  store<i32>(list + (<usize>index << 2), x);
}
