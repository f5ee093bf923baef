/* Predictions: a reader commits an answer before it can be seen, and reads what it was and why. What was said stays in
   this browser, by the prediction's id; predictions.py tells how an author writes one. */
(() => {
  "use strict";
  const KEY = "segbook-predictions";
  let said = {};

  // A browser may forbid the page to keep anything, and what it kept may be anything: both quietly.
  function read() {
    try {
      const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}");
      if (stored && typeof stored === "object" && !Array.isArray(stored)) said = stored;
    } catch {}
  }
  function write() {
    try {
      localStorage.setItem(KEY, JSON.stringify(said));
    } catch {}
  }
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  /* A number as people write it: 1,024 or 1 024, 0.5 or 0,5, −3, 1/3, 95 %. NaN if it is none. */
  function numberOf(text) {
    const plain = text.replace(/[\s\u00a0\u202f%×]/g, "").replace("−", "-");
    const [over, under, ...rest] = plain.split("/").map((part) => {
      const point = /^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(part) ? part.replaceAll(",", "") : part.replace(",", ".");
      return /^-?(\d+\.?\d*|\.\d+)(e-?\d+)?$/i.test(point) ? Number(point) : NaN;
    });
    return rest.length ? NaN : under === undefined ? over : over / under;
  }
  const words = (text) =>
    text
      .split("|")
      .map((word) => word.trim())
      .filter(Boolean);
  const list = (some) => some.join(some.some((one) => one.includes(",")) ? "; " : ", ") || "none of them";

  /* The verdict above it has said the answer: a text that begins with it as a sentence of its own begins after it. */
  function withoutAnswer(because, answer) {
    const start = because.querySelector("p")?.firstChild;
    if (start?.nodeType !== Node.TEXT_NODE) return;
    const sentences = [answer, answer.replace(/^about /, "")].map((said) => `${said.toLowerCase()}. `);
    const first = sentences.find((said) => start.data.toLowerCase().startsWith(said));
    if (first) start.data = start.data.slice(first.length);
  }

  /* One prediction: `ask` makes what the reader answers with, `take` reads it or says what is missing. */
  function numberForm({ answer, within = "0", unit = "" }, name) {
    const right = Number(answer);
    const margin = within.endsWith("%") ? (Math.abs(right) * parseFloat(within)) / 100 : Number(within);
    const field = make("input", { type: "text", inputMode: "decimal", id: name, autocomplete: "off", size: 8 });
    const label = make("label", { htmlFor: name, textContent: "Your number" });
    const behind = unit ? [make("span", { textContent: unit })] : [];
    return {
      fields: [label, field, ...behind],
      take: () => {
        const value = numberOf(field.value);
        return Number.isNaN(value) ? { missing: "Write a number, such as 12 or 0.5." } : { value: field.value.trim() };
      },
      put: (value) => {
        field.value = value;
      },
      holds: (value) => Math.abs(numberOf(String(value)) - right) <= margin + 1e-9 * Math.abs(right),
      get answer() {
        return `${margin ? "about " : ""}${format(right)}${unit ? ` ${unit}` : ""}`;
      },
      isValue: (value) => typeof value === "string" && !Number.isNaN(numberOf(value)),
    };
  }
  const format = (number) => number.toLocaleString("en-GB", { maximumSignificantDigits: 12 }).replace("-", "−");

  function choiceForm({ answer, choices, many }, name) {
    const all = words(choices),
      several = many !== undefined;
    const right = words(answer).filter((word) => all.includes(word));
    const boxes = all.map((word, index) =>
      make("input", { type: several ? "checkbox" : "radio", name, id: `${name}-${index}`, value: word }),
    );
    const fields = boxes.map((box) =>
      make("span", { className: "choice" }, box, make("label", { htmlFor: box.id, textContent: box.value })),
    );
    const chosen = () => boxes.filter((box) => box.checked).map((box) => box.value);
    return {
      fields,
      take: () => (several || chosen().length ? { value: chosen() } : { missing: "Choose one first." }),
      put: (value) => {
        for (const box of boxes) box.checked = value.includes(box.value);
      },
      holds: (value) => value.length === right.length && right.every((word) => value.includes(word)),
      answer: list(right),
      isValue: (value) => Array.isArray(value) && value.every((word) => all.includes(word)),
    };
  }

  /* What the reader is not to see yet: the folded output of the next cell that has one. */
  function hiddenAfter(element, others) {
    const next = others[others.indexOf(element) + 1];
    const follows = (one, other) => one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;
    return [...document.querySelectorAll(".bd-article .cell details.hide")].find(
      (one) => follows(element, one) && (!next || follows(one, next)),
    );
  }

  /* The paragraph below an output says what came out, and comes and goes with it: at once, when an answer opens it
     (the event of a fold comes a moment later), and by hand. */
  function tellWith(output) {
    let below = output?.closest(".cell").nextElementSibling;
    if (below?.matches(".page-python-door")) below = below.nextElementSibling;
    const follow = () => below?.matches(".told") && below.classList.toggle("shown", output.open);
    output?.addEventListener("toggle", follow);
    return follow;
  }

  function build(details, all) {
    const { id, dataset } = details,
      summary = details.querySelector("summary");
    const form = (dataset.choices ? choiceForm : numberForm)(dataset, `${id}-answer`);
    const output = hiddenAfter(details, all),
      fold = output?.querySelector("summary .collapsed"),
      unfold = output?.querySelector("summary .expanded"),
      tell = tellWith(output);
    const legend = make("legend", {}, make("strong", { textContent: "Predict. " }), ...summary.childNodes);
    const commit = make("button", { type: "submit", textContent: "That is my answer" });
    const look = make("button", { type: "button", textContent: "Show without answering" });
    const again = make("button", { type: "button", textContent: "Answer again" });
    const fieldset = make("fieldset", {}, legend, make("div", { className: "answers" }, ...form.fields));
    const status = make("p", { className: "verdict" });
    status.setAttribute("role", "status");
    summary.remove();
    const because = make("div", { className: "because" }, ...details.childNodes);
    withoutAnswer(because, form.answer);
    const buttons = make("div", { className: "buttons" }, commit, look, again);
    const ask = make("form", { noValidate: true }, fieldset, status, because, buttons);
    const box = make("section", { className: "prediction", id }, ask);
    legend.id = `${id}-question`;
    box.setAttribute("aria-labelledby", legend.id); // several stand on a page: each is called by its question
    details.replaceWith(box);

    function show(verdict) {
      const open = verdict !== "";
      status.textContent = verdict;
      because.hidden = again.hidden = !open;
      commit.hidden = look.hidden = open;
      fieldset.disabled = open;
      if (output) output.open = open;
      tell();
      if (unfold) unfold.textContent = "Hide the output";
      if (fold) fold.textContent = open ? "Show the output" : "The output and what it shows: answer first, or look";
    }
    const told = (value) => {
      const right = form.holds(value);
      box.dataset.right = right;
      if (Array.isArray(value))
        // choices are words, which need not fit into a sentence
        return `You chose: ${list(value)}. ${right ? "That is right." : `The answer is: ${form.answer}.`}`;
      return right ? `You said ${value}. So it is: ${form.answer}.` : `You said ${value}; it is ${form.answer}.`;
    };
    let shown; // so that news from another tab about other questions folds nothing
    function restore() {
      const value = said[id];
      const now = JSON.stringify(value) ?? "";
      if (now === shown) return;
      shown = now;
      delete box.dataset.right;
      if (!form.isValue(value)) return show("");
      form.put(value);
      show(told(value));
    }
    ask.addEventListener("submit", (event) => {
      event.preventDefault();
      const { missing, value } = form.take();
      if (missing) {
        status.textContent = missing;
        fieldset.querySelector("input").focus();
        return;
      }
      read();
      said[id] = value;
      write();
      shown = JSON.stringify(value);
      show(told(value));
      again.focus({ preventScroll: true }); // the button that had the focus is gone
    });
    look.addEventListener("click", () => {
      show(`The answer is: ${form.answer}.`);
      again.focus({ preventScroll: true });
    });
    again.addEventListener("click", () => {
      read();
      delete said[id];
      write();
      shown = undefined;
      restore();
      fieldset.querySelector("input").focus({ preventScroll: true });
    });
    restore();
    return restore;
  }

  /* The first page counts over the book. */
  function countOver(byPage) {
    const ids = Object.values(byPage).flat();
    const line = make("p", { className: "prediction-count" });
    line.setAttribute("role", "status");
    document.querySelector(".exercise-list")?.after(line);
    return () => {
      const made = ids.filter((id) => id in said).length;
      line.textContent = ids.length ? `You have made ${made} of ${ids.length} predictions.` : "";
    };
  }

  read();
  const all = [...document.querySelectorAll("details.predict")];
  const data = document.getElementById("prediction-list");
  const refreshers = all.map((one) => build(one, all));
  if (data) refreshers.push(countOver(JSON.parse(data.textContent)));
  const refresh = () => {
    read();
    for (const one of refreshers) one();
  };
  if (data) refresh();
  window.addEventListener("storage", refresh); // answered in another tab
  window.addEventListener("pageshow", ({ persisted }) => persisted && refresh()); // or on a page that one returns from
})();
