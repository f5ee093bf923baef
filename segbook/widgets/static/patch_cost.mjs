// PatchCost: how often the patches read each pixel, and what that costs beside one pass over the image.
import { live } from "./figure.mjs";
import { canvas, centred, formulaLine, grouped, label, many, mark, panel, panels, range, result, series, svg, tint }
  from "./page.mjs";
import { centresAround, patchCosts, readCounts, runs } from "./patches.mjs";
import { arrowKeys, point } from "./pointing.mjs";

const MOST = 128;                                  // the largest image
const ratioText = (ratio) => (ratio < 10 ? String(Math.round(ratio * 10) / 10) : grouped(ratio));
const within = ({ image_size }) => [0, image_size - 1];
export const limits = { kernel_size: ({ patch_size }) => [1, Math.min(7, patch_size)], row: within, column: within };

function start({ drawing, state, set }) {
  point(drawing, "svg[data-map]", (_, x, y) => {
    const size = state().image_size;
    set({ row: Math.floor(y * size), column: Math.floor(x * size) });
  });
  arrowKeys(drawing, { label: "The map; arrow keys choose a pixel",
    step: (dx, dy) => set({ row: state().row + dy, column: state().column + dx }) });
}

export function draw(state, width) {
  const { image_size: imageSize, patch_size: patchSize, out_channels: outChannels } = state;
  const kernelSize = Math.min(state.kernel_size, patchSize);   // Python can set a larger one
  const [row, column] = [state.row, state.column].map((place) => Math.min(place, imageSize - 1));
  const counts = readCounts(imageSize, patchSize), layer = { patchSize, kernelSize, outChannels };
  const beside = width >= 620, side = Math.min(beside ? (width - 26) * 0.46 : width - 2, 360);
  const chart = { width: Math.min(beside ? width - side - 28 : width - 2, 440), height: beside ? side + 4 : 250 };
  const { inPatch, inImage, patches, onePass, ratio } = patchCosts(imageSize, layer),
    count = counts[row] * counts[column];
  return {
    nodes: [panels(countMap(counts, { row, column, patchSize, side }), costChart(imageSize, layer, chart))],
    formula: [
      formulaLine(`pixel (${row}, ${column}) is read by ${counts[row]}·${counts[column]} = `, result(count),
        ` patches; at most P·P = ${grouped(patchSize ** 2)}`),
      formulaLine(`every patch: H·W·(P − k + 1)²·k²·C = ${imageSize}²·${inPatch}²·${kernelSize}²·${outChannels} = `,
        result(grouped(patches))),
      formulaLine(`one pass: (H + P − k)²·k²·C = ${inImage}²·${kernelSize}²·${outChannels} = `,
        result(grouped(onePass)),
        ", ratio ", result(ratioText(ratio))),
    ],
    sentence: `Image ${imageSize} by ${imageSize}, patches ${patchSize} by ${patchSize}: pixel (${row}, ${column}) is `
      + `read ${count === 1 ? "once" : `${count} times`}. One convolution (${kernelSize} by ${kernelSize}, `
      + `${many(outChannels, "channel")}) in every patch computes ${ratio > 1 ? `${ratioText(ratio)} times` : "just"} `
      + "what one pass over the mirrored image does.",
  };
}

// Runs of equal counts are one rectangle each; the focus is one pixel, and the frame holds the centres that read it.
function countMap(counts, { row, column, patchSize, side }) {
  const size = counts.length, unit = side / size, most = Math.min(patchSize, size) ** 2, nodes = [], fine = unit < 15;
  const axis = fine ? runs(counts) : counts.map((value, i) => ({ from: i, to: i + 1, value }));
  const rect = (left, right, top, bottom, attributes) => svg("rect", { x: left * unit, y: top * unit,
    width: (right - left) * unit, height: (bottom - top) * unit, ...attributes });
  for (const a of axis) {
    for (const b of axis) {
      const count = a.value * b.value, share = count / most;
      nodes.push(rect(b.from, b.to, a.from, a.to,
        { style: `fill: ${tint("var(--segbook-0)", 0.06 + 0.85 * share, "white")}` }));
      if (fine || String(count).length * 7 >= unit) continue;
      nodes.push(centred((b.from + 0.5) * unit, (a.from + 0.5) * unit, count,
        { class: share > 0.8 ? "on-dark" : "on-light", "font-size": Math.min(15, unit * 0.5).toFixed(1) }));
    }
  }
  const [top, bottom] = centresAround(row, size, patchSize), [left, right] = centresAround(column, size, patchSize);
  nodes.push(rect(left, right + 1, top, bottom + 1, { class: "frame" }),
    rect(column, column + 1, row, row + 1, { class: "band" }));
  const least = counts[0] ** 2, busiest = Math.max(...counts) ** 2;
  const times = least < busiest ? `${grouped(least)} … ${grouped(busiest)} times, darker is more`
    : least === 1 ? "once each" : `${least} times each`;
  return panel("How often each pixel is read", `${times}; framed: the centres that read the marked pixel`,
    canvas(side, side, `How many patches contain each pixel of ${size} by ${size}`, nodes,
      { class: "pixels", "data-map": "" }), { width: side, below: true });
}

// Both costs over the image size, on a logarithmic scale; the marks stand at the size in force.
function costChart(imageSize, layer, { width, height }) {
  const left = 46, right = 16, top = 12, bottom = 34, sizes = range(MOST - 1).map((i) => i + 2), nodes = [];
  const first = patchCosts(2, layer), last = patchCosts(MOST, layer), now = patchCosts(imageSize, layer);
  const low = Math.floor(Math.log10(first.onePass)) - 0.2,
    high = Math.log10(Math.max(last.patches, last.onePass)) + 0.3;
  const x = (size) => left + ((size - 2) / (MOST - 2)) * (width - left - right);
  const y = (cost) => top + ((high - Math.log10(cost)) / (high - low)) * (height - top - bottom);
  for (let power = Math.ceil(low); power <= high; power++) {
    const at = y(10 ** power);
    nodes.push(svg("path", { class: "grid", d: `M ${left} ${at} H ${width - right}` }),
      mark(left - 6, at, ["10", svg("tspan", { dy: -5, "font-size": 9 }, power)], { "text-anchor": "end" }));
  }
  for (const size of [2, 32, 64, 96, 128]) nodes.push(mark(x(size), height - bottom + 12, size));
  nodes.push(label((left + width - right) / 2, height - 7, "image size H = W", { "text-anchor": "middle" }));
  [["patches", 1], ["onePass", 0]].forEach(([way, colour]) => {
    const path = sizes.map((size) => `${x(size).toFixed(1)} ${y(patchCosts(size, layer)[way]).toFixed(1)}`).join(" L ");
    nodes.push(svg("path", { class: "curve", style: `stroke: var(--segbook-${colour})`, d: `M ${path}`,
      "stroke-dasharray": colour ? "6 3" : "" }),
    svg("circle", { class: "dot series", style: series(colour), cx: x(imageSize), cy: y(now[way]), r: 5 }));
  });
  nodes.push(svg("path", { class: "link", d: `M ${x(imageSize)} ${y(now.patches)} V ${y(now.onePass)}`,
    "stroke-dasharray": "2 3" }));
  // The curves rise to the right: there is room left of the upper point, and right of what lies below a curve. A small
  // image has none at its left: the upper curve gets its name where it ends, and the ratio stands below the lower one.
  const write = (words, at, cost, dy, flip) => nodes.push(svg("text", { y: y(cost) + dy, x: at, "font-size": 13,
    "text-anchor": flip ? "end" : "start", "dominant-baseline": "central" }, words));
  const text = (words, cost, dy, flip = imageSize > 0.69 * MOST) =>
    write(words, x(imageSize) + (flip ? -9 : 9), cost, dy, flip);
  const apart = y(now.onePass) - y(now.patches), ratio = ratioText(now.ratio);
  if (apart <= 16) text("both ways", now.patches, 14);
  else if (imageSize > 0.31 * MOST) {
    text("every patch", now.patches, -10, true);
    text("one pass", now.onePass, imageSize > 0.69 * MOST ? 19 : 14);
    if (apart > 30) text(`× ${ratio}`, Math.sqrt(now.patches * now.onePass), 0);
  } else {
    write("every patch", width - right, last.patches, -10, true);
    text(`one pass, ${ratio} times cheaper`, now.onePass, 14);
  }
  return panel("Multiply–adds of one convolution", "each step of the scale is ten times more", canvas(width, height,
    "Multiply–adds over the image size: every patch, and one pass", nodes), { width, below: true });
}

export default live({ title: "What patches cost", limits, draw, start });
