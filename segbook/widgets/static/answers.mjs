// What was read in a stored image, drawn over it: Threshold and ResultsBrowser show answers so.
import { shortestTree } from "./compare.mjs";
import { canvas, centred, html, series, svg } from "./page.mjs";
import { bordersPath, photograph } from "./photo.mjs";
import { anchor, idsOf } from "./scene.mjs";

const middles = new WeakMap();                     // of the true ones, which stay while what is read changes
function middlesOf(ids) {
  if (!middles.has(ids)) {
    middles.set(ids, new Map(idsOf(ids).map((id) => [id, anchor(ids, id).map((value) => value + 0.5)])));
  }
  return middles.get(ids);
}

// Outlines around objects, a dot for every true one, lines between those that are merged, and ÷ above those that are
// split; `dot` is the dots' radius in pixels of the page, `least` in pixels of the image. True outlines are white, or
// of the series `truth`.
export function answered({ sheet, size, scenes }, scene, ids, { objects, found, merged, split },
  { side, name, colour, outlines, dot, least, truth = null }) {
  const radius = Math.max(least, dot * (size / side)), middle = middlesOf(ids);
  const lines = merged.flatMap((group) => {
    const points = group.map((id) => middle.get(id));
    return shortestTree(points).map(([i, j]) => `M${points[i].join(" ")}L${points[j].join(" ")}`);
  });
  const dots = [...middle].flatMap(([id, [cx, cy]]) => {
    const has = found.includes(id);
    return [svg("circle", { "data-found": String(has), cx, cy, r: radius, fill: has ? "white" : "black",
      stroke: has ? "black" : "white", "stroke-width": has ? 0.5 : 0.8 }),
      split.includes(id) ? centred(cx, cy - 2.6 * radius, "÷", { class: "cell", "font-size": 4.4 * radius }) : null];
  });
  return canvas(side, side, name, [
    photograph(sheet, size, { count: scenes.length, at: scenes.indexOf(scene) }),
    outlines ? svg("path", { "data-outline": "truth", fill: "none", "stroke-width": truth === null ? 0.5 : 0.7,
      ...(truth === null ? { stroke: "white" } : { stroke: "var(--series)", style: series(truth) }),
      d: bordersPath(ids) }) : null,
    svg("path", { class: "said", "data-outline": "said", style: series(colour), d: bordersPath(objects) }),
    svg("path", { class: "merged", d: lines.join("") }), ...dots,
  ], { class: "answers", style: "cursor: default", viewBox: `0 0 ${size} ${size}` });
}

export function answerKeys(drawn, hit = "found", truth = null) {
  const dot = (has) => svg("svg", { class: "key", width: 12, height: 12, viewBox: "0 0 12 12", "aria-hidden": "true" },
    svg("rect", { width: 12, height: 12, rx: 2, fill: "black" }),
    svg("circle", { cx: 6, cy: 6, r: 3.6, fill: has ? "white" : "black", stroke: "white" }));
  const words = (sign, text) => html("span", {}, sign, ` ${text}`);
  return html("p", { class: "keys" }, words(dot(true), hit), words(dot(false), `not ${hit}`),
    words(html("i", { class: "line", style: "--series: var(--segbook-focus)" }), "merged"),
    words(html("b", {}, "÷"), "split"), !drawn ? null : truth === null ? words("", `white: ${drawn}`)
      : words(html("i", { class: "line", style: series(truth) }), drawn));
}
