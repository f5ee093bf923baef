/* Formulas after figures: MathJax is two megabytes and blocks the page while it starts, so it starts when the live
   figures (if there are any) are drawn. Sphinx puts this script, in MathJax's place, on every page; those without a
   formula need none of it. */
(() => {
  "use strict";
  const src = new URL("tex-svg.js", document.currentScript.src).href;
  const load = () => document.head.append(Object.assign(document.createElement("script"), { src }));
  if (!document.querySelector("span.math, div.math")) return;
  document.addEventListener("DOMContentLoaded", () => Promise.resolve(window.liveFigures).finally(load));
})();
