// What figures lay over a stored image: the image itself, and lines between its pixels.
import { svg } from "./page.mjs";

// Image number `at` of a sheet that has `count` of them side by side, a unit for each pixel.
export const photograph = (sheet, size, { count = 1, at = 0 } = {}) =>
  svg("svg", { class: "clipped", width: size, height: size, viewBox: `${at * size} 0 ${size} ${size}` },
    svg("image", { class: "photo", href: sheet, width: size * count, height: size }));

// An SVG path along all edges between pixels of different values; beyond the map lies 0.
export function bordersPath(map) {
  let path = "";
  for (let y = 0; y <= map.length; y++) {
    const row = map[y] ?? [], above = map[y - 1] ?? [];
    for (let x = 0, left = 0; x <= map[0].length; x++) {
      const here = row[x] ?? 0;
      if (here !== (above[x] ?? 0)) path += `M${x} ${y}h1`;
      if (here !== left) path += `M${x} ${y}v1`;
      left = here;
    }
  }
  return path;
}
