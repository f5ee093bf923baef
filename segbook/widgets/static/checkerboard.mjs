// Checkerboard: how often the stamps overlap in 2-D, and the picture that this leaves on a flat image.
import { conv2d, convTranspose2d, interior, overlapCounts, resizeNearest } from "./geometry.mjs";
import { choice, figure, formulaLine, html, short, slider, svg } from "./page.mjs";

const PRESETS = {
  "3 over 2": { kernel_size: 3, stride: 2, kernel: "ones" },
  "4 over 2": { kernel_size: 4, stride: 2, kernel: "ones" },
  "3 over 2, bilinear": { kernel_size: 3, stride: 2, kernel: "bilinear" },
  "4 over 2, random": { kernel_size: 4, stride: 2, kernel: "random" },
  "5 over 3": { kernel_size: 5, stride: 3, kernel: "ones" },
};
const TRAITS = ["kernel_size", "stride", "kernel"];
const INPUT_SIZE = 7;

// A k × k kernel whose weights sum to stride², so that a flat image of ones comes out as ones on average.
export function flatKernel(name, kernelSize, stride, noise) {
  const half = Math.ceil(kernelSize / 2), middle = (kernelSize - 1) / 2;
  const tent = Array.from({ length: kernelSize }, (_, j) => 1 - Math.abs(j - middle) / half);
  const raw = Array.from({ length: kernelSize }, (_, a) => Array.from({ length: kernelSize }, (_, b) =>
    (name === "bilinear" ? tent[a] * tent[b] : name === "random" ? noise[a][b] : 1)));
  const sum = raw.flat().reduce((total, weight) => total + weight, 0);
  return raw.map((row) => row.map((weight) => (weight * stride * stride) / sum));
}

const flat = () => Array.from({ length: INPUT_SIZE }, () => new Array(INPUT_SIZE).fill(1));
const range = (image, [from, to]) => {
  const values = image.slice(from, to).flatMap((row) => row.slice(from, to));
  return [Math.min(...values), Math.max(...values)];
};

function render({ model, el }) {
  const view = figure({
    model, el, title: "Checkerboards", presets: PRESETS, traits: TRAITS, draw,
    controls: [slider(model, "kernel_size", "kernel size k", { min: 1, max: 7 }), slider(model, "stride", "stride s", { min: 1, max: 4 }),
               choice(model, "kernel", "weights", { ones: "all equal", bilinear: "bilinear (tent)", random: "random" })],
  });

  function draw(width) {
    const kernelSize = model.get("kernel_size"), stride = model.get("stride"), name = model.get("kernel");
    const kernel = flatKernel(name, kernelSize, stride, model.get("noise"));
    const axis = overlapCounts(INPUT_SIZE, { kernelSize, stride });
    const counts = axis.map((a) => axis.map((b) => a * b));
    const inside = interior(INPUT_SIZE, { kernelSize, stride });
    const stamped = convTranspose2d(flat(), kernel, stride);
    const resized = conv2d(resizeNearest(flat(), stride), kernel.map((row) => row.map((weight) => weight / (stride * stride))));
    // Three in a row where there is room; on a phone the counts stay large enough to read, the pictures share a row.
    const inARow = width >= 620, gap = 26;
    const large = Math.min(inARow ? (width - 2 * gap) / 3 : width, 280), small = inARow ? large : (width - gap) / 2 - 1;
    const most = Math.max(...axis) ** 2;
    const panels = [
      panel("Overlap count", `stamps on each pixel of ${axis.length}²`, counts, large, { scale: most, text: true, inside, tone: "count" }),
      panel("Transposed convolution", "of a flat image", stamped, small, { scale: 2, inside, tone: "grey" }),
      panel("Resize, then convolve", "of the same image", resized, small, { scale: 2, inside: [0, resized.length], tone: "grey" }),
    ];
    const perAxis = [...new Set(axis.slice(...inside))].sort((a, b) => a - b);
    const products = [...new Set(perAxis.flatMap((a) => perAxis.map((b) => a * b)))].sort((a, b) => a - b);
    const [low, high] = range(stamped, inside), [rLow, rHigh] = range(resized, [0, resized.length]);
    const uneven = perAxis.length > 1, visible = high - low > 1e-9;
    const text = (a, b) => (b - a > 1e-9 ? `${short(a)} to ${short(b)}` : short(a));
    return {
      nodes: [html("div", { class: "panels" }, panels)],
      formula: [
        formulaLine(`k mod s = ${kernelSize} mod ${stride} = `, html("b", {}, kernelSize % stride),
          uneven ? ": overlaps per axis " : ": every pixel gets ", perAxis.join(" or "), uneven ? "; in the plane " : " per axis, in the plane ", products.join(", ")),
        html("div", {}, "inside the frame (black is 0, white 2 or more): transposed ", html("b", {}, text(low, high)), "; resized first ", html("b", {}, text(rLow, rHigh))),
      ],
      sentence: `Kernel ${kernelSize}, stride ${stride}, weights ${name}: the overlap is ${uneven ? "uneven" : "even"} and a flat image `
        + `${visible ? "comes out patterned" : "stays flat"}. Resizing first keeps it flat.`,
    };
  }
  return view.stop;
}

// Pixels as squares, black is 0 and white is `scale`; the frame holds the pixels that the border does not touch.
function panel(name, rest, image, side, { scale, text = false, inside, tone }) {
  const unit = Math.floor((2 * side) / image.length) / 2, [from, to] = inside, nodes = [];
  const size = unit * image.length;
  image.forEach((row, r) => row.forEach((value, c) => {
    const share = Math.max(0, Math.min(1, value / scale));
    nodes.push(svg("rect", { x: c * unit, y: r * unit, width: unit, height: unit,
      style: tone === "count" ? `fill: color-mix(in srgb, var(--segbook-0) ${(share * 85 + 6).toFixed(1)}%, white)` : `fill: rgb(${Array(3).fill(Math.round(255 * share)).join(" ")})` }));
    if (text && unit >= 11) {
      nodes.push(svg("text", { x: (c + 0.5) * unit, y: (r + 0.5) * unit, "text-anchor": "middle", "dominant-baseline": "central",
        "font-size": Math.min(12, unit * 0.62).toFixed(1), style: `fill: ${share > 0.5 ? "#fff" : "#1f2328"}` }, value));
    }
  }));
  if (to > from) nodes.push(svg("rect", { class: "frame", x: from * unit, y: from * unit, width: (to - from) * unit, height: (to - from) * unit }));
  return html("div", { style: `width: ${side}px` }, html("p", { class: "caption" }, name, html("br"), html("small", {}, rest)),
    svg("svg", { class: "pixels", width: size, height: size, viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": `${name}, ${rest}` }, nodes));
}

export default { render };
