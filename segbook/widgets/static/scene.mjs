// A scene of objects on a grid of pixels, and what four tasks say about it: pure functions, no page in sight.
// Held equal to segbook.data.views and FourTasks on hundreds of random scenes (tests/js). Maps are arrays of rows.

const SHAPES = {                                   // whole numbers throughout, so that both languages draw the same
  1: (dx, dy, radius) => dx * dx + dy * dy <= radius * radius + radius,
  2: (dx, dy, radius) => Math.abs(dx) < radius && Math.abs(dy) < radius,
  3: (dx, dy, radius) => Math.abs(dy) <= radius && 2 * Math.abs(dx) <= dy + radius,
};

// The truth: the id of the object seen at each pixel, later ones over earlier ones. Objects are [class, x, y, radius].
export function rasterise(objects, width, height) {
  const ids = Array.from({ length: height }, () => new Array(width).fill(0));
  objects.forEach(([shape, x, y, radius], index) => {
    for (let row = Math.max(0, y - radius); row <= Math.min(height - 1, y + radius); row++) {
      for (let column = Math.max(0, x - radius); column <= Math.min(width - 1, x + radius); column++) {
        if (SHAPES[shape](column - x, row - y, radius)) ids[row][column] = index + 1;
      }
    }
  });
  return ids;
}

// The class of each id, classes[id]; background first.
export const classTable = (objects) => [0, ...objects.map(([shape]) => shape)];

export const semanticLabels = (instances, classes) => instances.map((row) => row.map((id) => classes[id]));

// The numbers that occur in a map, ascending, without background.
export function idsOf(map) {
  const seen = new Set();
  for (const row of map) {
    let before = 0;                                // most pixels are like the one before
    for (const id of row) {
      if (id !== before && id > 0) seen.add(id);
      before = id;
    }
  }
  return [...seen].sort((a, b) => a - b);
}

// One row for each id that is seen: { id, box: [x0, y0, x1, y1] }, the far edges exclusive.
export function boundingBoxes(instances) {
  const boxes = new Map();
  instances.forEach((row, y) => row.forEach((id, x) => {
    if (!id) return;
    const [x0, y0, x1] = boxes.get(id) ?? [x, y, x + 1];
    boxes.set(id, [Math.min(x0, x), y0, Math.max(x1, x + 1), y + 1]);
  }));
  return idsOf(instances).map((id) => ({ id, box: boxes.get(id) }));
}

// Connected regions of every class, through edges and not through corners; numbered class by class.
export function semanticRegions(labels) {
  const height = labels.length, width = labels[0].length, flat = labels.flat();
  const regions = new Array(flat.length).fill(0), waiting = [];
  let number = 0;
  for (const label of idsOf(labels)) {
    const enter = (place) => {
      if (flat[place] !== label || regions[place]) return;
      regions[place] = number;
      waiting.push(place);
    };
    for (let start = 0; start < flat.length; start++) {
      if (flat[start] !== label || regions[start]) continue;
      number += 1;
      enter(start);
      while (waiting.length) {
        const place = waiting.pop(), column = place % width;
        if (place >= width) enter(place - width);
        if (place + width < flat.length) enter(place + width);
        if (column > 0) enter(place - 1);
        if (column < width - 1) enter(place + 1);
      }
    }
  }
  return Array.from({ length: height }, (_, row) => regions.slice(row * width, (row + 1) * width));
}

// Which ids each region holds, in order of regions: [[region, [id, …]], …].
export function idsOfRegions(instances, regions) {
  const held = new Map(idsOf(regions).map((region) => [region, new Set()]));
  regions.forEach((row, y) => row.forEach((region, x) => { if (region) held.get(region).add(instances[y][x]); }));
  return [...held].map(([region, ids]) => [region, [...ids].sort((a, b) => a - b)]);
}

// objects − lost + cut = regions: a region of n ids loses n − 1, an object in n regions is cut n − 1 times.
export function countObjects(instances, regions) {
  const objects = idsOf(instances).length, held = idsOfRegions(instances, regions);
  const pairs = held.reduce((total, [, ids]) => total + ids.length, 0);
  return { objects, regions: held.length, lost: pairs - held.length, cut: pairs - objects };
}

// The class that covers most pixels, background apart; the first of equals.
export function imageLabel(labels, numClasses) {
  const areas = new Array(numClasses + 1).fill(0);
  labels.flat().forEach((label) => { areas[label] += 1; });
  areas[0] = -1;
  return areas.indexOf(Math.max(...areas));
}

// Where to write a number's name: its pixel nearest to its mean, so that the name lies on it.
export function anchor(map, number) {
  let count = 0, right = 0, down = 0, best = null, nearest = Infinity;
  const each = (visit) => map.forEach((row, y) => {
    for (let x = row.indexOf(number); x >= 0; x = row.indexOf(number, x + 1)) visit(x, y);
  });
  each((x, y) => { count += 1; right += x; down += y; });
  each((x, y) => {
    const far = (x - right / count) ** 2 + (y - down / count) ** 2;
    if (far < nearest) [nearest, best] = [far, [x, y]];
  });
  return best;
}

// An SVG path over the pixels where `inside(value)`, one stroke for each run in a row.
export function pixelPath(map, inside) {
  return map.map((row, y) => {
    let path = "";
    for (let x = 0; x < row.length; x++) {
      if (!inside(row[x])) continue;
      const from = x;
      while (x + 1 < row.length && inside(row[x + 1])) x++;
      path += `M${from} ${y}h${x + 1 - from}v1h${from - x - 1}z`;
    }
    return path;
  }).join("");
}

// An SVG path along the edges between `number` and everything else, the border of the map included.
export function outlinePath(map, number) {
  let path = "";
  for (let y = 0; y <= map.length; y++) {
    const row = map[y] ?? [], above = map[y - 1] ?? [];
    for (let x = 0, left = false; x <= map[0].length; x++) {
      const here = row[x] === number;
      if (here !== (above[x] === number)) path += `M${x} ${y}h1`;
      if (here !== left) path += `M${x} ${y}v1`;
      left = here;
    }
  }
  return path;
}
