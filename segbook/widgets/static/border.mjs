// U-Net's border weights on a small grid: pure functions, no page in sight.
// Held equal to segbook.pixel_weights on hundreds of random scenes (tests/js). Maps are arrays of rows.

// Part ids that touch by a line of background, one pixel wide; the larger id gives way, no id disappears.
export function carveTouching(ids) {
  const counts = new Map();
  ids.forEach((row) => row.forEach((id) => counts.set(id, (counts.get(id) ?? 0) + 1)));
  const byCount = [...counts.keys()].sort((a, b) => counts.get(a) - counts.get(b) || a - b);
  const background = byCount.length + 1, rank = new Map(byCount.map((id, index) => [id, index + 1]));
  rank.set(0, background);
  const around = [-1, 0, 1], at = (row, column) => rank.get(ids[row]?.[column]) ?? background;
  for (;;) {
    const carved = ids.map((row, y) => row.map((id, x) => {
      const mine = rank.get(id);
      return around.some((dy) => around.some((dx) => at(y + dy, x + dx) < mine)) ? 0 : id;
    }));
    const left = new Set(carved.flat()), gone = byCount.filter((id) => id && !left.has(id));
    if (!gone.length) return carved;
    gone.forEach((id) => rank.set(id, 0));
  }
}

// The pixels of each id that have a neighbour of another id: seen from outside, the nearest pixel is one of them.
export function rimsOf(ids) {
  const rims = new Map();
  ids.forEach((row, y) => row.forEach((id, x) => {
    if (!id) return;
    if (!rims.has(id)) rims.set(id, []);
    const other = (r, c) => ids[r]?.[c] !== undefined && ids[r][c] !== id;
    if (other(y - 1, x) || other(y + 1, x) || other(y, x - 1) || other(y, x + 1)) rims.get(id).push([y, x]);
  }));
  return [...rims].sort(([a], [b]) => a - b);
}

// The nearest pixel of the nearest id and of the second nearest: up to two of { id, distance, row, column }.
export function nearestTwo(ids, rims, row, column) {
  const all = rims.map(([id, pixels]) => {
    if (ids[row][column] === id) return { id, squared: 0, row, column };
    let best = { id, squared: Infinity, row, column };
    for (const [y, x] of pixels) {
      const squared = (y - row) ** 2 + (x - column) ** 2;
      if (squared < best.squared) best = { id, squared, row: y, column: x };
    }
    return best;
  }).sort((a, b) => a.squared - b.squared);        // stable: of two equally far the lower id first
  return all.slice(0, 2).map(({ squared, ...rest }) => ({ ...rest, distance: Math.sqrt(squared) }));
}

// d₁ and d₂ at every pixel, brute force; infinite where there is no such id.
export function borderDistances(ids) {
  const rims = rimsOf(ids), empty = () => ids.map((row) => row.map(() => Infinity));
  const nearest = empty(), second = empty();
  ids.forEach((row, y) => row.forEach((own, x) => {
    let first = Infinity, later = Infinity;
    for (const [id, pixels] of rims) {
      let squared = own === id ? 0 : Infinity;
      if (squared) {
        for (let i = 0; i < pixels.length; i++) {
          const dy = pixels[i][0] - y, dx = pixels[i][1] - x, here = dy * dy + dx * dx;
          if (here < squared) squared = here;
        }
      }
      if (squared < first) { later = first; first = squared; } else if (squared < later) later = squared;
    }
    nearest[y][x] = Math.sqrt(first);
    second[y][x] = Math.sqrt(later);
  }));
  return [nearest, second];
}

export const borderTerm = (d1, d2, w0, sigma) => w0 * Math.exp(-((d1 + d2) ** 2) / (2 * sigma ** 2));

// w: the class's weight everywhere, the border term on background only.
export const weightsOf = (ids, [nearest, second], { w0, sigma, background, cell }) =>
  ids.map((row, y) => row.map((id, x) =>
  (id ? cell : background + borderTerm(nearest[y][x], second[y][x], w0, sigma))));

export const largestOf = (map) => map.reduce((most, row) => row.reduce((a, b) => Math.max(a, b), most), -Infinity);
