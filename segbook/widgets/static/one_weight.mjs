// The smallest network on the small map: what one weight does to loss, slope and score. No page in sight.
// Held equal to torch's autograd and segbook.metrics (tests/js). A network is { brightness, labels, bias }.
import { pixelLoss, predictedClass, softmax } from "./softmax.mjs";

// Brightness x and true class of every pixel, with its two logits at this weight.
export const pixelsAt = ({ brightness, labels, bias }, weight) => brightness.flatMap((row, i) =>
  row.map((x, j) => ({ x, label: labels[i][j], logits: [bias, weight * x] })));

// p − y of the class cell.
export const gradientAt = (network, weight) =>
  pixelsAt(network, weight).map(({ label, logits }) => softmax(logits)[1] - label);

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
export const lossAt = (network, weight) =>
  mean(pixelsAt(network, weight).map(({ label, logits }) => pixelLoss(logits, label)));
export function slopeAt(network, weight) {
  const gradient = gradientAt(network, weight);
  return mean(pixelsAt(network, weight).map(({ x }, i) => gradient[i] * x));
}

// Pixels of the class cell that are found, missed, and false alarms.
export function cellCounts(network, weight) {
  const counts = { found: 0, missed: 0, falseAlarms: 0 };
  for (const { label, logits } of pixelsAt(network, weight)) {
    const said = predictedClass(logits);
    if (said || label) counts[said && label ? "found" : label ? "missed" : "falseAlarms"] += 1;
  }
  return counts;
}
export function iouAt(network, weight) {
  const { found, missed, falseAlarms } = cellCounts(network, weight);
  return found / (found + missed + falseAlarms);
}

// The weights between `low` and `high` at which a pixel changes its class.
export const jumps = ({ brightness, bias }, low, high) => [...new Set(brightness.flat())]
  .filter((x) => x > 0).map((x) => bias / x).filter((weight) => low < weight && weight < high).sort((a, b) => a - b);

// The weight before the first step, and after each.
export function descend(network, weight, { rate, steps }) {
  const path = [weight];
  while (path.length <= steps) path.push(path.at(-1) - rate * slopeAt(network, path.at(-1)));
  return path;
}
