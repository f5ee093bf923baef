"""A visit to a built page in a real browser, with the network off: from file://, or from the address of a server here."""

from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[2]
HTML = ROOT / "_build/html"
FILES = f"{HTML.as_uri()}/"
WHOLE = "!('inParts' in document.documentElement.dataset)"  # the page is laid out to its end (page.js)
# Tests look at a figure without going near it. What rests meanwhile is the matter of test_laying_out.
AWAKE = """() => document.head.append(Object.assign(document.createElement("style"), { textContent:
    ".bd-article section section > :not(section) { content-visibility: visible !important; }" }))"""


class Visit:
    """One page in one browser window; whatever it asks of the network, or complains of, is noted.

    A busy Chromium may at times find localStorage empty on a page of file://, though nothing is lost. So what a page
    must find there after another page has been open, or after a reload, is tested `at` the address of a server.
    """

    def __init__(self, browser, path=None, *, at=FILES, query="", width=1280, ready=True, **options):
        self.at, self.width, self.scheme = at, width, options.get("color_scheme", "light")
        self.context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        self.page = self.context.new_page()
        self.requests, self.complaints = [], []
        self.context.route("**/*", self._route)
        self.page.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        if path:
            self._open(f"{at}{path}{query}", ready)

    def turn_to(self, path, *, ready=True):
        """Open a page as if it were the first of a new window, which would take longer to come."""
        if self.page.url != "about:blank":
            self.page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        self.page.mouse.move(0, 0)
        self.page.set_viewport_size({"width": self.width, "height": 900})
        self.page.emulate_media(media="screen", color_scheme=self.scheme)
        self.requests.clear()
        self.complaints.clear()
        self._open(f"{self.at}{path}", ready)
        return self

    def resize(self, width, height=900):
        """Give the window another size, and wait until figures have heard of it and are drawn."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.evaluate(
            """(width) => new Promise((done) => {
            const look = () => requestAnimationFrame(() => innerWidth === width ? setTimeout(done) : look());
            requestAnimationFrame(look);
        })""",
            width,
        )

    def _open(self, address, ready):
        self.page.goto(address)
        figures = self.page.locator('script[type="application/vnd.jupyter.widget-view+json"]').count()
        if ready:
            self.page.wait_for_function(WHOLE)
            self.page.evaluate(AWAKE)  # add_style_tag would wait for ever for a page without scripts
        if ready and figures:
            self.page.evaluate("mountLiveFigures(document)")  # those too that wait for a reader to come near
            self.page.wait_for_function(
                f"document.querySelectorAll('.segbook svg, .segbook .warning').length >= {figures}"
            )

    def _route(self, route):
        if route.request.url.startswith((self.at, "file:", "data:", "blob:")):
            route.continue_()
        else:
            self.requests.append(route.request.url)
            route.abort()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.context.close()


def figure(visit, title):
    return visit.page.locator(".segbook", has_text=title)


# The script that stands for a figure is replaced by a copy of itself, which has not been mounted yet.
ANEW = """async (title) => {
    const old = [...document.querySelectorAll(".live-figure")].find((one) => one.textContent.includes(title));
    const view = old.previousElementSibling;
    old.remove();
    view.replaceWith(view.cloneNode(true));
    history.replaceState(null, "", location.pathname);
    scrollTo({ top: 0, behavior: "instant" });
    await mountLiveFigures(document);
}"""


def fresh(visit, title, *, width=1280, motion="no-preference"):
    """Draw a figure anew, as on a page just opened in a window of this width; the rest of the page stays as it is."""
    visit.page.emulate_media(reduced_motion=motion)
    visit.page.mouse.move(0, 0)
    if visit.page.viewport_size["width"] != width:
        visit.resize(width)
    visit.page.evaluate(ANEW, title)
    return figure(visit, title)


def set_slider(box, trait, value):
    box.locator(f"input[type=range][data-trait={trait}]").evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input', { bubbles: true })); }", value
    )


def values(box, traits):
    """Read several sliders at once: what is asked of a page one by one takes longer than it takes the page to answer."""
    return box.evaluate(
        "(box, all) => all.map((trait) => box.querySelector(`input[type=range][data-trait=${trait}]`).valueAsNumber)",
        list(traits),
    )


def value(box, trait):
    return values(box, [trait])[0]


def limits(box, trait):
    """Read the least and the largest value of a slider, and its step."""
    slider = box.locator(f"input[type=range][data-trait={trait}]")
    return slider.evaluate("(slider) => [slider.min, slider.max, slider.step].map(Number)")


def move(box, rng, traits):
    trait = rng.choice(traits)
    low, high, _ = limits(box, trait)
    set_slider(box, trait, rng.randint(low, high))


def edges(rows):
    """Count the edges between pixels of different values, the border of the map included."""
    empty = [0] * (len(rows[0]) + 2)
    padded = [empty, *([0, *row, 0] for row in rows), empty]
    lines = [*padded, *zip(*padded, strict=True)]
    return sum(a != b for line in lines for a, b in pairwise(line))
