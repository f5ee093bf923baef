// What the windows of a convolution read and what they leave: pure functions on numbers and arrays, no page in sight.
// Held equal to torch and to the zero columns of W (tests/js). Places are samples; padding lies outside 0 … N − 1.

// The samples under the taps of window n.
export function windowPlaces(n, { kernelSize, stride = 1, padding = 0, dilation = 1 }) {
  return Array.from({ length: kernelSize }, (_, j) => n * stride + j * dilation - padding);
}

// The samples that no tap of any window stands on: the tail, the gaps between windows, the holes of a dilated kernel.
export function unreadSamples(inputSize, outputSize, layer) {
  const read = new Set(Array.from({ length: Math.max(outputSize, 0) }, (_, n) => windowPlaces(n, layer)).flat());
  return Array.from({ length: inputSize }, (_, i) => i).filter((i) => !read.has(i));
}

// The window whose middle lies nearest to a place (of two, the earlier one).
export function nearestWindow(place, outputSize, { kernelSize, stride = 1, padding = 0, dilation = 1 }) {
  const middle = (dilation * (kernelSize - 1)) / 2 - padding;
  return Math.max(0, Math.min(outputSize - 1, Math.ceil((place - middle) / stride - 0.5)));
}

// The matrix W: row n holds the tap that reads sample i for output n, null where none does (a tap may be 0).
export function matrixTaps(inputSize, outputSize, layer) {
  return Array.from({ length: Math.max(outputSize, 0) }, (_, n) => {
    const places = windowPlaces(n, layer);
    return Array.from({ length: inputSize }, (_, i) => (places.includes(i) ? places.indexOf(i) : null));
  });
}

// A k × k kernel: equal weights that sum to 1, or the right half less the left half.
export function planeKernel(operation, kernelSize) {
  const weight = (b) => (operation === "mean" ? 1 / (kernelSize * kernelSize) : Math.sign(b - (kernelSize - 1) / 2));
  return Array.from({ length: kernelSize }, () => Array.from({ length: kernelSize }, (_, b) => weight(b)));
}

// What one window of an image holds, row by row; outside the image `beyond`.
export function planeWindow(image, [row, column], layer, beyond = 0) {
  const columns = windowPlaces(column, layer);
  return windowPlaces(row, layer).map((r) => columns.map((c) => image[r]?.[c] ?? beyond));
}

// One number for each window: the sum of products with a kernel, or the largest value.
export function planeOutput(image, [rows, columns], layer, operation) {
  const kernel = planeKernel(operation, layer.kernelSize);
  const summary = (values) => (operation === "maximum" ? Math.max(...values.flat())
    : values.reduce((sum, line, a) => sum + line.reduce((s, value, b) => s + value * kernel[a][b], 0), 0));
  const beyond = operation === "maximum" ? -Infinity : 0;
  return Array.from({ length: Math.max(rows, 0) }, (_, r) => Array.from({ length: Math.max(columns, 0) }, (_, c) =>
    summary(planeWindow(image, [r, c], layer, beyond))));
}
