// What the figures with a sliding window share: the button that slides it, the hatch on samples that nobody reads.
import { clamp, html, range, svg } from "./page.mjs";

const STEP = 800;                                  // milliseconds a window stays in focus while it slides

// A button that moves the window on: by itself up to the last one, or, for readers who want less motion, once a press,
// by `leap`. `position(state)` and `count(state)` say where the window stands, `place(n, state)` what puts it there.
export function slideButton({ state, set, sentence }, {
  position, count, place, after, pause = STEP, leap = 1, names = ["slide the window", "next window"],
}) {
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  let timer = null;
  const button = html("button", { type: "button", class: "slide", click: () => press() });
  const go = (n) => set(place(n, state()));
  const pull = () => {
    button.textContent = still.matches ? names[1] : timer ? "pause" : names[0];
    button.disabled = count(state()) < 2;
  };
  const stop = () => {
    window.clearInterval(timer);
    timer = null;
    sentence.setAttribute("aria-live", "polite");
    pull();
  };
  const last = () => count(state()) - 1, atEnd = () => position(state()) >= last();
  const step = () => {
    const next = position(state()) + 1;
    if (!button.isConnected || next >= last()) stop();
    if (button.isConnected) go(Math.min(next, last()));
  };
  const press = () => {
    if (timer) return stop();
    const next = atEnd() ? 0 : Math.min(position(state()) + (still.matches ? leap : 1), last());
    if (still.matches) return go(next);
    sentence.setAttribute("aria-live", "off");     // one after the other would be read aloud; the last one is
    timer = window.setInterval(step, pause);
    go(next);
    return pull();
  };
  return { row: html("div", { class: "setting" }, button), pull, stop, after };
}

// Diagonal lines in a box, behind its number: this sample is never read.
export function hatched(cell, x, y, size, gap = 5) {
  const lines = range(Math.ceil((2 * size) / gap)).slice(1).map((i) => {
    const shift = i * gap, low = Math.max(0, shift - size), high = Math.min(shift, size);
    return `M ${x + low} ${y + shift - low} L ${x + high} ${y + shift - high}`;
  });
  cell.insertBefore(svg("path", { d: lines.join(" "), class: "unread" }), cell.lastChild);
  return cell;
}

// The setting of a window's place, kept within the outputs that there are.
export const inside = (n, count) => clamp(n, 0, Math.max(count - 1, 0));
