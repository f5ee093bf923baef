// From stored probabilities to cells and their scores: pure functions, held equal to segbook (tests/js). Maps are
// arrays of rows.
import { averagePrecision, countFates, fates, foundCells, mergedGroups, splitCells } from "./compare.mjs";
import { semanticRegions } from "./scene.mjs";
import { partByDistance } from "./watershed.mjs";

export const LEVELS = 50;                          // a pixel of level n has a probability of n / 50 to (n + 1) / 50

// The thresholds that the levels can tell apart, with nothing and everything left out.
export const THRESHOLDS = Array.from({ length: LEVELS - 1 }, (_, i) => (i + 1) / LEVELS);
export const nearestThreshold = (value) => Math.max(1, Math.min(LEVELS - 1, Math.round(value * LEVELS))) / LEVELS;
export const above = (levels, threshold) => {
  const least = Math.round(threshold * LEVELS);
  return levels.map((row) => row.map((level) => (level >= least ? 1 : 0)));
};

const READINGS = { components: semanticRegions, watershed: (mask) => partByDistance(mask) };

// The cells of an answer, and how they stand to the true ones; `found` and `split` are ids, `merged` groups of ids.
export function readCells(levels, threshold, reading, ids) {
  const mask = above(levels, threshold), objects = READINGS[reading](mask);
  return { objects, iou: countFates(fates(mask, ids)).iou, ap: averagePrecision(objects, ids),
    found: foundCells(objects, ids), merged: mergedGroups(objects, ids), split: splitCells(objects, ids) };
}

// A point for every threshold.
export const curveOf = (levels, reading, ids) => THRESHOLDS.map((threshold) => {
  const mask = above(levels, threshold);
  return { threshold, iou: countFates(fates(mask, ids)).iou, ap: averagePrecision(READINGS[reading](mask), ids) };
});

// Of the points with the highest AP the one with the highest IoU.
export const bestOf = (curve) =>
  curve.reduce((best, one) => (one.ap > best.ap || (one.ap === best.ap && one.iou > best.iou) ? one : best));
