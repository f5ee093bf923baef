/* What the page opens: an exercise under its stub, a cell of a chapter in its place, and all answers as a notebook.
   Loaded by the first click (page_python.js); Python itself by the first Run, or, where the browser has its files
   already, when an exercise is opened: it starts while the reader writes. */
import { block, button, make, workplace } from "./box.mjs";
import { figure } from "./figures.mjs";
import * as kept from "./kept.mjs";
import * as notebooks from "./notebooks.mjs";
import { load, Python } from "./python.mjs";

let exercises = {}; // by id: what the page must know of each
let cells = {}; // of this page's chapter, by number
let figures = {}; // addresses and sizes of the figures beside exercises
let address = ""; // of Python's files
let pythons = null; // the one Python of this page
const editors = new Map(); // by id: { fill }

/* Hands over what the door knows: the name of the page, addresses and sizes of the files. */
export async function begin(page, files) {
  const own = await load(files.exercises.address, "SEGBOOK_EXERCISES", files.exercises.size, () => {});
  exercises = Object.fromEntries(own.exercises.map((one) => [one.id, one]));
  cells = own.chapters[page] ?? {};
  figures = files.figures;
  address = files.python.address;
  pythons = new Python(async (say) => {
    const size = files.python.size;
    const parts = await load(address, "SEGBOOK_PYTHON", size, (done, all) =>
      say(`Loading Python: ${done.toFixed(1)} of ${all.toFixed(1)} MB`, done / all),
    );
    kept.fetched(address);
    return { ...parts, "exercises.zip": own.zip };
  });
  kept.follow((id, source) => editors.get(id)?.fill(source ?? exercises[id].stub));
}

/* Puts the editor of an exercise in the place of its stub's cell. */
export function open(id, cell) {
  const { title, stub, hints, solution } = exercises[id];
  let hinted = 0;

  function changed(source) {
    kept.write(id, source === stub ? null : source);
    if (!kept.lasting) say("This browser keeps nothing: download your answer before you leave the page.");
  }

  function hint() {
    hinted = Math.min(hinted + 1, hints.length);
    const more = hinted < hints.length ? "Press Hint again for the next one." : "What is left is the solution.";
    const text = hints.slice(0, hinted).map((one, n) => make("p", {}, make("strong", {}, `Hint ${n + 1}. `), one));
    add(make("p", { className: "heading" }, `${id} ${title}: hint ${hinted} of ${hints.length}`), ...text);
    say(more);
  }

  function reveal() {
    if (!confirm(`Show the solution of ${id} ${title}? Your answer stays as it is.`)) return;
    add(...block(`${id} ${title}: one solution`, solution));
    say("");
  }

  function reset() {
    if (!confirm(`Begin ${id} ${title} anew? What you wrote is replaced by the first lines; Ctrl+Z brings it back.`))
      return;
    fill(stub);
    show();
    say("");
  }

  const { box, say, show, add, fill, focus } = workplace({
    id,
    name: `Exercise ${id}`,
    label: `Your answer to exercise ${id}`,
    source: kept.read(id) ?? stub,
    ask: (source, say, print) => pythons.run(id, { id, source }, say, print),
    stop: () => pythons.stop(),
    heads: ({ html }) => ({
      printed: "Printed",
      error: html ? "Where it was raised" : "Not checked",
      status: html ? "Checked." : "Your code did not run to its end.",
    }),
    ended: ({ full }) => full && document.dispatchEvent(new CustomEvent("segbook:solved", { detail: id })),
    changed,
    buttons: [button("Hint", hint), button("Solution", reveal), button("Reset", reset)],
  });
  cell.after(...figure(exercises[id], figures), box);
  cell.classList.add("replaced");
  editors.set(id, { fill });
  focus();
  if (kept.hasFetched(address)) pythons.ahead();
}

/* Puts an editor in the place of a cell's code, above what the book has stored of its output, and runs it. */
export function openCell(number, cell) {
  const { before, source } = cells[number];
  const { box, fill, run, focus } = workplace({
    id: `cell-${number}`,
    name: "This cell",
    label: "The cell's code",
    source,
    ask: (source, say, print) => pythons.run("another cell", { before, source }, say, print),
    stop: () => pythons.stop(),
    heads: ({ error }) => ({
      printed: "Printed here",
      error: "Error",
      status: error ? "The cell did not run to its end." : "The cell has run.",
    }),
    buttons: [button("Reset", () => fill(source), { title: "The book's code again" })],
  });
  const input = cell.querySelector(".cell_input");
  input.after(box, make("p", { className: "page-python-stored" }, "Stored in the book"));
  input.classList.add("replaced");
  focus();
  run();
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
