/** Every way of giving `items` items to `agents` agents. */
export function* assignments(agents: number, items: number): Generator<number[]> {
  for (let code = 0; code < agents ** items; code++) {
    yield Array.from({ length: items }, (_, m) => Math.floor(code / agents ** m) % agents);
  }
}

export const utilitiesOf = (v: readonly (readonly number[])[], owner: readonly number[]): number[] =>
  v.map((row, i) => row.reduce((sum, x, m) => sum + (owner[m] === i ? x : 0), 0));

/** Agents who have something, and the sum of the logarithms of what they have. */
export function nashOf(utilities: readonly number[]): readonly [number, number] {
  const served = utilities.filter((u) => u > 0);
  return [served.length, served.reduce((sum, u) => sum + Math.log(u), 0)];
}

/** Greatest in lexicographic order, as numbers that agree to 1e-9 are equal. */
export function lexicographicallyLarger(a: readonly number[], b: readonly number[]): boolean {
  const k = a.findIndex((x, i) => Math.abs(x - b[i]!) > 1e-9);
  return k >= 0 && a[k]! > b[k]!;
}

export const rising = (list: readonly number[]): number[] => [...list].sort((a, b) => a - b);

/** Envy-free up to one item, by taking every item away in turn, from every bundle, in the eyes of everyone else. */
export function isEf1(v: readonly (readonly number[])[], owner: readonly number[]): boolean {
  const worth = (i: number, items: readonly number[]) => items.reduce((sum, m) => sum + v[i]![m]!, 0);
  const bundles = v.map((_, j) => owner.flatMap((i, m) => (i === j ? [m] : [])));
  return v.every((_, i) =>
    bundles.every((bundle, j) => {
      if (i === j || bundle.length === 0) return true;
      const left = bundle.map((m) =>
        worth(
          i,
          bundle.filter((k) => k !== m),
        ),
      );
      return Math.min(...left) <= worth(i, bundles[i]!) + 1e-9;
    }),
  );
}
