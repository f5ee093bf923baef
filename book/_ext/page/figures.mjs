/* The live figure beside an exercise, loaded when the reader opens it; tools/page_figures.py says which, what for. */
import { make } from "./box.mjs";
import { load } from "./python.mjs";

const STATE = "application/vnd.jupyter.widget-state+json",
  VIEW = "application/vnd.jupyter.widget-view+json";

/* Gives the folded place of an exercise's figure, or nothing. */
export function figure({ id, play }, files) {
  if (!play || !files[play.figure]) return [];
  const place = make("div", { role: "status" }, "Loading …");
  const folded = make("details", { className: "page-python-figure" }, make("summary", {}, play.sentence), place);
  folded.setAttribute("aria-label", `A live figure for exercise ${id}`);
  const show = async () => {
    if (!folded.open || place.dataset.shown) return;
    place.dataset.shown = "yes";
    try {
      const { model, state } = await load(files[play.figure].address, files[play.figure].global, 1, () => {});
      await mounter(files[play.figure].address);
      const stored = make("script", { type: STATE, textContent: JSON.stringify({ state }) });
      const view = make("script", { type: VIEW, textContent: JSON.stringify({ model_id: model }) });
      place.removeAttribute("role"); // or every redraw would be read aloud
      place.replaceChildren(stored, make("div", {}, view));
      await globalThis.mountLiveFigures(place);
    } catch (error) {
      delete place.dataset.shown;
      place.setAttribute("role", "status");
      place.textContent = `The figure could not be loaded (${error.message}). Fold it and open it again.`;
    }
  };
  folded.addEventListener("toggle", show);
  return [folded];
}

/* Brings the script that pages with figures of their own have from the start; it lies above the figures. */
async function mounter(figure) {
  if (globalThis.mountLiveFigures) return;
  const address = new URL("../live_figures.js", figure);
  await new Promise((resolve, reject) => {
    const script = make("script", { src: address.href, onload: resolve });
    script.onerror = () => reject(new Error("the script is not beside the page"));
    document.head.append(script);
  });
}
