/* Mounts the book's live figures in a static page: no kernel, no network, no library.
   A notebook stores the state of its widgets, and myst-nb writes it into the page; an anywidget's state contains its
   whole front end, an ES module with a `render({model, el})`. This script is the other side of model and element. */
(() => {
  "use strict";
  const STATE = "application/vnd.jupyter.widget-state+json",
    VIEW = "application/vnd.jupyter.widget-view+json";
  const models = new Map(),
    modules = new Map(),
    styles = new Set(),
    mounted = new WeakMap(); // what comes of each view

  class Model {
    constructor(state) {
      this.state = state;
      this.listeners = new Map();
    }
    get(name) {
      return this.state[name];
    }
    set(name, value) {
      if (this.state[name] === value) return;
      this.state[name] = value;
      this.listeners.get(`change:${name}`)?.forEach((listener) => listener());
    }
    save_changes() {} // there is no kernel to tell
    on(event, listener) {
      (this.listeners.get(event) ?? this.listeners.set(event, new Set()).get(event)).add(listener);
    }
    off(event, listener) {
      this.listeners.get(event)?.delete(listener);
    }
  }

  // One module for each distinct source, however many figures share it. A blob works from file:// too.
  function load(source) {
    if (!modules.has(source)) {
      const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
      modules.set(
        source,
        import(url).finally(() => URL.revokeObjectURL(url)),
      );
    }
    return modules.get(source);
  }

  function addStyle(css) {
    if (!css || styles.has(css)) return;
    styles.add(css);
    document.head.append(Object.assign(document.createElement("style"), { textContent: css }));
  }

  async function mount(view) {
    const model = models.get(JSON.parse(view.textContent).model_id);
    if (!model?.get("_esm")) return; // not one of ours
    const el = document.createElement("div"),
      fallback = view.parentElement.querySelector(".live-figure-fallback");
    try {
      const { default: figure } = await load(model.get("_esm"));
      addStyle(model.get("_css"));
      view.after(el); // in the page before it draws: it needs its width
      await figure.render({ model, el });
      el.className += " live-figure";
      el.live = { model, settled: figure.settled }; // for figure_tools.js and embedded_figure.js
      el.dispatchEvent(new CustomEvent("live-figure", { bubbles: true }));
      fallback?.classList.add("replaced"); // still there for print
      view.parentElement.style.minHeight = "";
    } catch (error) {
      el.remove(); // the picture stays
      console.error("live figure:", error);
    }
  }

  function mountOnce(view) {
    if (!mounted.has(view)) mounted.set(view, mount(view));
    return mounted.get(view);
  }

  function readStates(part) {
    for (const script of part.querySelectorAll(`script[type="${STATE}"]`)) {
      for (const [id, { state }] of Object.entries(JSON.parse(script.textContent).state))
        models.set(id, new Model({ ...state }));
    }
  }
  const viewsOf = (part) => [...part.querySelectorAll(`script[type="${VIEW}"]`)];

  // A page is read before a figure is moved, so its text is painted first. A page in the background paints nothing.
  const ready = (
    document.hidden ? Promise.resolve() : new Promise((done) => requestAnimationFrame(() => setTimeout(done)))
  ).then(() => readStates(document));

  /* Mounts at once what a part of the page holds: what was put there since, or what would wait. */
  window.mountLiveFigures = async (part) => {
    await ready;
    readStates(part);
    await Promise.all(viewsOf(part).map(mountOnce));
  };

  // The first figure is what readers came for. The others wait as pictures until they are a window's height away, so
  // that a phone does not draw the whole chapter before it heeds a finger.
  const views = viewsOf(document),
    [first, ...others] = views;
  const coming = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        coming.unobserve(target);
        window.mountLiveFigures(target);
      }
    },
    { rootMargin: "100% 0px" },
  );

  // A picture is lower than its live figure. Who reloads a chapter would find another place of it in the window, so the
  // page remembers what room each figure had, and leaves it that.
  const ROOM = `segbook-room ${location.pathname}`;
  addEventListener("pagehide", () => {
    const heights = views.map((view) => view.parentElement.offsetHeight);
    try {
      sessionStorage.setItem(ROOM, JSON.stringify({ width: innerWidth, heights }));
    } catch {}
  });
  try {
    const { width, heights } = JSON.parse(sessionStorage.getItem(ROOM));
    if (width === innerWidth) views.forEach((view, at) => (view.parentElement.style.minHeight = `${heights[at]}px`));
  } catch {} // nothing is kept yet, or nothing may be

  // What else a page loads waits for this.
  window.liveFigures = ready.then(() => {
    for (const view of others) coming.observe(view.parentElement);
    return first && mountOnce(first);
  });
})();
