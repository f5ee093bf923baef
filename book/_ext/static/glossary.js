/* Explains a word beside it: under the pointer, at the Tab key, at a first tap; a second tap follows the link, as a
   click does. The note stays while the pointer is on it, and Escape puts it away. */
(() => {
  "use strict";
  const meanings = JSON.parse(document.getElementById("glossary").textContent);
  const note = Object.assign(document.createElement("div"), { id: "term-note", hidden: true });
  note.setAttribute("role", "tooltip");
  const article = document.querySelector(".bd-article");
  article.append(note);
  let shown = null,
    leaving = 0;

  function show(link) {
    clearTimeout(leaving);
    if (shown === link) return;
    hide();
    shown = link;
    note.textContent = meanings[link.hash.slice(1)];
    note.hidden = false;
    link.setAttribute("aria-describedby", note.id);
    place();
  }
  function place() {
    const word = shown.getClientRects()[0],
      room = note.offsetParent.getBoundingClientRect();
    const left = Math.min(word.left, document.documentElement.clientWidth - note.offsetWidth - 8);
    note.style.left = `${Math.max(8, left) - room.left}px`;
    const above = word.top - note.offsetHeight - 6;
    note.style.top = `${(above > 60 ? above : word.bottom + 6) - room.top}px`;
  }
  function hide() {
    shown?.removeAttribute("aria-describedby");
    shown = null;
    note.hidden = true;
  }
  const leave = () => {
    clearTimeout(leaving);
    leaving = setTimeout(hide, 200);
  };

  for (const link of document.querySelectorAll("a.term")) {
    let touched = false;
    link.addEventListener("pointerenter", ({ pointerType }) => pointerType === "mouse" && show(link));
    link.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && leave());
    link.addEventListener("focus", () => !touched && show(link));
    link.addEventListener("blur", leave);
    link.addEventListener("pointerdown", ({ pointerType }) => {
      touched = pointerType === "touch";
    });
    link.addEventListener("click", (event) => {
      if (touched && shown !== link) {
        event.preventDefault();
        show(link);
      }
      touched = false;
    });
  }
  // What is laid out only now, above the word, moves the word but not the note.
  new ResizeObserver(() => shown && place()).observe(article);
  note.addEventListener("pointerenter", () => clearTimeout(leaving));
  note.addEventListener("pointerleave", leave);
  addEventListener("keydown", ({ key }) => key === "Escape" && hide());
  addEventListener("pointerdown", ({ target }) => !note.contains(target) && target !== shown && hide());
})();
