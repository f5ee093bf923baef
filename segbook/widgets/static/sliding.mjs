// What the figures with a sliding window share: the button that slides it, the hatch on samples that nobody reads.
import { html, svg } from "./page.mjs";

const STEP = 800; // milliseconds a window stays in focus while it slides

// A button that moves the window on: by itself up to the last window, or, for readers who want less motion, once a press.
// `position` and `count` say where the window stands; `go` puts it somewhere.
export function slideButton({ position, count, go }) {
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  let timer = null;
  const button = html("button", { type: "button", class: "slide", click: () => press() });
  const sentence = () => button.closest(".segbook")?.querySelector(".sentence");
  const pull = () => {
    button.textContent = still.matches ? "next window" : timer ? "pause" : "slide the window";
    button.disabled = count() < 2;
  };
  const stop = () => {
    window.clearInterval(timer);
    timer = null;
    sentence()?.setAttribute("aria-live", "polite");
    pull();
  };
  const step = () => {
    if (!button.isConnected || position() >= count() - 1) stop();
    else go(position() + 1);
  };
  const press = () => {
    if (timer) return stop();
    const next = position() >= count() - 1 ? 0 : position() + 1;
    if (still.matches) return go(next);
    sentence()?.setAttribute("aria-live", "off"); // a window after the other would be read aloud
    timer = window.setInterval(step, STEP);
    go(next);
    return pull();
  };
  return { row: html("div", { class: "setting" }, button), pull, stop };
}

// Diagonal lines in a box, behind its number: this sample is never read.
export function hatched(cell, x, y, size, gap = 5) {
  const lines = [];
  for (let shift = gap; shift < 2 * size; shift += gap) {
    const low = Math.max(0, shift - size), high = Math.min(shift, size);
    lines.push(`M ${x + low} ${y + shift - low} L ${x + high} ${y + shift - high}`);
  }
  cell.insertBefore(svg("path", { d: lines.join(" "), class: "unread", style: "stroke: var(--segbook-1); stroke-width: 1.2; fill: none; opacity: .75; pointer-events: none" }), cell.lastChild);
  return cell;
}
