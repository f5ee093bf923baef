/* Formulas after figures: MathJax is two megabytes and blocks the page while it starts, so it starts when the live
   figures (if there are any) are drawn. Sphinx puts this script, in MathJax's place, on every page with a formula. */
(() => {
  "use strict";
  const src = new URL("tex-svg.js", document.currentScript.src).href;
  const load = () => document.head.append(Object.assign(document.createElement("script"), { src }));
  document.addEventListener("DOMContentLoaded", () => Promise.resolve(window.liveFigures).finally(load));
})();
