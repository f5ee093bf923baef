"""Download a file that others publish: what breaks off is taken up again, and only the right file gets its name."""

import os
import shutil
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pooch
from tqdm.auto import tqdm

TRIES = 5
WAIT = 30  # seconds without an answer
BLOCK = 1 << 18


def download(url: str, path: Path, *, sha256: str | None, most_bytes: int, instead: str = "") -> Path:
    """Download a file, unless it is there, with a progress bar.

    What has come lies beside it as `.NAME.part` until all is there and its checksum agrees; a broken download goes on
    from there, now or at the next call.

    Args:
        url: Of the file.
        path: Where it belongs.
        sha256: Its checksum in hex; None takes any content.
        most_bytes: Bytes that it may have.
        instead: Said where there is no network: what can be done.

    Returns:
        The path.

    Raises:
        ValueError: If the checksum differs or the file is too large; nothing is left behind.
        ConnectionError: If the server cannot be reached, answers with an error or breaks off again and again.
    """
    part = path.with_name(f".{path.name}.part")
    known = None if sha256 is None else f"sha256:{sha256}"
    pooch.retrieve(
        url, known_hash=known, fname=path.name, path=path.parent, downloader=_resuming(part, most_bytes, instead)
    )
    return path


def _resuming(part: Path, most_bytes: int, instead: str) -> Any:
    """Make a downloader for pooch, which checks what it brings and gives it its name.

    Any: pooch's type for it has other names for the arguments than pooch itself.
    """

    def bring(url: str, output: Any, _: Any) -> None:
        for _ in range(TRIES):
            try:
                if _more(url, part, most_bytes):
                    shutil.move(part, output)
                    return
            except HTTPError as error:
                raise ConnectionError(f"{url} answers {error.code} ({error.reason}). {instead}") from error
            except URLError as error:
                raise ConnectionError(f"{url} cannot be reached ({error.reason}). {instead}") from error
            except (OSError, HTTPException) as error:
                if isinstance(error, OSError) and not isinstance(error, ConnectionError | TimeoutError):
                    raise  # a full disk, for one
        came = part.stat().st_size if part.exists() else 0
        raise ConnectionError(f"{url} broke off {TRIES} times, after {came:,} bytes; the next call goes on from there")

    return bring


def _more(url: str, part: Path, most_bytes: int) -> bool:
    """Ask for what is missing and append it; say whether all is there now."""
    came = part.stat().st_size if part.exists() else 0
    request = Request(url, headers={"User-Agent": "segbook"} | ({"Range": f"bytes={came}-"} if came else {}))
    try:
        answer = urlopen(request, timeout=WAIT)
    except HTTPError as error:
        if error.code != 416 or not came:  # no such range: what is there does not belong to this file
            raise
        part.unlink()
        return False
    with answer:
        goes_on = answer.status == 206 and (answer.headers["Content-Range"] or "").startswith(f"bytes {came}-")
        if answer.status == 206 and not goes_on:
            part.unlink()
            return False
        came = came if goes_on else 0
        length = answer.headers["Content-Length"]
        total = None if length is None else came + int(length)
        still = os.environ.get("TQDM_DISABLE", "0") not in ("", "0")
        with (
            part.open("ab" if goes_on else "wb") as file,
            tqdm(total=total, initial=came, unit="B", unit_scale=True, desc=part.name[1:-5], disable=still) as bar,
        ):
            while came <= most_bytes and (total is None or total <= most_bytes) and (block := answer.read(BLOCK)):
                file.write(block)
                came += len(block)
                bar.update(len(block))
    if max(came, total or 0) > most_bytes:
        part.unlink()
        raise ValueError(f"{url} has {max(came, total or 0):,} bytes or more, {most_bytes:,} at most are taken")
    return total is None or came >= total
