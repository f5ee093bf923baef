/* Answers as a notebook, in the form that `segbook grade` and Jupyter read, and back. */
const IMPORTS = "import numpy as np\n\nfrom segbook.exercises import check, hint, progress, solution";
const CALL = /\n*^check\(\s*["']([\d.]+)["']\s*,\s*(\w+)\s*\)[^\S\n]*$/m;

/* Writes the notebook's text. `answers` is a list of { id, title, name, source }. */
export function written(answers) {
  const cell = (id, type, source) => {
    const own = type === "code" ? { execution_count: null, outputs: [] } : {};
    return { cell_type: type, id, metadata: {}, source, ...own };
  };
  const cells = answers.flatMap(({ id, title, name, source }) => {
    const key = id.replace(".", "-");
    return [
      cell(`task-${key}`, "markdown", `## ${id} ${title}`),
      cell(`answer-${key}`, "code", `${source.trimEnd()}\n\n\ncheck("${id}", ${name})`),
    ];
  });
  const title = "# Answers to the exercises of *A Label for Every Pixel*";
  return JSON.stringify(
    {
      cells: [cell("title", "markdown", title), cell("imports", "code", IMPORTS), ...cells],
      metadata: {
        kernelspec: { display_name: "Python 3", language: "python", name: "python3" },
        language_info: { name: "python" },
      },
      nbformat: 4,
      nbformat_minor: 5,
    },
    null,
    1,
  );
}

/* Finds the answers in a notebook's text: { id: source } for every cell that checks one. Throws on what is none. */
export function found(text) {
  const { cells } = JSON.parse(text);
  const answers = {};
  for (const { cell_type, source } of cells) {
    const code = Array.isArray(source) ? source.join("") : source;
    const call = cell_type === "code" && CALL.exec(code);
    if (call) answers[call[1]] = `${code.replace(CALL, "").trimEnd()}\n`;
  }
  return answers;
}
