/** Round Robin by the book: a set of items left, one pick at a time. `values[i][m]`. */
export function roundRobinOracle(values: readonly (readonly number[])[], order?: readonly number[]): number[] {
  const agents = values.length;
  const turns = order ?? values.map((_, i) => i);
  const left = new Set(values[0]!.keys());
  const owner: number[] = [];
  for (let t = 0; left.size > 0; t++) {
    const agent = turns[t % agents]!;
    // A set keeps its order, so the first of the best has the lowest index.
    let wanted = -1;
    for (const m of left) if (wanted < 0 || values[agent]![m]! > values[agent]![wanted]!) wanted = m;
    left.delete(wanted);
    owner[wanted] = agent;
  }
  return owner;
}

/** Rows of one profile of a [count, agents, items] array. */
export function rows(data: ArrayLike<number>, profile: number, agents: number, items: number): number[][] {
  return Array.from({ length: agents }, (_, i) =>
    Array.from({ length: items }, (_, m) => data[(profile * agents + i) * items + m]!),
  );
}
