// Pointing at a drawing: with the mouse, a finger, a pen, the keys. Listeners sit on the drawing, which stays while
// what it holds is drawn anew.

export const SIDEWAYS = 8;                         // pixels after which a finger no longer scrolls the page

// Where a pointer is, as shares of an element: 0 … 1, and beyond where it leaves the element.
export function shareOf(event, element) {
  const { left, top, width, height } = element.getBoundingClientRect();
  return [(event.clientX - left) / width, (event.clientY - top) / height];
}

// A click or a tap on an element that matches `selector` chooses it, and so does the mouse: when it passes over
// (`hover`), or when it is drawn along with its button pressed. `choose(element, x, y)` acts; x and y are shares.
export function point(drawing, selector, choose, { hover = true } = {}) {
  const act = (event) => {
    const element = event.target.closest?.(selector);
    if (element) choose(element, ...shareOf(event, element));
  };
  drawing.addEventListener("click", act);
  drawing.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse" && event.buttons === (hover ? 0 : 1)) act(event);
  });
}

// Drags with mouse, pen and finger alike. A surface is an element with data-surface; its value names it, so that it is
// found again when a redraw has replaced it. grab(x, y, name) says what lies there (null: nothing, and the page scrolls
// as ever), move(thing, x, y) follows. x and y are shares of the surface. Elements with data-grab get the cursor of
// something to be grabbed. What only moves sideways (`sideways`) is taken by a finger that goes sideways, or by a tap:
// one that goes up or down scrolls the page.
export function drag(area, { grab, move, sideways = false }) {
  let held = null, waiting = null;
  function take(event, surface) {
    const name = surface.dataset.surface, thing = grab(...shareOf(event, surface), name) ?? null;
    if (thing === null) return;
    held = { thing, name, pointer: event.pointerId };
    area.setPointerCapture(event.pointerId);       // the node under the pointer is about to be replaced
    area.classList.add("dragging");
    if (area.tabIndex >= 0) area.focus({ preventScroll: true });
    event.preventDefault();
  }
  const named = (name) => [...area.querySelectorAll("[data-surface]")].find(({ dataset }) => dataset.surface === name);
  area.addEventListener("pointerdown", (event) => {
    const surface = event.target.closest?.("[data-surface]");
    if (held || event.button !== 0 || !surface) return;
    if (sideways && event.pointerType === "touch") {
      waiting = { pointer: event.pointerId, x: event.clientX, name: surface.dataset.surface };
    } else take(event, surface);
  });
  // touch-action on a part of an SVG is not heard everywhere; this keeps a finger that holds something from scrolling.
  area.addEventListener("touchstart", (event) => { if (held) event.preventDefault(); }, { passive: false });
  area.addEventListener("pointermove", (event) => {
    if (event.pointerId === waiting?.pointer && Math.abs(event.clientX - waiting.x) > SIDEWAYS) {
      take(event, named(waiting.name));
      waiting = null;
    }
    const surface = event.pointerId === held?.pointer && named(held.name);
    if (surface) move(held.thing, ...shareOf(event, surface));
  });
  const end = (event) => {
    if (event.type === "pointerup" && event.pointerId === waiting?.pointer) take(event, named(waiting.name));
    if (event.pointerId === waiting?.pointer) waiting = null;
    if (event.pointerId !== held?.pointer) return;
    held = null;
    area.classList.remove("dragging");
  };
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) area.addEventListener(type, end);
}

// Arrow keys move what was chosen: step(dx, dy), ten times as far with Shift; other keys go to `other(key)`, which says
// whether it used them. The area becomes a stop of the Tab key. Keys with Alt, Ctrl or ⌘ are the browser's.
export function arrowKeys(area, { label: name, step, other = () => false }) {
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  area.tabIndex = 0;
  for (const [attribute, value] of [["role", "group"], ["aria-label", name], ["data-lm-suppress-shortcuts", ""]]) {
    area.setAttribute(attribute, value);
  }
  area.addEventListener("keydown", (event) => {
    if (event.target !== area || event.ctrlKey || event.altKey || event.metaKey) return;
    const arrow = arrows[event.key], far = event.shiftKey ? 10 : 1;
    if (arrow) step(arrow[0] * far, arrow[1] * far);
    if (arrow || other(event.key)) event.preventDefault();
  });
}

// A slider's own gesture. A finger on it may be about to scroll the page: it moves the slider once it has gone
// sideways, or when it lifts where it came down. Until then, and when the page scrolls instead, the setting stays.
export function onSlide(input, set, restore) {
  let finger = null;                               // where it came down; { lost: true } once the page scrolls
  input.addEventListener("pointerdown", (event) => {
    finger = event.pointerType === "touch" ? { x: event.clientX } : null;
  });
  input.addEventListener("pointermove", (event) => {
    if (finger && !finger.lost && Math.abs(event.clientX - finger.x) > SIDEWAYS) finger = null;
  });
  input.addEventListener("pointerup", () => {
    if (finger && !finger.lost) set();
    finger = null;
  });
  input.addEventListener("pointercancel", () => {
    if (finger) finger.lost = true;
    restore();
  });
  input.addEventListener("input", () => { if (!finger) set(); });
  input.addEventListener("change", () => { if (finger) restore(); });
}
