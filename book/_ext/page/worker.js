/* Python beside the page, so that an endless loop stops neither scrolling nor the Stop button. The page makes this
   worker of text and sends it every file that Python is made of, so it asks nobody for anything, from file:// too. */
const unpack = async (text) => {
  const packed = Uint8Array.fromBase64
    ? Uint8Array.fromBase64(text)
    : Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};
const types = { wasm: "application/wasm", json: "application/json" };
const tell = (printed) => postMessage({ printed });
let runner;

/* Starts Python and gives back what the browser has compiled, so that it need not do so again. */
async function start(packed, compiled) {
  const files = {};
  await Promise.all(
    Object.entries(packed).map(async ([name, text]) => {
      files[name] = await unpack(text);
    }),
  );
  // Pyodide fetches its parts by name from beside itself; here they are.
  self.fetch = async (address) => {
    const name = String(address.url ?? address)
      .split("/")
      .pop();
    if (!(name in files)) throw new Error(`${name} is not among the page's files`);
    return new Response(files[name], { headers: { "content-type": types[name.split(".").pop()] ?? "" } });
  };
  const core = compiled ?? (await WebAssembly.compile(files["pyodide.asm.wasm"]));
  WebAssembly.instantiateStreaming = async (_, imports) => ({
    module: core,
    instance: await WebAssembly.instantiate(core, imports),
  });
  for (const name of ["pyodide.asm.js", "pyodide.js"]) {
    const address = URL.createObjectURL(new Blob([files[name]], { type: "text/javascript" }));
    importScripts(address);
    URL.revokeObjectURL(address);
  }
  const python = await self.loadPyodide({ indexURL: "https://page.invalid/", stdin: () => null });
  await python.loadPackage("numpy", { messageCallback() {} });
  python.unpackArchive(files["exercises.zip"], "zip");
  runner = python.pyimport("runner");
  return core;
}

self.onmessage = async ({ data }) => {
  try {
    if (data.files) {
      postMessage({ ready: await start(data.files, data.compiled) });
      return;
    }
    const { id, before, source } = data;
    postMessage({ said: JSON.parse(id ? runner.run(id, source, tell) : runner.run_cell(before, source, tell)) });
  } catch (error) {
    postMessage({ lost: String(error).slice(0, 300) });
  }
};
