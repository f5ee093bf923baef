/* An editor, its buttons, and below them what Python says: what an exercise and a chapter's cell have in common. */
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

export const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
export const button = (text, action, properties = {}) =>
  make("button", { type: "button", textContent: text, onclick: action, ...properties });
/* A heading and a text of Python's; what is a sentence goes on in the next line, what has columns does not. */
export const block = (heading, text) => [
  make("p", { className: "heading" }, heading),
  make("pre", { className: text.includes("\n") ? "" : "sentence" }, text),
];

function textEditor(id, label, source, run, changed) {
  const help = make("span", { id: `editor-help-${id}`, className: "visually-hidden" });
  help.textContent = "Tab indents. Escape, then Tab, leaves the editor. Control Enter runs.";
  const leave = (view) => {
    view.setTabFocusMode(true);
    return true;
  };
  const keys = [
    { key: "Ctrl-Enter", run },
    { key: "Mod-Enter", run },
    { key: "Escape", run: leave },
  ];
  const view = new EditorView({
    state: EditorState.create({
      doc: source,
      extensions: [
        keymap.of([...keys, indentWithTab, ...historyKeymap, ...defaultKeymap]),
        EditorView.contentAttributes.of({ "aria-label": label, "aria-describedby": help.id }),
        EditorView.domEventHandlers({
          blur: (_, view) => {
            view.setTabFocusMode(false); // Tab indents again when the reader comes back
          },
        }),
        EditorView.updateListener.of((update) => update.docChanged && changed(update.state.doc.toString())),
        [lineNumbers(), lintGutter(), history(), drawSelection(), bracketMatching()],
        // On a phone a long line would push the beginnings of all others out of sight, and leave them there.
        matchMedia("(max-width: 640px)").matches ? EditorView.lineWrapping : [],
        [python(), indentUnit.of("    "), syntaxHighlighting(classHighlighter)],
      ],
    }),
  });
  return { view, help };
}

/* Makes the section that holds it all. `ask(source, say, print)` runs the editor's text and gives back what Python
   said; `heads(said)` names what is shown of it; `buttons` come after Run and Stop. */
export function workplace({ id, name, label, source, ask, stop, heads, ended, changed = () => {}, buttons = [] }) {
  const status = make("span", { role: "status" }),
    bar = make("progress", { hidden: true }),
    result = make("div", { className: "result" });
  bar.setAttribute("aria-label", "Python's files");
  result.setAttribute("role", "region");
  result.setAttribute("aria-label", `What ${name} says`);
  result.setAttribute("aria-live", "polite");
  let running = false;

  const say = (words, part) => {
    if (status.textContent !== words) status.textContent = words;
    bar.hidden = part === undefined;
    if (part !== undefined) bar.value = part;
  };
  const show = (...children) => result.replaceChildren(...children);
  /* Shows something below what Python said, in the place of what was asked for before. */
  const add = (...children) => {
    result.querySelector(":scope > .asked")?.remove();
    result.append(make("div", { className: "asked" }, ...children));
  };

  /* Shows what is printed while it is, once for each picture that the screen shows. */
  function printing() {
    let text = "",
      waits = false;
    show();
    return (more) => {
      text += more;
      if (!waits) requestAnimationFrame(draw);
      waits = true;
    };
    function draw() {
      waits = false;
      if (!running) return;
      if (!result.firstChild) show(...block(heads({}).printed, ""));
      result.lastChild.textContent = text;
    }
  }

  function mark({ line, column }, message) {
    const text = view.state.doc;
    if (!line || line > text.lines) return;
    const { from, to } = text.line(line);
    const start = Math.min(from + Math.max(column - 1, 0), to);
    const problem = { from: start, to: Math.max(to, start), severity: "error", message };
    view.dispatch(setDiagnostics(view.state, [problem]), { selection: { anchor: start } });
  }

  async function run() {
    if (running) return;
    running = true;
    runs.setAttribute("aria-disabled", "true"); // a disabled button would lose the keyboard's focus
    result.setAttribute("aria-busy", "true"); // nobody wants a flood of lines read aloud
    stops.hidden = false;
    view.dispatch(setDiagnostics(view.state, []));
    try {
      const said = await ask(view.state.doc.toString(), say, printing());
      const named = heads(said);
      const feedback = said.html ? [make("div", { innerHTML: said.html })] : [];
      const printed = said.printed ? block(named.printed, said.printed) : [];
      const error = said.error ? block(named.error, said.error) : [];
      if (said.note) error.splice(1, 0, make("p", {}, said.note));
      show(...feedback, ...printed, ...error);
      mark(said, said.error);
      say(named.status);
      ended?.(said);
    } catch (error) {
      say(error.message); // what was printed until then stays
    } finally {
      bar.hidden = stops.hidden = true;
      running = false;
      runs.removeAttribute("aria-disabled");
      result.removeAttribute("aria-busy");
    }
  }

  function fill(text) {
    if (text !== view.state.doc.toString())
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
  }

  const { view, help } = textEditor(id, label, source, () => run() || true, changed);
  const runs = button("Run", run, { className: "run", title: "Ctrl+Enter" });
  const stops = button("Stop", stop, { hidden: true });
  const box = make("section", { className: "page-python" }, view.dom, help);
  box.setAttribute("aria-label", `${name} in the page`);
  box.append(make("div", { className: "buttons" }, runs, stops, ...buttons));
  box.append(make("p", { className: "status" }, bar, status), result);
  return { box, say, show, add, fill, run, focus: () => view.focus() };
}
