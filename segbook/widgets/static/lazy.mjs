// Lazy predictors of a picture with one foreground object: what they get right, and the scores that makes.
// Pure functions; held equal to segbook.metrics and to simulation (tests/js). Shares lie in 0 … 1.

// Shares of a large picture: found and missed foreground, false alarms, background. The coin says foreground as often
// as foreground is there; "twice" draws the object at twice its area.
export function expectedShares(share, predictor) {
  const rest = 1 - share;
  return {
    nothing: { found: 0, falseAlarm: 0, missed: share, background: rest },
    coin: { found: share * share, falseAlarm: share * rest, missed: share * rest, background: rest * rest },
    twice: { found: share, falseAlarm: share, missed: 0, background: 1 - 2 * share },
  }[predictor];
}

// From shares, or from counts of pixels.
export function lazyScores({ found, falseAlarm, missed, background }) {
  const wrong = falseAlarm + missed, iou = found / (found + wrong);
  return {
    accuracy: (found + background) / (found + background + wrong),
    iou, meanIou: (iou + background / (background + wrong)) / 2,
  };
}

// Pixels of a picture from the middle outward, row by row among equals. Distances are squared and doubled, so whole.
export function outwardOrder(height, width) {
  const distance = (pixel) => (2 * Math.floor(pixel / width) - height + 1) ** 2
    + (2 * (pixel % width) - width + 1) ** 2;
  return Array.from({ length: height * width }, (_, pixel) => pixel).sort((a, b) => distance(a) - distance(b) || a - b);
}

// What becomes of every pixel: "found", "missed", "falseAlarm" or "background". The object is the first `size` pixels
// of `outward`, the coins that fall on foreground are the first `size` of `coins`.
export function pixelKinds(size, predictor, outward, coins) {
  const truth = new Set(outward.slice(0, size));
  const predicted = new Set({ nothing: [], coin: coins.slice(0, size), twice: outward.slice(0, 2 * size) }[predictor]);
  return outward.map((_, pixel) => (truth.has(pixel) ? (predicted.has(pixel) ? "found" : "missed")
    : predicted.has(pixel) ? "falseAlarm" : "background"));
}

export function countKinds(kinds) {
  const counts = { found: 0, falseAlarm: 0, missed: 0, background: 0 };
  for (const kind of kinds) counts[kind] += 1;
  return counts;
}
