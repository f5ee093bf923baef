/* Live figures as objects: their settings stand in the page's address, so that a link shows what a reader has set and
   Back returns to what was before; a small panel offers the same as Python and as a frame, full screen, the start and
   the keys. */
(() => {
  "use strict";
  const { figureSettings } = globalThis;
  const PAUSE = 1500, // ms after which a change is a new step of the history
    QUIET = 300; // ms between two writings while dragging: browsers refuse more than a hundred in half a minute
  const figures = new Map();
  const html = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") element.addEventListener(name, value);
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  };

  function adopt(el) {
    const frame = el.closest(".book-figure");
    if (!frame || figures.has(frame.id)) return;
    const { model, settled } = el.live,
      declared = JSON.parse(model.get("_declared"));
    const names = [...declared.settings.map(({ name }) => name), ...declared.constants];
    const state = () => Object.fromEntries(names.map((name) => [name, model.get(name)]));
    const start = state(),
      figure = { id: frame.id, el, frame, said: "" };
    figure.query = () => figureSettings.query(declared, state(), start);
    figure.embedded = () => figureSettings.query(declared, state(), figureSettings.defaults(declared));
    figure.python = () => figureSettings.python(model.get("_anywidget_id").split(".").pop(), declared, state());
    figure.set = (query) => {
      const now = settled({ ...start, ...figureSettings.settings(declared, query) });
      figure.silent = true; // the address says so already
      for (const { name } of declared.settings) model.set(name, now[name]);
      figure.silent = false;
      figure.said = figure.query();
    };
    figure.reset = () => {
      for (const { name } of declared.settings) model.set(name, start[name]);
    };
    figures.set(frame.id, figure);
    for (const { name } of declared.settings) model.on(`change:${name}`, () => figure.silent || changed(figure));
    heed(figure);
    offer(figure);
    const kept = history.state?.figures?.[frame.id];
    if (kept) figure.set(kept);
    else if (named().id === frame.id) arrive();
  }

  // The address ---------------------------------------------------------------------------------------------------
  let last = null, // the figure that wrote it last
    when = 0,
    pressed = false, // since then
    hand = false, // whether what changes now was meant, and not brushed by a mouse on its way
    due = 0;
  // A figure that still waits as a picture keeps what the history says of it.
  const all = () => ({
    ...Object.fromEntries(Object.entries(history.state?.figures ?? {}).filter(([id]) => !figures.has(id))),
    ...Object.fromEntries([...figures.values()].filter(({ said }) => said).map(({ id, said }) => [id, said])),
  });
  const address = ({ id, said }) => `#${id}${said ? `?${said}` : ""}`;
  function named() {
    const [id, query] = location.hash.slice(1).split("?");
    return { id, query };
  }

  function heed({ el }) {
    const meant = () => {
      hand = true;
    };
    el.addEventListener(
      "pointerdown",
      () => {
        hand = pressed = true;
      },
      true,
    );
    for (const type of ["keydown", "input", "change", "click"]) el.addEventListener(type, meant, true);
    el.addEventListener(
      "pointermove",
      ({ buttons, pointerType }) => {
        if (pointerType === "mouse" && !buttons) hand = false;
      },
      true,
    );
  }

  // The first change of a gesture is a step of the history; those that follow only correct it.
  function changed(figure) {
    if (figure.waits) return;
    figure.waits = true;
    queueMicrotask(() => {
      figure.waits = false;
      const before = all(),
        now = performance.now();
      figure.said = figure.query();
      if (!hand) return;
      const step = pressed || figure !== last || now - when > PAUSE;
      pressed = false;
      last = figure;
      when = now;
      if (step) {
        clearTimeout(due);
        due = 0;
        write("replaceState", before, location.href);
        write("pushState", all(), address(figure));
      } else {
        due ||= setTimeout(() => {
          due = 0;
          write("replaceState", all(), address(last));
        }, QUIET);
      }
    });
  }

  function write(how, said, where) {
    try {
      history[how]({ ...history.state, figures: said }, "", where);
    } catch {} // too many at once, or a page that may have no history: the figure goes on without
  }

  addEventListener("popstate", ({ state }) => {
    clearTimeout(due);
    due = 0;
    last = null;
    if (!state?.figures) arrive();
    else for (const figure of figures.values()) figure.set(state.figures[figure.id] ?? "");
  });

  // Somebody has followed a link to a figure, from here or from elsewhere. Without settings it stays as it is.
  function arrive() {
    const { id, query } = named(),
      figure = figures.get(id);
    if (query === undefined) return;
    if (!figure) {
      const frame = document.getElementById(id);
      if (frame?.matches(".book-figure")) window.mountLiveFigures(frame); // and when it is drawn, we are here again
      return;
    }
    figure.set(query);
    figure.frame.tabIndex = -1;
    figure.frame.focus({ preventScroll: true });
    figure.frame.scrollIntoView();
    // The page's first figure is drawn in any case. If it came later than this one, it has moved the page under it.
    window.liveFigures.then(() => figure.frame.scrollIntoView());
  }

  // The panel -----------------------------------------------------------------------------------------------------
  const KEYS = [
    ["Tab", "to the next control"],
    ["← →", "on a slider: one step"],
    ["Home, End", "on a slider: to its ends"],
    ["Space", "presses a button, ticks a box"],
  ];

  function offer(figure) {
    const { frame, el, id } = figure;
    const number = frame.querySelector("figcaption strong").textContent.replace(/\.$/, "");
    const text = html("textarea", { readonly: "", rows: 3, "aria-label": "What was copied", hidden: "" });
    const note = html("p", { role: "status" });
    const say = (words) => {
      note.textContent = words;
    };
    async function copy(what, content) {
      text.hidden = false;
      text.value = content;
      text.rows = Math.max(3, content.split("\n").length);
      try {
        await navigator.clipboard.writeText(content);
        say(`${what} copied.`);
      } catch {
        text.focus();
        text.select();
        say(`${what}: press Ctrl+C or ⌘C to copy.`);
      }
    }
    const link = () => new URL(address({ id, said: figure.query() }), location.href.split("#")[0]).href;
    const embed = () => {
      const root = document.documentElement.dataset.content_root ?? "./",
        page = new URL(`${root}embed/${id.replace(/^fig-/, "")}.html`, location.href.split("#")[0]),
        query = figure.embedded(),
        src = `${page.href}${query ? `?${query}` : ""}`.replaceAll("&", "&amp;");
      const height = Math.ceil(el.getBoundingClientRect().height) + 40;
      const size = `width="100%" height="${height}" style="border: 0"`;
      return `<iframe src="${src}" title="${number}" ${size} loading="lazy"></iframe>`;
    };
    const button = (label, click) => html("button", { type: "button", click }, label);
    const buttons = [
      button("Copy link", () => copy("Link", link())),
      button("Copy as Python", () => copy("Python", figure.python())),
      button("Copy embed code", () => copy("Embed code", embed())),
      button("Reset", () => {
        hand = pressed = true;
        figure.reset();
        say(`${number} is as it was at first.`);
      }),
    ];
    if (document.fullscreenEnabled)
      buttons.push(
        button("Full screen", () =>
          document.fullscreenElement ? document.exitFullscreen() : frame.requestFullscreen(),
        ),
      );
    const drawing = el.querySelector(".drawing[aria-label]");
    const keys = drawing ? [...KEYS, ["on the drawing", drawing.getAttribute("aria-label")]] : KEYS;
    const panel = html(
      "div",
      { id: `${id}-tools`, hidden: "" },
      html("div", { class: "figure-buttons", role: "group", "aria-label": `${number}: use it` }, ...buttons),
      text,
      note,
      html("dl", {}, ...keys.flatMap(([key, does]) => [html("dt", {}, key), html("dd", {}, does)])),
    );
    const opener = html(
      "button",
      {
        type: "button",
        "aria-expanded": "false",
        "aria-controls": panel.id,
        click: () => {
          panel.hidden = !panel.hidden;
          opener.setAttribute("aria-expanded", String(!panel.hidden));
        },
      },
      "Link, code, keys",
      html("span", { class: "figure-hidden" }, ` of ${number}`),
    );
    const tools = html("div", { class: "figure-tools" }, opener, panel);
    frame.querySelector("figcaption").before(tools);
  }

  document.addEventListener("live-figure", ({ target }) => adopt(target));
  for (const figure of document.querySelectorAll(".live-figure")) adopt(figure);
  arrive();
})();
