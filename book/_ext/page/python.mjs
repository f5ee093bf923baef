/* The page's one Python: its files, its worker, and what can go wrong with either. */
import WORKER from "./worker.js" with { type: "text" };

const MB = 1e6;

/* Reads `globalThis.NAME = {…};`, over the network with its progress in bytes, from a disk as a script, because a page
   from file:// may fetch nothing. */
export async function load(address, name, size, progress) {
  if (location.protocol === "file:") {
    await new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement("script"), { src: address });
      script.onload = resolve;
      script.onerror = () => reject(new Error("the file is not beside the page"));
      document.head.append(script);
    });
    return globalThis[name];
  }
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const reader = response.body.getReader(),
    parts = [];
  let bytes = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    bytes += part.value.length;
    progress(bytes / MB, size / MB);
  }
  const text = await new Blob(parts).text();
  return JSON.parse(text.slice(text.indexOf("=") + 1, text.lastIndexOf(";")));
}

/* Thrown where an answer did not run to its end, in words for the reader. */
export class Ended extends Error {}

export class Python {
  #files = null;
  #loading = null;
  #say = () => {}; // of the run that waits
  #print = () => {}; // likewise
  #worker = null;
  #ready = null;
  #compiled; // what a Python that starts anew need not wait for
  #end = null; // rejects what is under way
  busy = ""; // what runs: an exercise, or a cell

  /* `bring(say)` brings everything that the worker needs. */
  constructor(bring) {
    this.bring = bring;
  }

  /* Runs { id, source }, an answer, or { before, source }, a cell; `say(words, part)` tells how far it is and
     `print(text)` what it prints. */
  async run(name, message, say, print) {
    if (this.busy) throw new Ended(`Python is still busy with ${this.busy}. Stop that first.`);
    this.busy = name;
    this.#say = say;
    this.#print = print;
    try {
      const stopped = new Promise((_, reject) => {
        this.#end = reject;
      });
      stopped.catch(() => {});
      await Promise.race([this.#start(say), stopped]);
      say("Running …");
      return await Promise.race([this.#ask(message, "said"), stopped]);
    } finally {
      this.busy = "";
      this.#end = null;
    }
  }

  /* Starts ahead of the first run. It says nothing: what goes wrong is said by that run, which tries again. */
  ahead() {
    this.#start(() => {}).catch(() => {});
  }

  stop() {
    const loading = !this.#files;
    this.#end?.(new Ended(loading ? "Stopped." : "Stopped. Python starts anew by itself."));
    if (!loading) this.#renew();
  }

  async #start(say) {
    if (!this.#files) {
      say("Loading Python …");
      try {
        this.#loading ??= this.bring((...words) => this.#say(...words));
        this.#files = await this.#loading;
      } catch (error) {
        this.#loading = null;
        throw new Ended(
          `Python could not be loaded (${error.message}). Are you offline? Your answer is kept: press Run again later.`,
        );
      }
    }
    say("Starting Python …");
    this.#ready ??= this.#begin();
    try {
      await this.#ready;
    } catch (error) {
      this.#forget();
      throw new Ended(`Python did not start: ${error.message}. Press Run to try again, or reload the page.`);
    }
  }

  #begin() {
    const address = URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" }));
    this.#worker = new Worker(address);
    return this.#ask({ files: this.#files, compiled: this.#compiled }, "ready").then((compiled) => {
      this.#compiled = compiled;
    });
  }

  /* Sends a message and waits for its one answer. A worker that is lost takes its Python along: a new one starts. */
  #ask(message, key) {
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      const lost = (why) => {
        if (key === "ready") reject(new Error(why));
        else {
          this.#renew();
          reject(new Ended(`Python ended unexpectedly (${why}). It starts anew by itself; your answer is kept.`));
        }
      };
      worker.onmessage = ({ data }) => {
        if ("printed" in data) this.#print(data.printed);
        else if ("lost" in data) lost(data.lost);
        else resolve(data[key]);
      };
      worker.onerror = (event) => {
        event.preventDefault();
        lost(event.message || "the browser gave no reason");
      };
      worker.postMessage(message);
    });
  }

  #forget() {
    this.#worker?.terminate();
    this.#worker = this.#ready = null;
  }

  #renew() {
    this.#forget();
    this.#ready = this.#begin();
    this.#ready.catch(() => {});
  }
}
