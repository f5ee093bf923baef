"""A visit to a built page in a real browser, from file:// and with the network off."""

from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[2]
HTML = ROOT / "_build/html"


class Visit:
    """One page in one browser window; whatever it asks of the network, or complains of, is noted."""

    def __init__(self, browser, path, *, query="", width=1280, ready=True, **options):
        self.context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        self.page = self.context.new_page()
        self.requests, self.complaints = [], []
        self.context.route("**/*", self._route)
        self.page.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto((HTML / path).as_uri() + query)
        figures = self.page.locator('script[type="application/vnd.jupyter.widget-view+json"]').count()
        if ready and figures:
            self.page.evaluate("mountLiveFigures(document)")  # those too that wait for a reader to come near
            self.page.wait_for_function(
                f"document.querySelectorAll('.segbook svg, .segbook .warning').length >= {figures}"
            )

    def _route(self, route):
        if route.request.url.startswith(("file:", "data:", "blob:")):
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


def set_slider(box, trait, value):
    box.locator(f"input[type=range][data-trait={trait}]").evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input', { bubbles: true })); }", value
    )


def value(box, trait):
    return int(box.locator(f"input[type=range][data-trait={trait}]").input_value())


def move(box, rng, traits):
    trait = rng.choice(traits)
    slider = box.locator(f"input[type=range][data-trait={trait}]")
    low, high = (int(slider.get_attribute(name)) for name in ("min", "max"))
    set_slider(box, trait, rng.randint(low, high))


def edges(rows):
    """Count the edges between pixels of different values, the border of the map included."""
    empty = [0] * (len(rows[0]) + 2)
    padded = [empty, *([0, *row, 0] for row in rows), empty]
    lines = [*padded, *zip(*padded, strict=True)]
    return sum(a != b for line in lines for a, b in pairwise(line))
