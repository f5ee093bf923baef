// What figures lay over a stored image: the image itself, and lines between its pixels.
import { svg } from "./page.mjs";

// Image number `at` of a sheet that has `count` of them side by side, a unit for each pixel.
export const photograph = (sheet, size, { count = 1, at = 0 } = {}) =>
  svg("svg", { class: "clipped", width: size, height: size, viewBox: `${at * size} 0 ${size} ${size}` },
    svg("image", { class: "photo", href: sheet, width: size * count, height: size }));

// An SVG path along all edges between pixels of different values; beyond the map lies 0.
export function bordersPath(map) {
  const at = (y, x) => map[y]?.[x] ?? 0;
  let path = "";
  for (let y = 0; y <= map.length; y++) {
    for (let x = 0; x <= map[0].length; x++) {
      if (at(y, x) !== at(y - 1, x)) path += `M${x} ${y}h1`;
      if (at(y, x) !== at(y, x - 1)) path += `M${x} ${y}v1`;
    }
  }
  return path;
}
