"""How soon a live figure shows what a slider was set to."""

import statistics
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tools"))  # where chromium is

from playwright.sync_api import CDPSession
from served import HTML, SLOWER, served, slowed

TITLE = "From a slider to the screen"
NOTE = (
    "Each figure's first slider is set 30 times, back and forth over its range; from the event to the end of the first "
    f"frame that shows the answer, on this processor and on one {SLOWER} times slower. A frame is 16.7 ms, and every "
    "answer waits for one. 'Work' is the processor time of one change, drawing and layout included, which does not "
    "depend on what else the machine does."
)
# A frame's own callback runs before it is painted, a message after it.
DRAG = """async (slider) => {
    slider.scrollIntoView({ block: "center" });
    const painted = () => new Promise((done) => requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = done;
        port2.postMessage(0);
    }));
    const { min, max, step } = slider, span = max - min, waits = [];
    await painted();
    for (let i = 0; i < 30; i++) {
        const share = (1 + Math.sin(1.3 * i)) / 2, value = Number(min) + span * share;
        slider.value = value;
        const start = performance.now();
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        await painted();
        waits.push(performance.now() - start);
    }
    return waits;
}"""


def measure() -> list[dict]:
    """Move the first slider of every figure of every chapter."""
    chapters = sorted(page.relative_to(HTML).as_posix() for page in HTML.glob("book/[0-9]*.html"))
    times: dict[str, dict[str, str]] = {}
    with served() as (browser, base):
        for chapter in chapters:
            for label, slow in (("", False), (f", ÷ {SLOWER}", True)):
                with browser.new_page(viewport={"width": 1280, "height": 900}) as page:
                    session = slowed(page, line=False) if slow else page.context.new_cdp_session(page)
                    session.send("Performance.enable", {"timeDomain": "threadTicks"})
                    page.goto(base + chapter, wait_until="load")
                    page.evaluate("window.mountLiveFigures?.(document)")
                    page.wait_for_timeout(2500)  # all else that the page does at first is done
                    for figure in page.locator(".segbook.live-figure").all():
                        slider = figure.locator("input[type=range]:visible").first
                        if slider.count() == 0:
                            continue
                        before = _busy(session)
                        waits = slider.evaluate(DRAG)
                        work = (_busy(session) - before) / len(waits)
                        name = f"{chapter[5:7]} {figure.locator('strong').first.text_content()}"
                        row = times.setdefault(name, {})
                        row[f"median{label}"] = f"{statistics.median(waits):.0f} ms"
                        row[f"95 %{label}"] = f"{statistics.quantiles(waits, n=20)[-1]:.0f} ms"
                        row |= {"work": f"{work:.1f} ms"} if not slow else {}
    return [{"figure": name} | row for name, row in times.items()]


def _busy(session: CDPSession) -> float:
    """Read the processor time of the page's main thread, in milliseconds."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(one["value"] for one in metrics if one["name"] == "TaskDuration") * 1000
