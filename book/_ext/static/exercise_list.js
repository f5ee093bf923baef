/* The exercises that a reader has solved: ticked by hand, kept in this browser, counted by chapter and over the book.
   A notebook that runs elsewhere cannot write into this page, and this page asks nobody. */
(() => {
  "use strict";
  const KEY = "segbook-solved",
    data = document.getElementById("exercise-list");
  if (!data) return;
  const { page, chapters } = JSON.parse(data.textContent);
  const all = chapters.flatMap(({ exercises }) => exercises.map(({ id }) => id));
  let solved = new Set(),
    before = null,
    kept = true; // before: what "Undo" brings back

  // A browser may forbid the page to keep anything, and what it kept may be anything: both quietly.
  function read() {
    if (!kept) return;
    try {
      const stored = JSON.parse(localStorage.getItem(KEY) ?? "[]");
      solved = new Set(Array.isArray(stored) ? stored.filter((id) => typeof id === "string") : []);
    } catch (error) {
      kept = error instanceof SyntaxError;
    }
  }
  function write() {
    try {
      localStorage.setItem(KEY, JSON.stringify([...solved].sort()));
    } catch {
      kept = false;
    }
  }

  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const count = (ids) => ids.filter((id) => solved.has(id)).length;
  const idsOf = (chapter) => chapter.exercises.map(({ id }) => id);
  const shown = []; // functions that bring the page up to date
  const show = () => shown.forEach((one) => one());

  function change(next) {
    read(); // another page of the book may be open
    next();
    write();
    show();
  }

  /* Clears the ticks of some exercises; the same button brings them back until the next tick. */
  function clearing(ids, text) {
    const button = make("button", { type: "button" });
    button.addEventListener("click", () =>
      change(() => {
        const cleared = before ? null : ids.filter((id) => solved.has(id));
        (before ?? []).forEach((id) => solved.add(id));
        (cleared ?? []).forEach((id) => solved.delete(id));
        before = cleared;
      }),
    );
    shown.push(() => {
      button.textContent = before ? "Undo" : text;
      button.hidden = !before && count(ids) === 0;
    });
    return button;
  }

  function row({ id, title, points, level }) {
    const box = make("input", { type: "checkbox", id: `solved-${id}` });
    box.addEventListener("change", () =>
      change(() => {
        before = null;
        if (box.checked) solved.add(id);
        else solved.delete(id);
      }),
    );
    shown.push(() => {
      box.checked = solved.has(id);
    });
    const label = make("label", { htmlFor: box.id }, `${id} ${title}`);
    return make("li", {}, box, label, make("span", {}, `${level}, ${points} points`));
  }

  function chapterList(chapter) {
    const status = make("p", { role: "status" }),
      note = make("p", { className: "note" });
    const ids = idsOf(chapter);
    shown.push(() => {
      const here = `${count(ids)} of ${ids.length} solved in this chapter`;
      status.textContent = `${here}, ${count(all)} of ${all.length} in the book.`;
      const place = kept
        ? "the ticks stay in this browser"
        : "this browser keeps the ticks only until you leave the page";
      note.textContent = `A notebook that runs elsewhere cannot write here: tick what you have solved there; ${place}.`;
    });
    const box = make("section", { className: "exercise-list" }, note);
    box.setAttribute("aria-label", "Exercises that you have solved");
    box.append(
      make("ul", {}, ...chapter.exercises.map(row)),
      make("div", {}, status, clearing(ids, "Clear these ticks")),
    );
    return box;
  }

  function bookCount(links) {
    for (const [chapter, link] of links) {
      const badge = make("span", { className: "exercise-count" });
      shown.push(() => {
        badge.textContent = `${count(idsOf(chapter))} of ${chapter.exercises.length} solved`;
        badge.hidden = count(idsOf(chapter)) === 0;
      });
      link.after(badge);
    }
    const status = make("p", { role: "status" });
    shown.push(() => {
      status.textContent = `You have ticked ${count(all)} of ${all.length} exercises as solved.`;
    });
    const box = make("div", { className: "exercise-list" }, make("div", {}, status, clearing(all, "Clear all ticks")));
    shown.push(() => {
      box.hidden = !before && count(all) === 0; // there to undo
    });
    return box;
  }

  const chapter = chapters.find((one) => one.page === page);
  if (chapter) {
    const table = document.querySelector("#how-far-you-are .cell_output");
    table?.after(chapterList(chapter));
    table?.classList.add("replaced"); // still there for print
  } else {
    const links = chapters.map((one) => [one, document.querySelector(`.unet a[href*="exercises/${one.page}."]`)]);
    const found = links.filter(([, link]) => link);
    found.at(-1)?.[1].closest(".unet").after(bookCount(found));
  }
  const refresh = () => {
    read();
    show();
  };
  document.addEventListener("segbook:solved", ({ detail }) =>
    change(() => {
      before = null;
      solved.add(detail);
    }),
  ); // full marks in the page itself (page_python.js)
  window.addEventListener("storage", refresh); // ticked in another tab
  window.addEventListener("pageshow", refresh); // or on the page that the reader comes back from
  refresh();
})();
