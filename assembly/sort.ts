// Orders of numbers: f64 at an address, indices i32.

/** list = 0 … items − 1 by falling value, equal ones by rising index: merge sort from the bottom up, stable. */
export function sortFalling(items: i32, value: usize, list: usize, spare: usize): void {
  for (let m: i32 = 0; m < items; ++m) store<i32>(list + (<usize>m << 2), m);
  let from = list;
  let to = spare;
  for (let width: i32 = 1; width < items; width <<= 1) {
    for (let start: i32 = 0; start < items; start += width << 1) {
      const middle = min(start + width, items);
      const end = min(start + (width << 1), items);
      let a = start;
      let b = middle;
      for (let k = start; k < end; ++k) {
        let first = a < middle;
        if (first && b < end) {
          const x = load<f64>(value + (<usize>load<i32>(from + (<usize>a << 2)) << 3));
          first = x >= load<f64>(value + (<usize>load<i32>(from + (<usize>b << 2)) << 3));
        }
        const source = select(a, b, first);
        store<i32>(to + (<usize>k << 2), load<i32>(from + (<usize>source << 2)));
        a += i32(first);
        b += i32(!first);
      }
    }
    const swap = from;
    from = to;
    to = swap;
  }
  if (from != list) memory.copy(list, from, <usize>items << 2);
}
