// Checkerboard: how often the stamps overlap in 2-D, and the picture that this leaves on a flat image.
import { live } from "./figure.mjs";
import { conv2d, convTranspose2d, interior, overlapCounts, resizeNearest } from "./geometry.mjs";
import { canvas, centred, clamp, formulaLine, html, panel, panels, range, result, short, svg, tint } from "./page.mjs";

const INPUT_SIZE = 7, GAP = 26;
const LEGIBLE = 11, EASY = 16;                     // pixels of the screen for a count

// A k × k kernel whose weights sum to stride², so that a flat image of ones comes out as ones on average.
export function flatKernel(name, kernelSize, stride, noise) {
  const half = Math.ceil(kernelSize / 2), middle = (kernelSize - 1) / 2;
  const tent = range(kernelSize).map((j) => 1 - Math.abs(j - middle) / half);
  const weight = { ones: () => 1, bilinear: (a, b) => tent[a] * tent[b], random: (a, b) => noise[a][b] }[name];
  const raw = range(kernelSize).map((a) => range(kernelSize).map((b) => weight(a, b)));
  const sum = raw.flat().reduce((total, value) => total + value, 0);
  return raw.map((row) => row.map((value) => (value * stride * stride) / sum));
}

const flat = () => range(INPUT_SIZE).map(() => new Array(INPUT_SIZE).fill(1));
const ascending = (values) => [...new Set(values)].sort((a, b) => a - b);
const spread = (image, [from, to]) => {
  const values = image.slice(from, to).flatMap((row) => row.slice(from, to));
  return [Math.min(...values), Math.max(...values)];
};

export function draw({ kernel_size: kernelSize, stride, kernel: name, noise }, width) {
  const kernel = flatKernel(name, kernelSize, stride, noise), axis = overlapCounts(INPUT_SIZE, { kernelSize, stride });
  const counts = axis.map((a) => axis.map((b) => a * b)), inside = interior(INPUT_SIZE, { kernelSize, stride });
  const stamped = convTranspose2d(flat(), kernel, stride), average = kernel.map((row) =>
    row.map((weight) => weight / (stride * stride)));
  const resized = conv2d(resizeNearest(flat(), stride), average), all = [0, resized.length];
  // Three in a row where the counts stay legible; else they have a row of their own, and the pictures share one.
  const third = Math.min((width - 2 * GAP) / 3, 280), inARow = width >= 620 && LEGIBLE * axis.length <= third;
  const large = inARow ? third : Math.min(width, Math.max(280, EASY * axis.length));
  const small = inARow ? third : Math.min((width - GAP) / 2 - 1, 280);
  const most = Math.max(...axis) ** 2, grey = { colour: "white", ground: "black", scale: 2 };
  const shown = [
    pixels("Overlap count", `stamps on each pixel of ${axis.length}²`, counts, large,
      { across: inARow ? large : width, colour: "var(--segbook-0)", ground: "white", scale: most, least: 0.06,
        text: true, inside }),
    pixels("Transposed convolution", "of a flat image", stamped, small, { ...grey, inside }),
    pixels("Resize, then convolve", "of the same image", resized, small, { ...grey, inside: all }),
  ];
  const perAxis = ascending(axis.slice(...inside)), uneven = perAxis.length > 1;
  const products = ascending(perAxis.flatMap((a) => perAxis.map((b) => a * b)));
  // The mean is 1: so the board, (largest − smallest) / mean, is the difference.
  const [low, high] = spread(stamped, inside), visible = high - low > 1e-9;
  const text = ([a, b]) => result(b - a > 1e-9 ? `${short(a)} to ${short(b)}` : short(a));
  return {
    nodes: [panels(shown)],
    formula: [
      formulaLine(`k mod s = ${kernelSize} mod ${stride} = `, result(kernelSize % stride),
        uneven ? ": overlaps per axis " : ": every pixel gets ", perAxis.join(" or "),
        uneven ? "; in the plane " : " per axis, in the plane ", products.join(", ")),
      html("div", {}, "inside the frame (black is 0, white 2 or more): transposed ", text([low, high]),
        ", board ", result(visible ? short(high - low) : 0), "; resized first ", text(spread(resized, all))),
    ],
    sentence: `Kernel ${kernelSize}, stride ${stride}, weights ${name}: the overlap is `
      + `${uneven ? "uneven" : "even"} and a flat image ${visible ? "comes out patterned" : "stays flat"}. `
      + "Resizing first keeps it flat.",
  };
}

// Pixels as squares, from `ground` for 0 to `colour` for `scale`; the frame holds those that the border does not touch.
// There are up to 961 of them: those of one colour are one path, and all counts in one colour are one text.
function pixels(name, rest, image, side, { colour, ground, scale, least = 0, text = false, across = side, inside }) {
  const unit = Math.floor((2 * side) / image.length) / 2, size = unit * image.length;
  const [from, to] = inside, paths = new Map(), shareOf = (value) => clamp(value / scale, 0, 1);
  image.forEach((row, r) => row.forEach((value, c) => {
    const fill = tint(colour, least ? least + 0.85 * shareOf(value) : shareOf(value), ground);
    paths.set(fill, `${paths.get(fill) ?? ""}M${c * unit} ${r * unit}h${unit}v${unit}h${-unit}z`);
  }));
  const nodes = [...paths].map(([fill, d]) => svg("path", { d, style: `fill: ${fill}` }));
  const inner = (to - from) * unit;
  const frame = { class: "frame", x: from * unit, y: from * unit, width: inner, height: inner };
  if (to > from) nodes.push(svg("rect", frame));
  if (text) {
    nodes.push(figures(image, unit, "on-light", (value) => shareOf(value) <= 0.5));
    nodes.push(figures(image, unit, "on-dark", (value) => shareOf(value) > 0.5));
  }
  return panel(name, rest, canvas(size, size, `${name}, ${rest}`, nodes, { class: "pixels" }),
    { width: across, below: true });
}

// The counts that are chosen, as one text: each digit has its own place.
function figures(image, unit, tone, chosen) {
  const font = Math.min(12, unit * 0.72), x = [], y = [];
  const digits = image.flatMap((row, r) => row.flatMap((value, c) => (chosen(value) ? [...String(value)] : [])
    .map((digit, i, { length }) => {
      x.push(((c + 0.5) * unit + 0.6 * font * (i - (length - 1) / 2)).toFixed(1));
      y.push((r + 0.5) * unit);
      return digit;
    })));
  return centred(x.join(" "), y.join(" "), digits.join(""), { class: tone, "font-size": font.toFixed(1) });
}

export default live({ title: "Checkerboards", draw });
