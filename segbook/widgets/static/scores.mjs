// The grid of scores that a stack leaves of an image: pure functions, held equal to torch and to Python.
// `stack` is what stackOf gives for one axis ({ receptiveField, jump, start, outputSize, fits }).

// The layers [kernel, stride, dilation] as stackOf reads them; mirrored, the first one sees half a window more on each
// side, so that the window of score 0 is centred on pixel 0.
export function scoreLayers(layers, mirror) {
  const plain = layers.map(([kernelSize, stride, dilation]) => ({ kernelSize, stride, dilation }));
  if (!mirror) return plain;
  let jump = 1, receptiveField = 1;
  for (const { kernelSize, stride, dilation } of plain) {
    receptiveField += dilation * (kernelSize - 1) * jump;
    jump *= stride;
  }
  return plain.map((layer, i) => (i ? layer : { ...layer, padding: Math.floor(receptiveField / 2) }));
}

// The pixel that score n answers for: the middle of its window.
export const centreOf = ({ receptiveField, jump, start }, n) => start + n * jump + Math.floor(receptiveField / 2);

// For each pixel along one axis the score whose centre is nearest (the later one of two), or −1 beyond half a step.
export function scoreOfPixel(stack, imageSize) {
  const { jump, outputSize } = stack;
  return Array.from({ length: imageSize }, (_, i) => {
    const n = Math.floor((i - centreOf(stack, 0) + Math.floor(jump / 2)) / jump);
    return stack.fits && n >= 0 && n < outputSize ? n : -1;
  });
}

// Rows of hexadecimal digits, four pixels each, as rows of 0 and 1.
export const unpack = (text) => text.split(" ").map((row) =>
  [...row].flatMap((digit) => [8, 4, 2, 1].map((bit) => (parseInt(digit, 16) & bit ? 1 : 0))));

// What an ideal classifier's grid says of each pixel: the truth at the centre of the nearest score; −1 for no answer.
export function coarseLabels(truth, stack) {
  const owner = scoreOfPixel(stack, truth.length), last = truth.length - 1;
  const centre = owner.map((n) => (n < 0 ? -1 : Math.max(0, Math.min(last, centreOf(stack, n)))));
  return centre.map((row) => centre.map((column) => (row < 0 || column < 0 ? -1 : truth[row][column])));
}

// Of the marked pixels: how many keep the label `kept`, how many get another one, how many get no answer.
export function survivors(marked, labels, kept) {
  const found = { kept: 0, lost: 0, unanswered: 0 };
  marked.forEach((row, r) => row.forEach((mark, c) => {
    if (mark) found[labels[r][c] === kept ? "kept" : labels[r][c] < 0 ? "unanswered" : "lost"] += 1;
  }));
  return found;
}
