/* The editor under an exercise's stub, and what stands below it: buttons, progress, feedback. Loaded by the first
   click (page_python.js); Python itself by the first Run. */
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";
import * as kept from "./kept.mjs";
import * as notebooks from "./notebooks.mjs";
import { load, Python } from "./python.mjs";

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

let exercises = {}; // by id: what the page must know of each
let pythons = null; // the one Python of this page
const editors = new Map(); // by id: { fill }

/* Hands over what the door knows: addresses and sizes of the files. */
export async function begin(files) {
  const own = await load(files.exercises.address, "SEGBOOK_EXERCISES", files.exercises.size, () => {});
  exercises = Object.fromEntries(own.exercises.map((one) => [one.id, one]));
  pythons = new Python(async (say) => {
    const size = files.python.size;
    const parts = await load(files.python.address, "SEGBOOK_PYTHON", size, (done, all) =>
      say(`Loading Python: ${done.toFixed(1)} of ${all.toFixed(1)} MB`, done / all),
    );
    return { ...parts, "exercises.zip": own.zip };
  });
  kept.follow((id, source) => editors.get(id)?.fill(source ?? exercises[id].stub));
}

function textEditor(id, source, run, changed) {
  const help = make("span", { id: `editor-help-${id}`, className: "visually-hidden" });
  help.textContent = "Tab indents. Escape, then Tab, leaves the editor. Control Enter runs.";
  const keys = [
    { key: "Ctrl-Enter", run },
    { key: "Mod-Enter", run },
    {
      key: "Escape",
      run: (view) => {
        view.setTabFocusMode(true);
        return true;
      },
    },
  ];
  const view = new EditorView({
    state: EditorState.create({
      doc: source,
      extensions: [
        keymap.of([...keys, indentWithTab, ...historyKeymap, ...defaultKeymap]),
        EditorView.contentAttributes.of({
          "aria-label": `Your answer to exercise ${id}`,
          "aria-describedby": help.id,
        }),
        EditorView.domEventHandlers({
          blur: (_, view) => {
            view.setTabFocusMode(false); // Tab indents again when the reader comes back
          },
        }),
        EditorView.updateListener.of((update) => update.docChanged && changed(update.state.doc.toString())),
        [lineNumbers(), lintGutter(), history(), drawSelection(), bracketMatching()],
        [python(), indentUnit.of("    "), syntaxHighlighting(classHighlighter)],
      ],
    }),
  });
  return { view, help };
}

/* Puts the editor of an exercise in the place of its stub's cell. */
export function open(id, cell) {
  const { title, stub, hints, solution } = exercises[id];
  const status = make("span", { role: "status" }),
    bar = make("progress", { hidden: true }),
    result = make("div", { className: "result" });
  bar.setAttribute("aria-label", "Python's files");
  result.setAttribute("role", "region");
  result.setAttribute("aria-label", `What ${id} says`);
  result.setAttribute("aria-live", "polite");
  let hinted = 0,
    running = false;

  const say = (words, part) => {
    if (status.textContent !== words) status.textContent = words;
    bar.hidden = part === undefined;
    if (part !== undefined) bar.value = part;
  };
  const show = (...children) => result.replaceChildren(...children);
  const block = (heading, text) => [make("p", { className: "heading" }, heading), make("pre", {}, text)];

  function changed(source) {
    kept.write(id, source === stub ? null : source);
    if (!kept.lasting) say("This browser keeps nothing: download your answer before you leave the page.");
  }

  function mark({ line, column }) {
    const text = view.state.doc;
    if (!line || line > text.lines) return;
    const { from, to } = text.line(line);
    const start = Math.min(from + Math.max(column - 1, 0), to);
    const problem = { from: start, to: Math.max(to, start), severity: "error", message: result.lastChild.textContent };
    view.dispatch(setDiagnostics(view.state, [problem]), { selection: { anchor: start } });
  }

  async function run() {
    if (running) return;
    running = true;
    runs.setAttribute("aria-disabled", "true"); // a disabled button would lose the keyboard's focus
    stops.hidden = false;
    view.dispatch(setDiagnostics(view.state, []));
    try {
      const said = await pythons.run(id, view.state.doc.toString(), say);
      const feedback = make("div", { innerHTML: said.html });
      const printed = said.printed ? block("Printed", said.printed) : [];
      const error = said.error ? block(said.html ? "Where it was raised" : "Not checked", said.error) : [];
      if (said.note) error.splice(1, 0, make("p", {}, said.note));
      show(...(said.html ? [feedback] : []), ...printed, ...error);
      mark(said);
      say(said.html ? "Checked." : "Your code did not run to its end.");
      if (said.full) document.dispatchEvent(new CustomEvent("segbook:solved", { detail: id }));
    } catch (error) {
      show();
      say(error.message);
    } finally {
      bar.hidden = stops.hidden = true;
      running = false;
      runs.removeAttribute("aria-disabled");
    }
  }

  function hint() {
    hinted = Math.min(hinted + 1, hints.length);
    const more = hinted < hints.length ? "Press Hint again for the next one." : "What is left is the solution.";
    const text = hints.slice(0, hinted).map((one, n) => make("p", {}, make("strong", {}, `Hint ${n + 1}. `), one));
    show(make("p", { className: "heading" }, `${id} ${title}: hint ${hinted} of ${hints.length}`), ...text);
    say(more);
  }

  function reveal() {
    if (!confirm(`Show the solution of ${id} ${title}? Your answer stays as it is.`)) return;
    show(...block(`${id} ${title}: one solution`, solution));
    say("");
  }

  function reset() {
    if (!confirm(`Begin ${id} ${title} anew? What you wrote is replaced by the first lines; Ctrl+Z brings it back.`))
      return;
    fill(stub);
    show();
    say("");
  }

  function fill(source) {
    if (source !== view.state.doc.toString())
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: source } });
  }

  const { view, help } = textEditor(id, kept.read(id) ?? stub, () => run() || true, changed);
  const button = (text, action, properties = {}) =>
    make("button", { type: "button", textContent: text, onclick: action, ...properties });
  const runs = button("Run", run, { className: "run", title: "Ctrl+Enter" });
  const stops = button("Stop", () => pythons.stop(), { hidden: true });
  const buttons = make("div", { className: "buttons" }, runs, stops);
  buttons.append(button("Hint", hint), button("Solution", reveal), button("Reset", reset));
  const box = make("section", { className: "page-python" }, view.dom, help, buttons);
  box.setAttribute("aria-label", `Exercise ${id} in the page`);
  box.append(make("p", { className: "status" }, bar, status), result);
  cell.after(box);
  cell.classList.add("replaced");
  editors.set(id, { fill });
  view.focus();
}

/* Gives the reader all kept answers as one notebook. */
export function download() {
  const answers = Object.values(exercises).flatMap((one) => {
    const source = kept.read(one.id);
    return source === null ? [] : [{ ...one, source }];
  });
  if (!answers.length) return "There is nothing to download yet: no answer differs from its first lines.";
  const address = URL.createObjectURL(new Blob([notebooks.written(answers)], { type: "application/x-ipynb+json" }));
  make("a", { href: address, download: "answers.ipynb" }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  return `Downloaded: ${answers.map(({ id }) => id).join(", ")}.`;
}

/* Takes the answers out of a notebook; those that are here already are replaced only if the reader says so. */
export async function upload(file) {
  let answers;
  try {
    answers = notebooks.found(await file.text());
  } catch {
    return `${file.name} is no notebook that can be read; choose a file that ends in .ipynb.`;
  }
  const ids = Object.keys(answers).filter((id) => id in exercises && answers[id].trim() !== exercises[id].stub.trim());
  if (!ids.length) return `${file.name} has no answers: none of its cells ends in check("6.1", …).`;
  const lost = ids.filter((id) => (kept.read(id) ?? answers[id]).trimEnd() !== answers[id].trimEnd());
  if (lost.length && !confirm(`Replace your answers to ${lost.join(", ")} by those of ${file.name}?`))
    return "Nothing was replaced.";
  for (const id of ids) {
    kept.write(id, answers[id]);
    editors.get(id)?.fill(answers[id]);
  }
  return `Taken from ${file.name}: ${ids.join(", ")}.`;
}
