// Geometry of convolutions and their transposes: pure functions on numbers and arrays, no page in sight.
// Held equal to segbook.shapes, segbook.ops and torch on thousands of settings (tests/js).
// Names are Python's in camelCase; positions are counted in samples.

export const extent = (kernelSize, dilation) => dilation * (kernelSize - 1) + 1;

// Math.floor, not truncation: -1 / 2 must give -1. A result below 1 means that the kernel does not fit.
export function convOutputSize(inputSize, { kernelSize, stride = 1, padding = 0, dilation = 1 }) {
  return Math.floor((inputSize + 2 * padding - extent(kernelSize, dilation)) / stride) + 1;
}

// A result below 1 means that the crop leaves nothing.
export function convTransposeOutputSize(
  inputSize, { kernelSize, stride = 1, padding = 0, outputPadding = 0, dilation = 1 },
) {
  return (inputSize - 1) * stride - 2 * padding + extent(kernelSize, dilation) + outputPadding;
}

// All input sizes that a convolution maps to outputSize: [first, last], empty when last < first.
export function collapsingInputSizes(outputSize, { kernelSize, stride = 1, padding = 0, dilation = 1 }) {
  const first = (outputSize - 1) * stride - 2 * padding + extent(kernelSize, dilation);
  return [Math.max(first, 1), first + stride - 1];
}

// The outputPadding with which the transposed convolution gives inputSize back.
export function restoringOutputPadding(inputSize, { kernelSize, stride = 1, padding = 0, dilation = 1 }) {
  return (inputSize + 2 * padding - extent(kernelSize, dilation)) % stride;
}

// One entry for every product x[i]·w[j]: where it lands, counted before the crop.
export function stamps(x, weight, { stride = 1, dilation = 1 } = {}) {
  return x.flatMap((value, i) =>
    weight.map((tap, j) => ({ i, j, at: i * stride + j * dilation, value: value * tap })));
}

// View 1, stamp and add: every product added where it lands, then `padding` samples cropped from each side.
export function convTranspose1d(x, weight, { stride = 1, padding = 0, outputPadding = 0, dilation = 1 } = {}) {
  const kernelSize = weight.length;
  const size = convTransposeOutputSize(x.length, { kernelSize, stride, padding, outputPadding, dilation });
  const y = new Array(Math.max(size, 0)).fill(0);
  for (const { at, value } of stamps(x, weight, { stride, dilation })) {
    const n = at - padding;
    if (n >= 0 && n < size) y[n] += value;
  }
  return y;
}

// View 2, the signal that an ordinary convolution reads: s − 1 zeros between samples, d(k−1) − p zeros on each side
// (cropped when negative), outputPadding more on the right. source[q] is the sample that stands at q, or null.
export function zeroInserted(x, { kernelSize, stride = 1, padding = 0, outputPadding = 0, dilation = 1 }) {
  const margin = extent(kernelSize, dilation) - 1;
  const size = convTransposeOutputSize(x.length, { kernelSize, stride, padding, outputPadding, dilation });
  const first = padding - margin;              // position of z[0] on the axis on which sample i stands at i·s
  const values = [], source = [];
  for (let q = 0; q < Math.max(size, 0) + margin; q++) {
    const i = (first + q) / stride;
    const isSample = Number.isInteger(i) && i >= 0 && i < x.length;
    source.push(isSample ? i : null);
    values.push(isSample ? x[i] : 0);
  }
  return { values, source, first };
}

export function conv1d(x, weight, { stride = 1, padding = 0, dilation = 1 } = {}) {
  const size = convOutputSize(x.length, { kernelSize: weight.length, stride, padding, dilation });
  return Array.from({ length: Math.max(size, 0) }, (_, n) =>
    weight.reduce((sum, tap, j) => sum + tap * (x[n * stride + j * dilation - padding] ?? 0), 0));
}

// View 3, the matrix Wᵀ: rows are outputs, columns inputs; null where no tap connects them (a tap may be 0).
export function transposedMatrix(
  inputSize, weight, { stride = 1, padding = 0, outputPadding = 0, dilation = 1 } = {},
) {
  const kernelSize = weight.length;
  const size = convTransposeOutputSize(inputSize, { kernelSize, stride, padding, outputPadding, dilation });
  return Array.from({ length: Math.max(size, 0) }, (_, n) =>
    Array.from({ length: inputSize }, (_, i) => tapAt(n + padding - i * stride, kernelSize, dilation)));
}

// Index of the kernel tap that stands `offset` samples after the start of a stamp, or null.
function tapAt(offset, kernelSize, dilation) {
  const j = offset / dilation;
  return Number.isInteger(j) && j >= 0 && j < kernelSize ? j : null;
}

// How many stamps reach each output sample (before any crop).
export function overlapCounts(inputSize, { kernelSize, stride }) {
  const counts = new Array((inputSize - 1) * stride + kernelSize).fill(0);
  for (let i = 0; i < inputSize; i++) for (let j = 0; j < kernelSize; j++) counts[i * stride + j] += 1;
  return counts;
}

// The samples that the border does not touch: with more input on both sides they would be stamped no more often.
export function interior(inputSize, { kernelSize, stride }) {
  const size = (inputSize - 1) * stride + kernelSize, margin = Math.max(kernelSize - stride, 0);
  return [margin, size - margin];
}

// Images are arrays of rows. Channels, batches and padding are Python's business.
export function convTranspose2d(image, kernel, stride) {
  const height = (image.length - 1) * stride + kernel.length;
  const width = (image[0].length - 1) * stride + kernel[0].length;
  const out = Array.from({ length: height }, () => new Array(width).fill(0));
  image.forEach((row, r) => row.forEach((value, c) =>
    kernel.forEach((taps, a) => taps.forEach((tap, b) => { out[r * stride + a][c * stride + b] += value * tap; }))));
  return out;
}

// Repeat every pixel `factor` times in both directions (nearest neighbour).
export function resizeNearest(image, factor) {
  return image.flatMap((row) => {
    const wide = row.flatMap((value) => new Array(factor).fill(value));
    return Array.from({ length: factor }, () => [...wide]);
  });
}

// Convolution without padding, stride 1.
export function conv2d(image, kernel) {
  const height = image.length - kernel.length + 1, width = image[0].length - kernel[0].length + 1;
  return Array.from({ length: Math.max(height, 0) }, (_, r) => Array.from({ length: Math.max(width, 0) }, (_, c) =>
    kernel.reduce((sum, taps, a) => sum + taps.reduce((s, tap, b) => s + tap * image[r + a][c + b], 0), 0)));
}
