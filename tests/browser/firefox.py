"""A headless Firefox as its distributor ships it, driven over WebDriver BiDi, which it speaks by itself.

Playwright drives only a Firefox of its own making. What a test needs is little: open a page, ask it something, press
keys, click, look. https://w3c.github.io/webdriver-bidi/ has the commands.
"""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import websocket

NAMES = ("firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox")
MISSING = "needs Firefox: 'apt-get install firefox-esr' (Debian), 'brew install --cask firefox' (macOS)"
KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004", "Control": "\ue009", "Shift": "\ue008"} | {
    "ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015"
}  # fmt: skip
# A profile that asks nobody anything and keeps downloads where the test looks for them.
SETTINGS = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.download.folderList": 2,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "remote.active-protocols": 1,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}


def find() -> str | None:
    """Return the path of the first Firefox found, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def started(program: str) -> Iterator["Firefox"]:
    """Start a Firefox with an empty profile; it ends with the block, and its profile goes."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        profile, downloads = Path(folder, "profile"), Path(folder, "downloads")
        profile.mkdir()
        downloads.mkdir()
        settings = SETTINGS | {"browser.download.dir": str(downloads)}
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in settings.items()]
        (profile / "user.js").write_text("".join(lines), "utf-8")
        command = [program, "--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", str(profile)]
        process = subprocess.Popen(
            command, env=os.environ | {"HOME": folder}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            browser = Firefox(_address(process, profile / "WebDriverBiDiServer.json"), downloads, process.pid)
            try:
                yield browser
            finally:
                browser.close()
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _address(process: subprocess.Popen, written: Path) -> str:
    """Wait until Firefox says where it listens."""
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"Firefox ended with status {process.returncode} before it listened")
        try:
            server = json.loads(written.read_text("utf-8"))
            return f"ws://{server['ws_host']}:{server['ws_port']}/session"
        except (OSError, ValueError):
            time.sleep(0.1)
    raise RuntimeError("Firefox did not listen within a minute")


class Firefox:
    """A browser with one page open at a time.

    Attributes:
        requests: Addresses that pages have asked for.
        complaints: Errors that pages have thrown or written to the console.
    """

    def __init__(self, address: str, downloads: Path, pid: int) -> None:
        self.downloads, self.pid = downloads, pid
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self._socket = websocket.create_connection(address, timeout=60, suppress_origin=True)
        self._number = 0
        always = {"alwaysMatch": {"unhandledPromptBehavior": {"default": "accept"}}}
        self.version = self._ask("session.new", capabilities=always)["capabilities"]["browserVersion"]
        self._ask("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])
        self._page = self._ask("browsingContext.getTree")["contexts"][0]["context"]

    def close(self) -> None:
        """Leave the browser, which then ends by itself or is ended."""
        self._socket.close()

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == self._number:
                if message["type"] == "error":
                    raise RuntimeError(f"{method}: {message['message']}")
                return message["result"]
            self._note(message.get("method"), message.get("params", {}))

    def _note(self, event: str, params: dict[str, Any]) -> None:
        if event == "network.beforeRequestSent":
            self.requests.append(params["request"]["url"])
        elif event == "log.entryAdded" and params["level"] == "error":
            self.complaints.append(params["text"])

    def goto(self, address: str, *, width: int = 1280, height: int = 900) -> None:
        """Open a page in a window of a size in pixels, and wait until it is loaded."""
        viewport = {"width": width, "height": height}
        self._ask("browsingContext.setViewport", context=self._page, viewport=viewport)
        self._ask("browsingContext.navigate", context=self._page, url=address, wait="complete")

    def evaluate(self, function: str, *arguments: Any) -> Any:
        """Call a function of JavaScript in the page; arguments and what it returns are JSON.

        Raises:
            RuntimeError: If it throws.
        """
        call = f"(async () => JSON.stringify((await ({function})(...{json.dumps(arguments)})) ?? null))()"
        target = {"context": self._page}
        answer = self._ask("script.evaluate", expression=call, target=target, awaitPromise=True)
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def wait(self, function: str, *arguments: Any, seconds: float = 120) -> None:
        """Call a function of JavaScript until what it returns is true."""
        end = time.monotonic() + seconds
        while not self.evaluate(f"async (...all) => Boolean(await ({function})(...all))", *arguments):
            if time.monotonic() > end:
                shown = self.evaluate("() => document.body.innerText.slice(-1500)")
                raise TimeoutError(f"not within {seconds:g} s: {function} {arguments}; the page ends in\n{shown}")
            time.sleep(0.05)

    def click(self, selector: str) -> None:
        """Scroll to the first element of a selector, wait until it keeps still, and click into its middle."""
        middle = """async (selector) => {
            const place = () => {
                const element = document.querySelector(selector);
                element.scrollIntoView({ block: "center", behavior: "instant" });
                const { x, y, width, height } = element.getBoundingClientRect();
                return [x + width / 2, y + height / 2].map(Math.round);
            };
            for (let before, now = place(), still = 0; still < 5; before = now) {
                await new Promise(requestAnimationFrame);
                now = place();
                still = String(now) === String(before) ? still + 1 : 0;
            }
            return place();
        }"""
        x, y = self.evaluate(middle, selector)
        move = {"type": "pointerMove", "x": x, "y": y}
        actions = [move, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self._act({"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions})

    def press(self, *keys: str) -> None:
        """Press keys together, such as "Control" and "Enter", the first one longest."""
        values = [KEYS.get(key, key) for key in keys]
        down = [{"type": "keyDown", "value": value} for value in values]
        self._act({"type": "key", "id": "keys", "actions": down + [one | {"type": "keyUp"} for one in down[::-1]]})

    def type(self, text: str) -> None:
        """Type a text into what has the focus."""
        for key in text:
            self.press({"\n": "Enter"}.get(key, key))

    def _act(self, source: dict[str, Any]) -> None:
        self._ask("input.performActions", context=self._page, actions=[source])

    def screenshot(self, path: Path) -> None:
        """Keep a picture of what the window shows."""
        shot = self._ask("browsingContext.captureScreenshot", context=self._page)
        path.write_bytes(base64.b64decode(shot["data"]))
