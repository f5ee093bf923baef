/* The search: sections that have all the words, best first, with the place where they stand. The sections are those
   that book_pages.py wrote, [[address, title, text] of each section] of each page. */
(() => {
  "use strict";
  const MOST = 30,
    AROUND = 90; // results; letters before a word that is shown
  const SMALL = new Set(
    "a an and are as at be by can do does for how i in is it of on or the to what when where which why with".split(" "),
  );
  // A section explains; what comes back to it, or only names it, stands after it.
  const weight = ({ address, title }) =>
    /exercises\/|not(es|ation)\.html/.test(address) || /^(Exercises|Further reading)$/.test(title) ? 0.6 : 1;
  const sections = window.bookSections.flatMap((page) =>
    page.map(([address, title, text], i) => ({ address, title, text, page: page[0][1], first: i === 0 })),
  );
  const status = document.getElementById("search-status"),
    list = document.getElementById("search-results");
  const field = document.querySelector(".book-search input[name=q]"),
    query = new URLSearchParams(location.search).get("q") ?? "";

  const escaped = (word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  // A word where one begins. The beginning of a longer word counts; of "graded" count "grade" and "grading", and
  // "gradient" does not; nor is a part of a name in code, border_weights, a word.
  function form(word) {
    const [, stem, ending] = word.match(/^(.{3,}?)(ies|es|(?<!s)s|ed|ing)?$/u) ?? [null, word];
    return `${escaped(stem)}${ending ? "(?:y|ies|e|es|s|ed|ing)?" : "[\\p{L}\\p{N}]*"}(?![\\p{L}\\p{N}_])`;
  }
  const pattern = (word) => new RegExp(`(?<![\\p{L}\\p{N}_])${form(word)}`, "giu");
  const count = (text, word) => text.match(pattern(word))?.length ?? 0;
  const average = sections.reduce((sum, { text }) => sum + text.length, 0) / sections.length;

  // BM25 over sections; a title counts as often as it would in three sentences, the page's for each of its sections.
  function rank(words) {
    const hits = sections.map((section) =>
      words.map((word) => count(section.text, word) + 4 * count(section.title, word) + 2 * count(section.page, word)),
    );
    const rare = words.map((_, w) => {
      const having = hits.filter((one) => one[w]).length;
      return Math.log(1 + (sections.length - having + 0.5) / (having + 0.5));
    });
    const near = words.length > 1 ? words.map(form).join("[^\\p{L}\\p{N}]+") : null;
    return sections
      .map((section, i) => {
        const long = 0.25 + (0.75 * section.text.length) / average;
        const score = hits[i].reduce((sum, n, w) => sum + (rare[w] * n * 2.2) / (n + 1.2 * long), 0);
        // Words of which one stands only in the page's title are weaker.
        const own = words.every((word) => count(`${section.title} ${section.text}`, word));
        const phrase = near && new RegExp(near, "iu").test(`${section.title} ${section.text}`);
        return {
          ...section,
          score: weight(section) * (phrase ? 1.5 : 1) * (own ? 1 : 0.6) * score,
          all: hits[i].every((n) => n),
        };
      })
      .filter(({ all }) => all)
      .sort((a, b) => b.score - a.score);
  }

  // The part of the text where most of the words stand together, then where the others stand, as nodes with the words
  // marked.
  function excerpt(text, words) {
    const places = words.flatMap((word) => [...text.matchAll(pattern(word))].map((m) => [m.index, m[0].length, word]));
    places.sort(([a], [b]) => a - b);
    const near = ([at]) =>
      new Set(places.filter(([other]) => other >= at && other < at + 2 * AROUND).map(([, , word]) => word));
    const best = places.reduce((top, place) => (top === null || near(place).size > near(top).size ? place : top), null);
    if (!best) return part(text, 0, places);
    const others = words.filter((word) => !near(best).has(word));
    const apart = others.map((word) => places.find(([, , one]) => one === word)).filter((place) => place);
    return [best, ...apart].flatMap(([at], n) => [n ? " " : "", ...part(text, at, places, n > 0)]);
  }

  function part(text, at, places, goesOn = false) {
    const from = at > AROUND ? text.indexOf(" ", at - AROUND) + 1 : 0;
    const end = text.lastIndexOf(" ", from + 3 * AROUND),
      to = text.length - from > 3 * AROUND ? end : text.length;
    const nodes = [from && !goesOn ? "… " : ""];
    let done = from;
    for (const [start, length] of places.filter(([start]) => start >= from && start < to)) {
      if (start < done) continue;
      nodes.push(
        text.slice(done, start),
        Object.assign(document.createElement("mark"), { textContent: text.slice(start, start + length) }),
      );
      done = start + length;
    }
    return [...nodes, text.slice(done, to), to < text.length ? " …" : ""];
  }

  function show() {
    const typed = [...new Set(query.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [])];
    const large = typed.filter((word) => !SMALL.has(word)),
      words = large.length ? large : typed;
    if (!words.length) return;
    field.value = query;
    const found = rank(words);
    const shown = Math.min(found.length, MOST);
    const many = found.length === 1 ? "1 section has" : `${found.length} sections have`;
    status.textContent = found.length
      ? `${many} “${query}”${shown < found.length ? `; the best ${shown}:` : ":"}`
      : `No section has “${query}”. Try fewer words, or the beginning of a word.`;
    for (const { address, title, page, first, text } of found.slice(0, MOST)) {
      const link = Object.assign(document.createElement("a"), {
        href: address,
        textContent: first ? title : `${page} › ${title}`,
      });
      const place = document.createElement("p"),
        item = document.createElement("li");
      place.append(...excerpt(text, words));
      item.append(link, place);
      list.append(item);
    }
  }
  show();
})();
