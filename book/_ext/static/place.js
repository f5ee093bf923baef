/* Where a reader was: a chapter keeps its section in this browser, and the first page offers to go on from there.
   A browser may forbid the page to keep anything, and what it kept may be anything: both quietly. */
(() => {
  "use strict";
  const KEY = "segbook-place",
    root = new URL(document.documentElement.dataset.content_root, location.href).href,
    offer = document.querySelector(".start .place"),
    chapter = document.querySelector(".bd-article h1 .number")?.parentElement;

  function keep() {
    const passed = [...document.querySelectorAll(".bd-article section[id] > :is(h2, h3)")]
      .filter((heading) => heading.getBoundingClientRect().top < innerHeight / 2)
      .at(-1);
    const address = location.href.replace(/[?#].*/, "").replace(root, ""),
      [number, title] = chapter.childNodes,
      words = [number, title, ...(passed ? [" › ", passed.firstChild] : [])].map((one) => one.textContent ?? one),
      place = { address: address + (passed ? `#${passed.parentElement.id}` : ""), name: words.join("") };
    try {
      localStorage.setItem(KEY, JSON.stringify(place));
    } catch {}
  }

  function show() {
    let place = null;
    try {
      place = JSON.parse(localStorage.getItem(KEY));
    } catch {}
    // Only a page of the list: the address is whatever was kept.
    const page = typeof place?.address === "string" ? place.address.replace(/#.*/, "") : "",
      known = [...document.querySelectorAll(".unet .title a")].some((link) => link.href === root + page);
    if (!known || typeof place.name !== "string") return;
    offer.href = root + place.address;
    offer.textContent = `Go on where you were: ${place.name}`;
  }

  if (chapter) {
    // A page on a phone may never be told that it ends.
    document.addEventListener("visibilitychange", () => document.hidden && keep());
    addEventListener("pagehide", keep);
  }
  if (offer) addEventListener("pageshow", show);
})();
