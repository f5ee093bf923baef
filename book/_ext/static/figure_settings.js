/* A figure's settings as text: in an address, what differs from the start; as a line of Python, from the defaults.
   What an address says is clipped to what the figure declares (segbook/widgets/controls.py); what cannot be read is
   left out. No page in sight: tests/js run this in Node. */
(() => {
  "use strict";
  const clean = (value) => (typeof value === "number" ? Number(value.toFixed(6)) : value);
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const columnsOf = (rows) => (Array.isArray(rows) ? [...rows.keys()] : Object.keys(rows));

  // A table's rows as "5,2,1;5,1,1"; a flat table is one list, cut into rows.
  function written({ rows, flat }, value) {
    if (Array.isArray(value) && rows) {
      const columns = columnsOf(rows);
      const table = flat
        ? value.flatMap((_, i) => (i % columns.length ? [] : [value.slice(i, i + columns.length)]))
        : value;
      return table.map((row) => columns.map((column) => clean(row[column])).join(",")).join(";");
    }
    return Array.isArray(value) ? value.map(clean).join(",") : String(clean(value));
  }

  // A number of the text within its limits, or NaN. `whole` numbers stay whole, as do steps.
  function number(text, low, high, step = 1) {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (!Number.isFinite(value)) return Number.NaN;
    const origin = low ?? 0;
    const stepped = origin + Math.round((value - origin) / step) * step;
    return clean(Math.max(low ?? -Infinity, Math.min(high ?? Infinity, stepped)));
  }

  const entry = (limits, text, step) =>
    typeof limits[0] === "string" ? (limits.includes(text) ? text : Number.NaN) : number(text, ...limits, step);

  function table({ rows, flat, least, most }, text) {
    const columns = columnsOf(rows);
    const read = (text === "" ? [] : text.split(";")).slice(0, most).map((line) => {
      const parts = line.split(",");
      // The first column of a flat table names what its others, of any size, belong to.
      return columns.map((column, i) => entry(rows[column], parts[i] ?? "", flat && i > 0 ? 0.000001 : 1));
    });
    if (read.length < least || read.flat().some(Number.isNaN)) return undefined;
    if (flat) return read.flat();
    return Array.isArray(rows)
      ? read
      : read.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]]).sort()));
  }

  function read(setting, text) {
    const { kind, options, rows, min, max, step } = setting;
    if (kind === "checkbox") return { true: true, false: false }[text];
    if (options) return (Array.isArray(options) ? options : Object.keys(options)).includes(text) ? text : undefined;
    if (rows) return table(setting, text);
    if (kind === "numbers") {
      const values = text.split(",").map((part) => number(part, -999, 999, 0.000001));
      return values.some(Number.isNaN) ? undefined : values.slice(0, max);
    }
    const value = number(text, min, max, step);
    return Number.isNaN(value) ? undefined : value;
  }

  const changed = ({ settings }, state, start) => settings.filter(({ name }) => !same(state[name], start[name]));

  // "stride=2&x=1,2,3": what differs from the start; empty at the start.
  function query(declared, state, start) {
    return changed(declared, state, start)
      .map((setting) => {
        const text = encodeURIComponent(written(setting, state[setting.name]));
        return `${setting.name}=${text.replaceAll("%2C", ",").replaceAll("%3B", ";").replaceAll("%20", "+")}`;
      })
      .join("&");
  }

  // The settings that a query names and that can be read.
  function settings(declared, text) {
    const named = new URLSearchParams(text);
    return Object.fromEntries(
      declared.settings
        .filter(({ name }) => named.has(name))
        .map((setting) => [setting.name, read(setting, named.get(setting.name))])
        .filter(([, value]) => value !== undefined),
    );
  }

  function literal(value) {
    if (typeof value === "boolean") return value ? "True" : "False";
    if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
    if (value && typeof value === "object")
      return `{${Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${literal(inner)}`)}}`.replaceAll(
        ',"',
        ', "',
      );
    return JSON.stringify(clean(value));
  }

  // What makes the same figure in a notebook.
  function python(name, declared, state) {
    const given = changed(declared, state, defaults(declared)).map((one) => `${one.name}=${literal(state[one.name])}`);
    return `from segbook.widgets import ${name}\n\n${name}(${given.join(", ")})`;
  }

  const defaults = ({ settings }) => Object.fromEntries(settings.map(({ name, default: first }) => [name, first]));

  globalThis.figureSettings = { query, settings, python, defaults };
})();
