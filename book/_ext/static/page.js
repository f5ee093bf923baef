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

  // Pictures wait until they are near the window; paper would show what has not come as a gap. So the others come, too,
  // once the page has all that it needs at first.
  function fetchPictures() {
    for (const picture of document.querySelectorAll("img[loading=lazy]")) picture.loading = "eager";
  }
  addEventListener("load", () => setTimeout(fetchPictures, 1500));

  // Tables and formulas that are wider than the column scroll; then they are stops of the Tab key, so that keys reach
  // their ends. The theme does the same for code.
  const watch = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  for (const wide of document.querySelectorAll(".bd-article :is(table, div.math)")) watch.observe(wide);
})();
