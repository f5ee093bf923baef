// What an answer gets right and wrong, pixel by pixel and cell by cell: pure functions, held equal to segbook.metrics.
// Maps are arrays of rows; `preds` holds 0 and 1, `ids` the true cells, `regions` the connected pieces of an answer.

// A map in one row, as runs "value:length", as rows of `width` numbers.
export function unrun(text, width) {
  const flat = text.split(" ").flatMap((run) => {
    const [value, length] = run.split(":").map(Number);
    return new Array(length).fill(value);
  });
  return Array.from({ length: flat.length / width }, (_, row) => flat.slice(row * width, (row + 1) * width));
}

// The same where a letter, A to Z and then a to z, says the value, and a number behind it how often, if more than once.
export function unletter(text, width) {
  const flat = [...text.matchAll(/([A-Za-z])(\d*)/g)].flatMap(([, letter, count]) => {
    const code = letter.charCodeAt(0);
    return new Array(Number(count || 1)).fill(code < 91 ? code - 65 : code - 97 + 26);
  });
  return Array.from({ length: flat.length / width }, (_, row) => flat.slice(row * width, (row + 1) * width));
}

// The answer of network number `bit` among those packed into one map.
export const answerOf = (packed, bit) => packed.map((row) => row.map((value) => (value >> bit) & 1));

// Each pixel's fate: 0 rightly background, 1 found, 2 missed, 3 false alarm.
export const fates = (preds, ids) =>
  preds.map((row, y) => row.map((pred, x) => (ids[y][x] ? (pred ? 1 : 2) : pred ? 3 : 0)));

export function countFates(fate) {
  const counts = [0, 0, 0, 0];
  fate.forEach((row) => row.forEach((kind) => { counts[kind] += 1; }));
  const [, found, missed, falseAlarms] = counts;
  return { found, missed, falseAlarms, iou: found / (found + missed + falseAlarms) };
}

const AROUND = [[0, 0], [-1, 0], [1, 0], [0, -1], [0, 1]];

// Pixels of the mask with one of four neighbours in the image that is not of it.
export const boundaryOf = (mask) => mask.map((row, y) => row.map((value, x) =>
  (value && AROUND.some(([dy, dx]) => mask[y + dy]?.[x + dx] === 0) ? 1 : 0)));

// F-score of the boundary of 1 against 0; a pixel is near another within a distance of 1.
export function boundaryScore(preds, labels) {
  const predicted = boundaryOf(preds), real = boundaryOf(labels);
  const count = (map, other) => {
    let all = 0, near = 0;
    map.forEach((row, y) => row.forEach((value, x) => {
      if (!value) return;
      all += 1;
      if (AROUND.some(([dy, dx]) => other[y + dy]?.[x + dx])) near += 1;
    }));
    return { all, near };
  };
  const a = count(predicted, real), b = count(real, predicted);
  if (a.all + b.all === 0) return { precision: NaN, recall: NaN, f: NaN };
  const precision = a.near / a.all, recall = b.near / b.all;
  return { precision, recall, f: a.near + b.near ? (2 * precision * recall) / (precision + recall) : 0 };
}

const PAIR = 2 ** 20;                              // more than a map has regions: id · PAIR + region is one number

// How many pixels each cell and each region have, and have in common. Several scores ask this of the same two maps, one
// after the other; most pixels are like the one before.
let last = {};
function overlaps(regions, ids) {
  if (last.regions === regions && last.ids === ids) return last.counts;
  const cells = new Map(), objects = new Map(), both = new Map();
  const add = (map, key, pixels) => map.set(key, (map.get(key) ?? 0) + pixels);
  ids.forEach((row, y) => {
    for (let x = 0, next; x < row.length; x = next) {
      const id = row[x], region = regions[y][x];
      for (next = x + 1; row[next] === id && regions[y][next] === region;) next += 1;
      if (id) add(cells, id, next - x);
      if (region) add(objects, region, next - x);
      if (id && region) add(both, id * PAIR + region, next - x);
    }
  });
  const common = [...both].map(([key, pixels]) => [Math.floor(key / PAIR), key % PAIR, pixels]);
  last = { regions, ids, counts: { cells, objects, common } };
  return last.counts;
}

const byKey = (pairs) => {
  const groups = new Map();
  for (const [key, value] of pairs) groups.set(key, [...(groups.get(key) ?? []), value]);
  return groups;
};
const ascending = (a, b) => a - b;

// Cells that share the region which covers more than half of each: one list of ids for each such region.
export function mergedGroups(regions, ids) {
  const { cells, common } = overlaps(regions, ids);
  const held = byKey(common.filter(([id, , pixels]) => 2 * pixels > cells.get(id)).map(([id, region]) => [region, id]));
  return [...held.values()].filter((group) => group.length > 1).map((group) => group.sort(ascending))
    .sort((a, b) => a[0] - b[0]);
}

// Cells that cover more than half of each of two or more regions.
export function splitCells(regions, ids) {
  const { objects, common } = overlaps(regions, ids);
  const held = byKey(common.filter(([, region, pixels]) => 2 * pixels > objects.get(region)).map(([id, region]) =>
    [id, region]));
  return [...held].filter(([, group]) => group.length > 1).map(([id]) => id).sort(ascending);
}

// The shortest lines that join all points: pairs of indices (Prim).
export function shortestTree(points) {
  const far = ([i, j]) => Math.hypot(points[i][0] - points[j][0], points[i][1] - points[j][1]);
  const inside = [0], outside = points.map((_, i) => i).slice(1), lines = [];
  while (outside.length) {
    const [from, to] = inside.flatMap((i) => outside.map((j) => [i, j])).reduce((best, pair) =>
      (far(pair) < far(best) ? pair : best));
    lines.push([from, to]);
    inside.push(to);
    outside.splice(outside.indexOf(to), 1);
  }
  return lines;
}

const found = ({ cells, objects, common }) =>
  common.filter(([id, region, pixels]) => 2 * pixels > cells.get(id) + objects.get(region) - pixels);

// Cells that have a region with which their IoU exceeds one half.
export const foundCells = (regions, ids) => found(overlaps(regions, ids)).map(([id]) => id).sort(ascending);

// Found cells, over all cells and regions: TP / (TP + FP + FN).
export function averagePrecision(regions, ids) {
  const all = overlaps(regions, ids), hits = found(all).length;
  return hits / (all.cells.size + all.objects.size - hits);
}
