// What a stack of convolutions and poolings sees, along one axis: pure functions, held equal to segbook.shapes.
// A layer is { kernelSize, stride = 1, padding = 0, dilation = 1 }; positions are input samples, below 0 in padding.

// The recursion: each layer adds its extent in steps of the strides *before* it. Row i is the state after i layers
// (row 0: the input reads itself). Output n of a row reads start + n·jump … start + n·jump + receptiveField − 1.
export function stackRows(layers) {
  const rows = [{ receptiveField: 1, jump: 1, start: 0 }];
  for (const { kernelSize, stride = 1, padding = 0, dilation = 1 } of layers) {
    const { receptiveField, jump, start } = rows.at(-1);
    rows.push({ receptiveField: receptiveField + dilation * (kernelSize - 1) * jump,
                jump: jump * stride, start: start - padding * jump });
  }
  return rows;
}

// Samples before and after each layer. The list ends before the first layer that does not fit.
export function stackSizes(layers, inputSize) {
  const sizes = [inputSize];
  for (const { kernelSize, stride = 1, padding = 0, dilation = 1 } of layers) {
    const size = Math.floor((sizes.at(-1) + 2 * padding - dilation * (kernelSize - 1) - 1) / stride) + 1;
    if (size < 1) break;
    sizes.push(size);
  }
  return sizes;
}

// All at once: the last row, all rows, all sizes, and whether every layer fits.
export function stackOf(layers, inputSize = 1) {
  const rows = stackRows(layers), sizes = stackSizes(layers, inputSize);
  return { ...rows.at(-1), rows, sizes, outputSize: sizes.at(-1), fits: sizes.length === layers.length + 1 };
}

// First and last sample of the window of output n.
export function windowOf({ receptiveField, jump, start }, n) {
  return [start + n * jump, start + n * jump + receptiveField - 1];
}

// Exactly the samples that output n reads, in order: with dilation or gaps, not all of its window. As if the signal
// went on for ever: what lies outside the input, or reaches it only through the padding of a later layer, is padding.
export function readBy(layers, n) {
  let reads = new Set([n]);
  for (const { kernelSize, stride = 1, padding = 0, dilation = 1 } of [...layers].reverse()) {
    reads = new Set([...reads].flatMap((m) =>
      Array.from({ length: kernelSize }, (_, j) => m * stride + j * dilation - padding)));
  }
  return [...reads].sort((a, b) => a - b);
}
