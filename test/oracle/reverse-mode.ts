/** A number that remembers what it was made of: [operand, derivative in the operand] each. */
export class Num {
  slope = 0;

  constructor(
    readonly value: number,
    readonly made: readonly (readonly [Num, number])[] = [],
  ) {}
}

export const num = (value: number): Num => new Num(value);
export const add = (...all: readonly Num[]): Num =>
  new Num(
    all.reduce((sum, { value }) => sum + value, 0),
    all.map((x) => [x, 1] as const),
  );
export const sub = (a: Num, b: Num): Num =>
  new Num(a.value - b.value, [
    [a, 1],
    [b, -1],
  ]);
export const mul = (a: Num, b: Num): Num =>
  new Num(a.value * b.value, [
    [a, b.value],
    [b, a.value],
  ]);
export const div = (a: Num, b: Num): Num =>
  new Num(a.value / b.value, [
    [a, 1 / b.value],
    [b, -a.value / b.value ** 2],
  ]);
export const exp = (a: Num): Num => new Num(Math.exp(a.value), [[a, Math.exp(a.value)]]);
export const log = (a: Num): Num => new Num(Math.log(a.value), [[a, 1 / a.value]]);

/** The first of the smallest. */
export const least = (all: readonly Num[]): Num => all.reduce((a, b) => (b.value < a.value ? b : a));

export function softmax(z: readonly Num[]): Num[] {
  const most = num(Math.max(...z.map(({ value }) => value)));
  const e = z.map((x) => exp(sub(x, most)));
  const sum = add(...e);
  return e.map((x) => div(x, sum));
}

/** Fills in `slope` = d(from)/d(it) of everything that `from` was made of. */
export function backward(from: Num): void {
  const order: Num[] = [];
  const seen = new Set<Num>();
  const stack: [Num, boolean][] = [[from, false]];
  while (stack.length > 0) {
    const [x, left] = stack.pop()!;
    if (left) order.push(x);
    else if (!seen.has(x)) {
      seen.add(x);
      stack.push([x, true], ...x.made.map(([y]) => [y, false] as [Num, boolean]));
    }
  }
  from.slope = 1;
  for (const x of order.reverse()) for (const [y, d] of x.made) y.slope += d * x.slope;
}
