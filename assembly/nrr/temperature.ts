// Temperature of the picks in the course of training: constant, or from `from` to `to` along a line or a geometric sequence.
//
//     linear        from + (to − from) done
//     exponential   from (to/from)^done
//
// done      0 at the first step, 1 at the last
const LINEAR: i32 = 1, EXPONENTIAL: i32 = 2;

export function temperature(schedule: i32, from: f64, to: f64, done: f64): f64 {
  // The end exactly, whatever the rounding.
  if (done >= 1) return to;
  if (schedule == LINEAR) return from + (to - from) * done;
  return schedule == EXPONENTIAL ? from * Math.pow(to / from, done) : to;
}
