/* A figure on a page of its own, within somebody else's page: its settings come from the address, its colours from the
   reader's system or `theme=dark`, and its height goes to the page around it. */
(() => {
  "use strict";
  const { figureSettings } = globalThis;
  const query = new URLSearchParams(location.search),
    dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    document.documentElement.dataset.theme = query.get("theme") ?? (dark.matches ? "dark" : "light");
  };
  dark.addEventListener("change", paint);
  paint();

  function set({ live: { model, settled } }) {
    const declared = JSON.parse(model.get("_declared"));
    const names = [...declared.settings.map(({ name }) => name), ...declared.constants];
    const start = Object.fromEntries(names.map((name) => [name, model.get(name)]));
    const now = settled({ ...start, ...figureSettings.settings(declared, location.search) });
    for (const { name } of declared.settings) model.set(name, now[name]);
    // The link to the chapter takes along what the reader has set here.
    const link = document.querySelector("footer a"),
      address = link.href;
    link.addEventListener("pointerdown", lead);
    link.addEventListener("focus", lead);
    function lead() {
      const state = Object.fromEntries(names.map((name) => [name, model.get(name)]));
      const said = figureSettings.query(declared, state, start);
      link.href = said ? `${address}?${said}` : address;
    }
  }

  function tell() {
    parent.postMessage(
      { figure: location.pathname, height: Math.ceil(document.body.getBoundingClientRect().height) },
      "*",
    );
  }
  document.addEventListener("live-figure", ({ target }) => set(target));
  for (const figure of document.querySelectorAll(".live-figure")) set(figure);
  new ResizeObserver(tell).observe(document.body);
})();
