// PatchCost: how often the patches read each pixel, and what that costs beside one pass over the image.
import { centresAround, patchCosts, readCounts, runs } from "./patches.mjs";
import { arrowKeys, change, clamp, figure, formulaLine, html, slider, svg } from "./page.mjs";

const PRESETS = {
  "by hand": { image_size: 5, patch_size: 3, kernel_size: 3, row: 0, column: 0 },
  "a small picture": { image_size: 24, patch_size: 9, kernel_size: 4, row: 3, column: 12 },
  "the classifier of this chapter": { image_size: 64, patch_size: 29, kernel_size: 4, row: 32, column: 32 },
  "patch of one pixel": { image_size: 24, patch_size: 1, kernel_size: 1, row: 12, column: 12 },
};
const TRAITS = ["image_size", "patch_size", "kernel_size", "out_channels", "row", "column"];
const MOST = 64, TIMES = "×";
const grouped = (number) => Math.round(number).toLocaleString("en-US");
const ratioText = (ratio) => (ratio < 10 ? String(Math.round(ratio * 10) / 10) : grouped(ratio));

function render({ model, el }) {
  const get = (trait) => model.get(trait);
  const set = (values) => {
    change(model, values);
    const limits = { kernel_size: get("patch_size"), row: get("image_size") - 1, column: get("image_size") - 1 };
    for (const [trait, most] of Object.entries(limits)) if (get(trait) > most) change(model, { [trait]: most });
  };
  const number = (trait, text, limits) => slider(model, trait, text, { ...limits, set: (v) => set({ [trait]: v }) });
  const view = figure({
    model, el, title: "What patches cost", presets: PRESETS, traits: TRAITS, draw,
    controls: [number("image_size", "image size H = W", { min: 2, max: MOST }),
               number("patch_size", "patch size P", { min: 1, max: 31, step: 2 })],
    more: [number("kernel_size", "kernel size k", { min: 1, max: () => Math.min(7, get("patch_size")) }),
           number("out_channels", "channels written", { min: 1, max: 32 }),
           number("row", "pixel: row", { max: () => get("image_size") - 1 }),
           number("column", "pixel: column", { max: () => get("image_size") - 1 })],
  });

  // The handlers sit on the drawing, which stays when its contents are drawn anew.
  const point = (event) => {
    const map = event.target.closest?.("svg[data-map]");
    if (!map) return;
    const { left, top, width } = map.getBoundingClientRect(), size = get("image_size");
    const at = (place) => clamp(Math.floor((place * size) / width), 0, size - 1);
    const row = at(event.clientY - top), column = at(event.clientX - left);
    if (row !== get("row") || column !== get("column")) change(model, { row, column });
  };
  view.drawing.addEventListener("click", point);
  view.drawing.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse") point(event); });
  const within = (place) => clamp(place, 0, get("image_size") - 1);
  arrowKeys(view.drawing, { label: "The map; arrow keys choose a pixel",
    step: (dx, dy) => change(model, { row: within(get("row") + dy), column: within(get("column") + dx) }) });

  function draw(width) {
    // Settings arrive one by one, so for a moment a kernel can be larger than its patch.
    const imageSize = get("image_size"), patchSize = get("patch_size"), kernelSize = Math.min(get("kernel_size"), patchSize);
    const outChannels = get("out_channels"), [row, column] = ["row", "column"].map((trait) => Math.min(get(trait), imageSize - 1));
    const counts = readCounts(imageSize, patchSize), layer = { patchSize, kernelSize, outChannels };
    const beside = width >= 620, side = beside ? Math.min((width - 26) * 0.46, 360) : Math.min(width - 2, 360);
    const chart = beside ? Math.min(width - side - 28, 440) : Math.min(width - 2, 440);
    const costs = patchCosts(imageSize, layer), { inPatch, inImage, patches, onePass, ratio } = costs;
    const count = counts[row] * counts[column];
    return {
      nodes: [html("div", { class: "panels" },
        countMap(counts, { row, column, patchSize, side }), costChart(imageSize, layer, { width: chart, height: beside ? side + 4 : 250 }))],
      formula: [
        formulaLine(`pixel (${row}, ${column}) is read by ${counts[row]}·${counts[column]} = `, html("b", {}, count),
          ` patches; at most P·P = ${grouped(patchSize ** 2)}`),
        formulaLine(`every patch: H·W·(P − k + 1)²·k²·C = ${imageSize}²·${inPatch}²·${kernelSize}²·${outChannels} = `, html("b", {}, grouped(patches))),
        formulaLine(`one pass: (H + P − k)²·k²·C = ${inImage}²·${kernelSize}²·${outChannels} = `, html("b", {}, grouped(onePass)),
          `, ratio `, html("b", {}, ratioText(ratio))),
      ],
      sentence: `Image ${imageSize} by ${imageSize}, patches ${patchSize} by ${patchSize}: pixel (${row}, ${column}) is read ${count === 1 ? "once" : `${count} times`}. `
        + `One convolution (${kernelSize} by ${kernelSize}, ${outChannels} channel${outChannels === 1 ? "" : "s"}) in every patch computes ${ratio > 1 ? `${ratioText(ratio)} times` : "just"} what one pass over the mirrored image does.`,
    };
  }
  return view.stop;
}

// Runs of equal counts are one rectangle each; the focus is one pixel, and the frame holds the centres that read it.
function countMap(counts, { row, column, patchSize, side }) {
  const size = counts.length, unit = side / size, most = Math.min(patchSize, size) ** 2, nodes = [];
  const axis = unit >= 15 ? counts.map((value, i) => ({ from: i, to: i + 1, value })) : runs(counts);
  for (const a of axis) {
    for (const b of axis) {
      const share = (a.value * b.value) / most;
      nodes.push(svg("rect", { x: b.from * unit, y: a.from * unit, width: (b.to - b.from) * unit, height: (a.to - a.from) * unit,
        style: `fill: color-mix(in srgb, var(--segbook-0) ${(share * 85 + 6).toFixed(1)}%, white)` }));
      if (unit >= 15 && String(a.value * b.value).length * 7 < unit) {
        nodes.push(svg("text", { x: (b.from + 0.5) * unit, y: (a.from + 0.5) * unit, "text-anchor": "middle", "dominant-baseline": "central",
          "font-size": Math.min(15, unit * 0.5).toFixed(1), style: `fill: ${share > 0.8 ? "#fff" : "#1f2328"}` }, a.value * b.value));
      }
    }
  }
  const [top, bottom] = centresAround(row, size, patchSize), [left, right] = centresAround(column, size, patchSize);
  nodes.push(svg("rect", { class: "frame", x: left * unit, y: top * unit, width: (right - left + 1) * unit, height: (bottom - top + 1) * unit }));
  nodes.push(svg("rect", { class: "band", x: column * unit, y: row * unit, width: unit, height: unit }));
  const least = counts[0] ** 2, busiest = Math.max(...counts) ** 2;
  const times = least === busiest ? least === 1 ? "once each" : `${least} times each` : `${grouped(least)} … ${grouped(busiest)} times, darker is more`;
  return html("div", { style: `width: ${side}px` },
    html("p", { class: "caption" }, "How often each pixel is read", html("br"), html("small", {}, `${times}; framed: the centres that read the marked pixel`)),
    svg("svg", { class: "pixels", "data-map": "", width: side, height: side, viewBox: `0 0 ${side} ${side}`, role: "img",
      "aria-label": `How many patches contain each pixel of ${size} by ${size}` }, nodes));
}

// Both costs over the image size, on a logarithmic scale; the marks stand at the size in force.
function costChart(imageSize, layer, { width, height }) {
  const left = 46, right = 16, top = 12, bottom = 34, sizes = Array.from({ length: MOST - 1 }, (_, i) => i + 2);
  const low = Math.floor(Math.log10(patchCosts(2, layer).onePass)) - 0.2;
  const high = Math.max(Math.log10(patchCosts(MOST, layer).patches), Math.log10(patchCosts(MOST, layer).onePass)) + 0.3;
  const x = (size) => left + ((size - 2) / (MOST - 2)) * (width - left - right);
  const y = (cost) => top + ((high - Math.log10(cost)) / (high - low)) * (height - top - bottom);
  const now = patchCosts(imageSize, layer), nodes = [];
  for (let power = Math.ceil(low); power <= high; power++) {
    nodes.push(svg("line", { style: "stroke: var(--line)", x1: left, x2: width - right, y1: y(10 ** power), y2: y(10 ** power) }));
    nodes.push(svg("text", { class: "index", x: left - 6, y: y(10 ** power), "text-anchor": "end", "dominant-baseline": "central" }, "10",
      svg("tspan", { dy: -5, "font-size": 8.5 }, power)));
  }
  for (const size of [2, 16, 32, 48, 64]) nodes.push(svg("text", { class: "index", x: x(size), y: height - bottom + 16, "text-anchor": "middle" }, size));
  nodes.push(svg("text", { class: "name", x: (left + width - right) / 2, y: height - 3, "text-anchor": "middle" }, "image size H = W"));
  [["patches", 1], ["onePass", 0]].forEach(([way, series]) => {
    const path = sizes.map((size, i) => `${i ? "L" : "M"} ${x(size).toFixed(1)} ${y(patchCosts(size, layer)[way]).toFixed(1)}`).join(" ");
    const style = `--series: var(--segbook-${series % 6})`;
    nodes.push(svg("path", { class: "link series", style: `${style}; stroke-width: 2${series ? "; stroke-dasharray: 6 3" : ""}`, d: path }));
    nodes.push(svg("circle", { class: "dot series", style, cx: x(imageSize), cy: y(now[way]), r: 5 }));
  });
  nodes.push(svg("line", { class: "link", x1: x(imageSize), x2: x(imageSize), y1: y(now.patches), y2: y(now.onePass), "stroke-dasharray": "2 3" }));
  // The curves rise to the right: there is room left of the upper point, and right of what lies below a curve.
  const text = (words, cost, dy, flip = imageSize > 44) => nodes.push(svg("text", { x: x(imageSize) + (flip ? -9 : 9), y: y(cost) + dy,
    "font-size": 13, "text-anchor": flip ? "end" : "start", "dominant-baseline": "central" }, words));
  const apart = y(now.onePass) - y(now.patches), room = imageSize > 20;
  if (apart > 16) {
    text("every patch", now.patches, room ? -10 : 12, room);
    text("one pass", now.onePass, 14);
  } else text("both ways", now.patches, 14);
  if (apart > (room ? 30 : 54)) text(`${TIMES} ${ratioText(now.ratio)}`, 10 ** ((Math.log10(now.patches) + Math.log10(now.onePass)) / 2), 0);
  return html("div", { style: `width: ${width}px` },
    html("p", { class: "caption" }, "Multiply–adds of one convolution", html("br"), html("small", {}, "each step of the scale is ten times more")),
    svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img",
      "aria-label": "Multiply–adds over the image size: every patch, and one pass" }, nodes));
}

export default { render };
