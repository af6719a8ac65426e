// The network that scores agents, one after another the same: score = w₂ · sigmoid(f W₁ + b₁) + b₂, two agents in two lanes.
//
// Parameters f32: W₁ (FEATURES x H), b₁ (H), w₂ (H), b₂; sums are double.
import { expNegative } from '../exp';
import { FEATURES } from './features';

// @ts-ignore: decorator
@inline function parameter(list: usize, k: i32): v128 { return f64x2.splat(<f64>load<f32>(list + (<usize>k << 2))); }

/** Number c of rows r and `other`, `width` numbers a row. */
// @ts-ignore: decorator
@inline
function both(list: usize, r: i32, other: i32, width: i32, c: i32): v128 {
  return f64x2.replace_lane(v128.load64_splat(list + (<usize>(r * width + c) << 3)), 1, load<f64>(list + (<usize>(other * width + c) << 3)));
}

/** sigmoid of hidden node k; a to e are the numbers of the agents. */
// @ts-ignore: decorator
@inline
function node(a: v128, b: v128, c: v128, d: v128, e: v128, parameters: usize, H: i32, k: i32): v128 {
  let x = parameter(parameters, FEATURES * H + k);
  x = f64x2.add(x, f64x2.mul(a, parameter(parameters, k)));
  x = f64x2.add(x, f64x2.mul(b, parameter(parameters, H + k)));
  x = f64x2.add(x, f64x2.mul(c, parameter(parameters, 2 * H + k)));
  x = f64x2.add(x, f64x2.mul(d, parameter(parameters, 3 * H + k)));
  x = f64x2.add(x, f64x2.mul(e, parameter(parameters, 4 * H + k)));
  const small = expNegative(f64x2.neg(f64x2.abs(x))), one = f64x2.splat(1);
  return f64x2.div(v128.bitselect(one, small, f64x2.ge(x, f64x2.splat(0))), f64x2.add(one, small));
}

/** Scores of `rows` agents. */
export function score(rows: i32, H: i32, features: usize, parameters: usize, scores: usize): void {
  for (let r: i32 = 0; r < rows; r += 2) {
    const other = min(r + 1, rows - 1);
    const a = both(features, r, other, FEATURES, 0), b = both(features, r, other, FEATURES, 1), c = both(features, r, other, FEATURES, 2);
    const d = both(features, r, other, FEATURES, 3), e = both(features, r, other, FEATURES, 4);
    let s = parameter(parameters, (FEATURES + 2) * H);
    for (let k: i32 = 0; k < H; ++k) s = f64x2.add(s, f64x2.mul(node(a, b, c, d, e, parameters, H, k), parameter(parameters, (FEATURES + 1) * H + k)));
    store<f64>(scores + (<usize>r << 3), f64x2.extract_lane(s, 0));
    store<f64>(scores + (<usize>other << 3), other == r ? f64x2.extract_lane(s, 0) : f64x2.extract_lane(s, 1));
  }
}

// @ts-ignore: decorator
@inline
function gain(gradient: usize, k: i32, both: v128): void {
  const at = gradient + (<usize>k << 3);
  store<f64>(at, load<f64>(at) + (f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1)));
}

/** Adds the derivatives in the parameters (f64) of a loss whose derivatives in the scores are `dScores`. */
export function scoreSlope(rows: i32, H: i32, features: usize, parameters: usize, dScores: usize, gradient: usize): void {
  const one = f64x2.splat(1);
  for (let r: i32 = 0; r < rows; r += 2) {
    const other = min(r + 1, rows - 1);
    const ds = other == r ? f64x2.replace_lane(f64x2.splat(0), 0, load<f64>(dScores + (<usize>r << 3))) : both(dScores, r, other, 1, 0);
    const a = both(features, r, other, FEATURES, 0), b = both(features, r, other, FEATURES, 1), c = both(features, r, other, FEATURES, 2);
    const d = both(features, r, other, FEATURES, 3), e = both(features, r, other, FEATURES, 4);
    for (let k: i32 = 0; k < H; ++k) {
      const h = node(a, b, c, d, e, parameters, H, k), at = (FEATURES + 1) * H + k;
      const dx = f64x2.mul(f64x2.mul(ds, parameter(parameters, at)), f64x2.mul(h, f64x2.sub(one, h)));
      gain(gradient, k, f64x2.mul(dx, a));
      gain(gradient, H + k, f64x2.mul(dx, b));
      gain(gradient, 2 * H + k, f64x2.mul(dx, c));
      gain(gradient, 3 * H + k, f64x2.mul(dx, d));
      gain(gradient, 4 * H + k, f64x2.mul(dx, e));
      gain(gradient, FEATURES * H + k, dx);
      gain(gradient, at, f64x2.mul(ds, h));
    }
    gain(gradient, (FEATURES + 2) * H, ds);
  }
}
