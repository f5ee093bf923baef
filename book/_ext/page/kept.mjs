/* What the reader wrote, by exercise, in this browser; as long as the page where the browser keeps nothing. */
const PREFIX = "segbook-answer-";
const memory = new Map();
export let lasting = true; // false as soon as the browser refuses

function attempt(action) {
  try {
    return action();
  } catch {
    lasting = false;
    return null;
  }
}

export const read = (id) => memory.get(id) ?? attempt(() => localStorage.getItem(PREFIX + id));

/* Keeps an answer; null forgets it. */
export function write(id, source) {
  memory.delete(id);
  if (source === null) attempt(() => localStorage.removeItem(PREFIX + id));
  else if (attempt(() => localStorage.setItem(PREFIX + id, source) ?? true) === null) memory.set(id, source);
}

/* Notes that this browser has fetched Python's files before, and says whether these are the ones. */
const FETCHED = "segbook-python";
export const fetched = (address) => attempt(() => localStorage.setItem(FETCHED, address));
export const hasFetched = (address) => attempt(() => localStorage.getItem(FETCHED)) === address;

/* Tells of answers that another tab wrote. */
export function follow(told) {
  window.addEventListener("storage", ({ key, newValue }) => {
    if (key?.startsWith(PREFIX)) told(key.slice(PREFIX.length), newValue);
  });
}
