/* Lets a reader choose the version of the book, once there is more than one. The site lists them in versions.json
   (tools/site.py): "latest", whose pages lie at the root itself, and folders such as "v0.2.0". Pages on a disk are one
   version and ask for nothing. */
(async () => {
  "use strict";
  if (!location.protocol.startsWith("http")) return;
  const book = new URL(document.documentElement.dataset.content_root, location.href), // where this version begins
    here = book.pathname.match(/\/(v\d+(?:\.\d+)+\w*)\/$/)?.[1] ?? "latest",
    site = new URL(here === "latest" ? "." : "..", book),
    page = location.pathname.slice(book.pathname.length);
  const versions = await fetch(new URL("versions.json", site))
    .then((answer) => answer.json())
    .catch(() => []);
  if (versions.length < 2 || !versions.includes(here)) return;

  const select = document.createElement("select");
  select.className = "version-switch";
  select.ariaLabel = "Version of the book";
  for (const version of versions) select.add(new Option(version, version, false, version === here));
  select.addEventListener("change", async () => {
    const chosen = select.value === "latest" ? site : new URL(`${select.value}/`, site),
      same = new URL(page, chosen),
      found = await fetch(same, { method: "HEAD" }).then(({ ok }) => ok);
    location.assign(found ? same : chosen); // a page that this version does not have: its first one
  });
  document.querySelector(".article-header-buttons")?.prepend(select);
})();
