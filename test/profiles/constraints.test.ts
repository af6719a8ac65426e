import { describe, expect, it } from 'vitest';
import { createEngine, leximin, mechanism, profileBatch, welfarist, type NamedArrays } from 'evenhand';

const f64 = (shape: number[], ...data: number[]) => ({ shape, data: Float64Array.from(data) });
const values = f64([2, 2], 1, 2, 3, 4);
const rows = { constraint_matrix: f64([2, 1, 2], 1, -1, 0, 0), constraint_upper: f64([2, 1], 0, 0) };
const grouped = {
  groups: { shape: [2, 2], data: Int32Array.of(0, 1, -1, -1) },
  proportions: f64([2, 2], 0.5, 0.5, 0, 0),
};

describe('constraint arrays', () => {
  it.each<[NamedArrays, string]>([
    [{ values, caps: f64([2], 1, -1) }, 'caps[1] is -1, expected a number >= 0, infinity for none'],
    [{ values, caps: f64([2], NaN, 1) }, 'caps[0] is NaN, expected a number >= 0, infinity for none'],
    [{ values, caps: f64([3], 1, 1, 1) }, 'caps has shape [3], expected [1,2] or [2]'],
    [
      { values, ...rows, constraint_upper: f64([2, 1], -1, 0) },
      'constraint_upper[0,0] is -1, expected a number >= 0, infinity for none',
    ],
    [
      { values, ...rows, constraint_lower: f64([2, 1], 0, 0.5) },
      'constraint_lower[1,0] is 0.5, expected a number <= 0, -infinity for none',
    ],
    [
      { values, ...rows, constraint_matrix: f64([2, 1, 2], 1, Infinity, 0, 0) },
      'constraint_matrix[0,0,1] is Infinity, expected a finite number',
    ],
    [{ values, constraint_upper: rows.constraint_upper }, 'constraint_upper needs constraint_matrix, which is missing'],
    [
      { values, constraint_matrix: rows.constraint_matrix },
      'constraint_matrix needs constraint_lower or constraint_upper, both are missing',
    ],
    [
      { values, ...rows, constraint_upper: f64([2, 2], 0, 0, 0, 0) },
      'constraint_upper has shape [2,2], expected [1,2,1] or [2,1]',
    ],
    [{ values, groups: grouped.groups }, 'groups needs proportions, which is missing'],
    [
      { values, ...grouped, groups: { shape: [2, 2], data: Int32Array.of(0, 2, -1, -1) } },
      'groups[0,1] is 2, expected -1 or a group from 0 to 1',
    ],
    [
      { values, ...grouped, proportions: f64([2, 2], 0.5, -0.5, 0, 0) },
      'proportions[0,1] is -0.5, expected a finite number >= 0',
    ],
    [
      { values, ...grouped, proportion_eps: f64([2], 0, Infinity) },
      'proportion_eps[1] is Infinity, expected a finite number >= 0',
    ],
  ])('refuses what makes no sense: %#', (arrays, said) => {
    expect(() => profileBatch(arrays)).toThrow(said);
  });

  it('may have no rows, and may hold for every profile or for each its own', async () => {
    const engine = await createEngine({ threads: 0 });
    try {
      const two = f64([2, 2, 2], 1, 2, 3, 4, 1, 2, 3, 4);
      const none = { values: two, constraint_matrix: f64([2, 0, 2]), constraint_upper: f64([2, 0]) };
      expect([...(await engine.allocate(welfarist(), profileBatch(none))).status]).toEqual([0, 0]);
      const shared = await engine.allocate(leximin(), profileBatch({ values: two, ...rows }));
      const each = await engine.allocate(
        leximin(),
        profileBatch({
          values: two,
          constraint_matrix: f64([2, 2, 1, 2], 1, -1, 0, 0, 1, 1, 0, 0),
          constraint_upper: f64([2, 2, 1], 0, 0, 0, 0),
        }),
      );
      expect([...each.allocation!.slice(0, 4)]).toEqual([...shared.allocation!.slice(0, 4)]);
      expect([...each.allocation!.slice(4)]).not.toEqual([...shared.allocation!.slice(4)]);
    } finally {
      await engine.close();
    }
  });

  it('answers a profile with a bad cap by status 6 where asked to, and leaves its neighbour alone', async () => {
    const engine = await createEngine({ threads: 0 });
    try {
      const two = f64([2, 2, 2], 1, 2, 3, 4, 1, 2, 3, 4);
      const good = await engine.allocate(welfarist(), profileBatch({ values: two, caps: f64([2, 2], 1, 1, 1, 1) }));
      const bad = await engine.allocate(
        welfarist(),
        profileBatch({ values: two, caps: f64([2, 2], 1, 1, NaN, 1) }, undefined, { badProfiles: 'status' }),
      );
      expect([...bad.status]).toEqual([0, 6]);
      expect([...bad.allocation!.slice(0, 4)]).toEqual([...good.allocation!.slice(0, 4)]);
    } finally {
      await engine.close();
    }
  });
});

describe('options', () => {
  it.each([
    ['welfarist', { gamma: 1.5 }, 'option gamma of welfarist is 1.5, expected a number from -20 to 1'],
    [
      'welfarist',
      { 'equal-items': '0,x' },
      'option equal-items of welfarist is 0,x, expected agents with commas between',
    ],
    ['leximin', { gamma: 0 }, 'leximin has no option gamma'],
  ])('of %s refuse %o', (id, options, said) => {
    expect(() => mechanism(id, options)).toThrow(said);
  });

  it('name agents that the profiles have', async () => {
    const engine = await createEngine({ threads: 0 });
    await expect(engine.allocate(welfarist({ equalItems: [0, 2] }), profileBatch({ values }))).rejects.toThrow(
      'equal-items[1] is 2, expected an agent from 0 to 1',
    );
    await engine.close();
  });
});
