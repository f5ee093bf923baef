// Cells from a mask: cut between the peaks of the smoothed distance to background. Pure functions, held equal to
// segbook.objects.part_by_distance on random masks and on all that the figure stores (tests/js). A mask is an array of
// rows of 0 and 1 with at least one 0; within this module maps are flat.

// A Gaussian of 1 pixel, cut off after 4, from its middle outward, to the last digit as scipy weighs it: peaks that are
// equally high must stay so.
const GAUSSIAN = [0.39894346935609776, 0.24197144565660073, 0.05399112742070441, 0.0044318616200312655,
  0.00013383062461474175];

// Ids 1, 2, … in the order of the peaks, as rows. Of two peaks within `apart` − 1 rows and columns the higher counts.
export function partByDistance(mask, apart = 5) {
  const height = mask.length, width = mask[0].length, inside = Uint8Array.from(mask.flat());
  const shape = [height, width], pieces = numbered(inside, shape, EDGES);
  const depth = smooth(distances(inside, shape), shape), highest = largestWithin(depth, shape, apart - 1);
  const peaks = inside.map((value, i) => (value && depth[i] === highest[i] ? 1 : 0));
  const tops = [], crowned = [];                   // of each piece its highest pixel; whether it has a peak
  inside.forEach((value, i) => {
    if (!value) return;
    const piece = pieces[i];
    crowned[piece] ||= peaks[i];
    if (!(depth[i] <= depth[tops[piece]])) tops[piece] = i;
  });
  tops.forEach((i, piece) => { if (!crowned[piece]) peaks[i] = 1; });
  const found = flood(depth, inside, seedsOf(peaks, pieces, shape), shape);
  return mask.map((_, row) => Array.from(found.subarray(row * width, (row + 1) * width)));
}

const EDGES = [[-1, 0], [0, -1], [0, 1], [1, 0]];
const CORNERS = [...EDGES, [-1, -1], [-1, 1], [1, -1], [1, 1]];

// The neighbours of a place that lie on the map.
function around(i, [height, width], steps, visit) {
  const column = i % width, row = (i - column) / width;
  for (const [dy, dx] of steps) {
    const y = row + dy, x = column + dx;
    if (y >= 0 && y < height && x >= 0 && x < width) visit(y * width + x);
  }
}

function numbered(inside, shape, steps) {
  const found = new Int32Array(inside.length);
  let number = 0;
  for (const i of inside.keys()) {
    if (!inside[i] || found[i]) continue;
    const waiting = [i];
    found[i] = ++number;
    while (waiting.length) {
      around(waiting.pop(), shape, steps, (next) => {
        if (inside[next] && !found[next]) { found[next] = number; waiting.push(next); }
      });
    }
  }
  return found;
}

// Peaks that touch, corners included, are one seed, unless they lie on two pieces.
function seedsOf(peaks, pieces, shape) {
  const groups = numbered(peaks, shape, CORNERS), numbers = new Map();
  return groups.map((group, i) => {
    if (!group) return 0;
    const name = `${group} ${pieces[i]}`;
    if (!numbers.has(name)) numbers.set(name, numbers.size + 1);
    return numbers.get(name);
  });
}

// Euclidean distance to the nearest background: first along the column, then over the columns that can be nearer.
function distances(inside, [height, width]) {
  const along = new Float64Array(inside.length).fill(Infinity), found = new Float64Array(inside.length);
  for (const [from, to, step] of [[0, height, 1], [height - 1, -1, -1]]) {
    for (let x = 0; x < width; x++) {
      for (let y = from, far = Infinity; y !== to; y += step) {
        far = inside[y * width + x] ? far + 1 : 0;
        along[y * width + x] = Math.min(along[y * width + x], far);
      }
    }
  }
  for (const i of inside.keys()) {
    const x = i % width, row = i - x;
    let best = along[i] ** 2;
    for (let dx = 1; dx * dx < best && dx < width; dx++) {
      if (x >= dx) best = Math.min(best, dx * dx + along[row + x - dx] ** 2);
      if (x + dx < width) best = Math.min(best, dx * dx + along[row + x + dx] ** 2);
    }
    found[i] = Math.sqrt(best);
  }
  return found;
}

// Beyond its edge a line goes on as its mirror picture.
const mirrored = (place, length) => {
  const at = ((place % (2 * length)) + 2 * length) % (2 * length);
  return at < length ? at : 2 * length - 1 - at;
};

// Along the columns, then along the rows: what `fold` makes of a line around place i, with `reach` values each way.
function filtered(map, [height, width], reach, fold) {
  let values = map;
  for (const [length, step, lines, far] of [[height, width, width, 1], [width, 1, height, width]]) {
    const next = new Float64Array(map.length), line = new Float64Array(length + 2 * reach);
    for (let start = 0; start < lines * far; start += far) {
      for (const i of line.keys()) line[i] = values[start + step * mirrored(i - reach, length)];
      for (let i = 0; i < length; i++) next[start + step * i] = fold(line, i + reach);
    }
    values = next;
  }
  return values;
}

const smooth = (map, shape) => filtered(map, shape, GAUSSIAN.length - 1, (line, i) => {
  let sum = line[i] * GAUSSIAN[0];
  for (let k = GAUSSIAN.length - 1; k > 0; k--) sum += (line[i - k] + line[i + k]) * GAUSSIAN[k];
  return sum;
});
const largestWithin = (map, shape, reach) => filtered(map, shape, reach, (line, i) => {
  let best = line[i];
  for (let k = 1; k <= reach; k++) best = Math.max(best, line[i - k], line[i + k]);
  return best;
});

// From the deepest seed upward each pixel takes the id of the flood that reaches it first. Whoever waits stands in a
// heap: the deeper one comes first, and of two as deep the one that came first. A flood does not sink again.
function flood(depth, inside, seeds, shape) {
  const found = seeds.slice(), heap = [];
  const before = (a, b) => (a.depth === b.depth ? a.age < b.age : a.depth > b.depth);
  const swap = (a, b) => { [heap[a], heap[b]] = [heap[b], heap[a]]; };
  const push = (one) => {
    let child = heap.push(one) - 1;
    for (let parent = (child - 1) >> 1; child && before(heap[child], heap[parent]); parent = (child - 1) >> 1) {
      swap(child, parent);
      child = parent;
    }
  };
  const pop = () => {
    swap(0, heap.length - 1);
    const first = heap.pop();
    for (let parent = 0, next; ; parent = next) {
      next = parent;
      for (const child of [2 * parent + 1, 2 * parent + 2]) {
        if (child < heap.length && before(heap[child], heap[next])) next = child;
      }
      if (next === parent) return first;
      swap(parent, next);
    }
  };
  let age = 0;
  for (const i of seeds.keys()) if (seeds[i]) push({ i, depth: depth[i], age });
  while (heap.length) {
    const { i, depth: level } = pop();
    around(i, shape, EDGES, (next) => {
      if (!inside[next] || found[next]) return;
      found[next] = found[i];
      push({ i: next, depth: Math.min(depth[next], level), age: ++age });
    });
  }
  return found;
}
