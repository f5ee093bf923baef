// From logits to probabilities to a loss: pure functions on numbers and arrays, no page in sight.
// Held equal to segbook.ops, segbook.losses and autograd (tests/js).

// log Σ exp(a_c), the largest logit taken out first, so that nothing overflows.
export function logSumExp(logits) {
  const largest = Math.max(...logits);
  return largest + Math.log(logits.reduce((sum, a) => sum + Math.exp(a - largest), 0));
}

export function softmax(logits) {
  const total = logSumExp(logits);
  return logits.map((a) => Math.exp(a - total));
}

// −log p of the true class.
export const pixelLoss = (logits, label) => logSumExp(logits) - logits[label];

// The gradient of that loss with respect to the logits: p − y.
export const pixelLossGradient = (logits, label) => softmax(logits).map((p, k) => p - (k === label ? 1 : 0));

// Of equal logits the first.
export const predictedClass = (logits) => logits.indexOf(Math.max(...logits));

// Logits of every pixel, as lists of one number for each class. `scores` is (C, H, W) in one row, as torch stores it;
// `edits` replaces some pixels' logits: pixel, a_0, …, a_{C−1}, and so on.
export function pixelLogits(scores, edits, numClasses) {
  const pixels = scores.length / numClasses;
  const all = Array.from({ length: pixels }, (_, i) =>
    Array.from({ length: numClasses }, (_, k) => scores[k * pixels + i]));
  for (let at = 0; at < edits.length; at += numClasses + 1) all[edits[at]] = edits.slice(at + 1, at + 1 + numClasses);
  return all;
}

// The edits with one pixel's logits replaced; every pixel stands in them once.
export function withEdit(edits, pixel, logits) {
  const size = logits.length + 1, others = [];
  for (let at = 0; at < edits.length; at += size) if (edits[at] !== pixel) others.push(...edits.slice(at, at + size));
  return [...others, pixel, ...logits];
}

// The edits with every pixel once, the last of its edits.
export function withoutDoubles(edits, numClasses) {
  let kept = [];
  for (let at = 0; at < edits.length; at += numClasses + 1) {
    kept = withEdit(kept, edits[at], edits.slice(at + 1, at + 1 + numClasses));
  }
  return kept;
}
