// A transposed convolution that learns: gradient descent on its kernel, every step kept. No page in sight.
// Held equal to torch's autograd for every setting of the figure (tests/js).
import { conv1d, convTranspose1d } from "./geometry.mjs";

// Padding and output padding with which the output is `stride` times as long as the input.
export function layerOf(kernelSize, stride) {
  const padding = Math.max(0, Math.ceil((kernelSize - stride) / 2));
  return { stride, padding, outputPadding: stride - kernelSize + 2 * padding };
}

// Weights before the first step; "equal" and "bilinear" bring a flat signal back on average.
export function firstKernel(start, kernelSize, stride, noise) {
  if (start === "random") return noise.slice(0, kernelSize).map((tap) => tap / Math.sqrt(kernelSize));
  const half = Math.ceil(kernelSize / 2), middle = (kernelSize - 1) / 2;
  const raw = Array.from({ length: kernelSize }, (_, j) => (start === "equal" ? 1 : 1 - Math.abs(j - middle) / half));
  const sum = raw.reduce((total, tap) => total + tap, 0);
  return raw.map((tap) => (tap * stride) / sum);
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
export const means = (signal, stride) => Array.from({ length: signal.length / stride }, (_, i) =>
  mean(signal.slice(i * stride, (i + 1) * stride)));

// What the taps that meet at a place sum to: one period of what a flat signal of ones becomes.
export const sumsOf = (kernel, stride) => Array.from({ length: stride }, (_, phase) =>
  kernel.reduce((sum, tap, j) => (j % stride === phase ? sum + tap : sum), 0));

// How uneven they are: (largest − smallest) / |mean|.
export const boardOf = (sums) => (Math.max(...sums) - Math.min(...sums)) / Math.abs(mean(sums));

// What an output y costs at a place of the target t, and its derivative with respect to y. The cross entropy,
// ln(1 + exp(−t·y)), is of the class ±1 and written so that no exponential overflows.
const COSTS = {
  squared: { of: (y, t) => (y - t) ** 2, slope: (y, t) => 2 * (y - t) },
  entropy: { of: (y, t) => Math.max(0, -t * y) + Math.log1p(Math.exp(-Math.abs(y))),
    slope: (y, t) => -t / (1 + Math.exp(t * y)) },
};

// All kernels and losses, from before the first step to after the last.
export function learn(target, kernel, layer, { steps, rate, loss }) {
  const x = means(target, layer.stride), kernels = [kernel], losses = [], { of, slope } = COSTS[loss];
  for (;;) {
    const now = kernels.at(-1), output = convTranspose1d(x, now, layer);
    losses.push(mean(output.map((y, n) => of(y, target[n]))));
    if (losses.length > steps) return { x, kernels, losses };
    // Uᵀ of the derivatives: a convolution of them whose taps are the samples of x, a stride apart.
    const slopes = output.map((y, n) => slope(y, target[n]));
    const back = conv1d(slopes, x, { padding: layer.padding, dilation: layer.stride });
    kernels.push(now.map((tap, j) => tap - (rate * back[j]) / target.length));
  }
}
