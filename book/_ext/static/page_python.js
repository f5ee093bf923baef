/* A button under each exercise's stub, and under each cell that runs here, that opens an editor in its place. Until the
   first click nothing else is loaded; the editor and Python's files lie beside the page (_ext/page_python.py). */
(() => {
  "use strict";
  const data = document.getElementById("page-python");
  if (!data) return;
  const { page, files } = JSON.parse(data.textContent);
  const folder = new URL(".", document.currentScript.src);
  for (const one of [...Object.values(files), ...Object.values(files.figures)])
    if (one.name) one.address = new URL(one.name, new URL("page_python/", folder)).href;

  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  let loaded = null;
  function editor() {
    loaded ??= new Promise((resolve, reject) => {
      const script = make("script", { src: files.editor.address });
      script.onload = () =>
        globalThis.segbookEditor.begin(page, files).then(() => resolve(globalThis.segbookEditor), reject);
      script.onerror = () => reject(new Error("the editor is not beside the page"));
      document.head.append(script);
    });
    loaded.catch(() => {
      loaded = null; // the next click tries again
    });
    return loaded;
  }

  /* Makes a button that needs the editor, and says beside it what went wrong or what came of it. */
  function needing(button, status, action) {
    button.addEventListener("click", async () => {
      button.disabled = true;
      status.textContent = "Loading …";
      try {
        status.textContent = (await action(await editor())) ?? "";
      } catch (error) {
        status.textContent = `This could not be loaded (${error.message}). Are you offline? Press the button again.`;
      }
      button.disabled = false;
    });
  }

  const calls = /check\(\s*"([\d.]+)"\s*,\s*\w+\s*\)\s*$/;
  let found = 0;
  for (const cell of document.querySelectorAll(".bd-article .cell")) {
    const number = /\bruns-here-(\d+)/.exec(cell.className)?.[1];
    const id = calls.exec(cell.querySelector(".cell_input pre")?.textContent ?? "")?.[1];
    if (!id && !number) continue;
    const button = make("button", { type: "button", textContent: id ? "Solve it here" : "Run it here" }),
      status = make("span", { role: "status" });
    if (id) button.setAttribute("aria-label", `Solve it here: exercise ${id}`);
    const place = make("p", { className: "page-python-door" }, button, status);
    cell.after(place);
    needing(button, status, (opened) => {
      if (id) opened.open(id, cell);
      else opened.openCell(number, cell);
      place.remove();
    });
    if (id) found += 1;
  }
  if (!found) return;

  const down = make("button", { type: "button", textContent: "Download your answers" }),
    up = make("button", { type: "button", textContent: "Upload answers" }),
    choose = make("input", { type: "file", accept: ".ipynb", hidden: true }),
    status = make("span", { role: "status" });
  needing(down, status, (opened) => opened.download());
  up.addEventListener("click", () => choose.click());
  choose.addEventListener("change", async () => {
    status.textContent = "Loading …";
    try {
      status.textContent = await (await editor()).upload(choose.files[0]);
    } catch (error) {
      status.textContent = `The answers could not be read (${error.message}).`;
    }
    choose.value = "";
  });
  const text = "What you write in the page stays in this browser. All answers together are one notebook:";
  const place = make("div", { className: "page-python-door" }, make("p", {}, text), down, up, choose, status);
  (document.querySelector("#how-far-you-are") ?? document.querySelector(".bd-article > section"))?.append(place);
})();
