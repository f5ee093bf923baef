/* What every page does for its reader, beside what the theme does. */
(() => {
  "use strict";
  // Paper is light. A page that is dark on the screen turns light while it is printed.
  const page = document.documentElement.dataset,
    paper = matchMedia("print");
  let screen = null; // the theme that the screen has meanwhile
  paper.addEventListener("change", () => {
    fetchPictures();
    if (paper.matches && screen === null) {
      screen = page.theme;
      page.theme = "light";
    } else if (!paper.matches && screen !== null) {
      page.theme = screen;
      screen = null;
    }
  });

  // To lay out a whole chapter keeps a phone from heeding a finger for a second. So at first only what is near the
  // window is laid out (book.css); the rest follows from the top, a little at a time, when nothing else is to be done.
  // Keys and links lead far, so they get all of it at once. Then what is far keeps its room and rests: a frame that a
  // slider asks for would pay for it.
  const parts = [...document.querySelectorAll(".bd-article section section > :not(section)")],
    far = "inParts" in page ? [...parts] : [],
    whenIdle = window.requestIdleCallback ?? ((then) => setTimeout(then, 30));
  let resting = 0,
    width = innerWidth;
  function layOut(number) {
    for (const part of far.splice(0, number)) part.style.contentVisibility = "visible";
    if (far.length) return whenIdle(() => layOut(number));
    delete page.inParts;
    clearTimeout(resting);
    resting = setTimeout(() => {
      page.farRests = "";
      for (const part of parts) part.style.contentVisibility = "";
    }, 300); // by then each has been seen with its room
  }
  addEventListener("resize", () => {
    if (innerWidth === width) return; // a phone's bar came or went
    width = innerWidth;
    delete page.farRests; // all has another room now
    if (far.length === 0) layOut(0);
  });
  addEventListener("load", () => whenIdle(() => layOut(2)));
  addEventListener("keydown", () => layOut(far.length), { capture: true, once: true });
  addEventListener("hashchange", () => {
    if (!("inParts" in page)) return;
    layOut(far.length);
    document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
  });

  // A picture is lower than its live figure. Who reloads a chapter would find another place of it in the window, so the
  // page remembers what room each figure had, and leaves it that until it is drawn.
  const ROOM = `segbook-room ${location.pathname}`,
    figures = [...document.querySelectorAll("div:has(> .live-figure-fallback)")];
  addEventListener("live-figure", ({ target }) => target.parentElement.style.removeProperty("--room"));
  addEventListener("pagehide", () => {
    const heights = figures.map((figure) => figure.offsetHeight);
    try {
      sessionStorage.setItem(ROOM, JSON.stringify({ width: innerWidth, heights }));
    } catch {}
  });
  try {
    const kept = JSON.parse(sessionStorage.getItem(ROOM));
    if (kept.width === width)
      figures.forEach((figure, at) => figure.style.setProperty("--room", `${kept.heights[at]}px`));
  } catch {} // nothing is kept yet, or nothing may be

  // Pictures wait until they are near the window; paper would show what has not come as a gap. So the others come, too,
  // once the page has all that it needs at first.
  function fetchPictures() {
    for (const picture of document.querySelectorAll("img[loading=lazy]")) picture.loading = "eager";
  }
  addEventListener("load", () => setTimeout(fetchPictures, 1500));

  // What is wider than the column scrolls; then it is a stop of the Tab key, so that keys reach its ends. The theme
  // does this by measuring the whole page after every change in it (lean_pages.py takes that out); here each learns of
  // its own size, and a section that nobody has come near to is not laid out for it.
  const WIDE = ".bd-article :is(table, div.math, pre, .cell_output > .output)";
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.clientWidth === 0) continue; // it rests, as wide as it was
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  const watch = (part) => {
    for (const wide of part.querySelectorAll(WIDE)) sizes.observe(wide);
  };
  watch(document);
  new MutationObserver((records) => {
    for (const { target } of records) if (!target.closest(".segbook")) watch(target); // what a cell says when it runs
  }).observe(document.getElementById("main-content"), { childList: true, subtree: true });
})();
