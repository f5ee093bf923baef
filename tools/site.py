"""Put built pages where they are served from, beside the versions that stay: `tools/site.py publish FOLDER PLACE`.

The branch `gh-pages` holds the pages of main at its root, those of each release in a folder such as `v0.2.0`, and those
of open pull requests in `preview/NUMBER`. From `versions.json` pages know which versions there are. The branch is one
commit without a past: what is there is what is served, and old pages do not make the repository grow. Needs git and no
package; the address of the repository stands in SITE, and a token that may write to it in SITE_TOKEN.
"""

import argparse
import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BRANCH = "gh-pages"
LATEST = "latest"
RELEASE = re.compile(r"v\d+(\.\d+)+\w*")
PLACES = re.compile(rf"latest|{RELEASE.pattern}|preview/\d+")
TRIES = 3  # others may publish meanwhile


class Refused(Exception):
    """The pages cannot go there."""


def place(site: Path, pages: Path, where: str) -> None:
    """Put pages into a copy of the site.

    Args:
        site: All that is served.
        pages: A built book.
        where: "latest", a version such as "v0.2.0", or "preview/12".

    Raises:
        Refused: If there is no such place, no book, or a version is there already: it stays as it is.
    """
    _known(where)
    if not (pages / "index.html").is_file():
        raise Refused(f"{pages} holds no book: no index.html")
    if where == LATEST:
        for old in site.iterdir():
            if old.name != "preview" and not PLACES.fullmatch(old.name):
                _remove(old)
        shutil.copytree(pages, site, dirs_exist_ok=True)
        return
    target = site / where
    if target.exists() and where.startswith("v"):
        raise Refused(f"{where} is published already, and a release's pages stay as they are; tag a new version")
    _remove(target)
    shutil.copytree(pages, target)


def withdraw(site: Path, where: str) -> None:
    """Take a preview out of a copy of the site; nothing happens if it is not there.

    Args:
        site: All that is served.
        where: Such as "preview/12".

    Raises:
        Refused: If it is no preview.
    """
    _known(where)
    if not where.startswith("preview/"):
        raise Refused(f"{where} is no preview; only previews are withdrawn")
    _remove(site / where)


def versions(site: Path) -> list[str]:
    """List the versions that a copy of the site has, the newest first: "latest", then such as "v0.2.0".

    Args:
        site: All that is served.
    """

    def age(name: str) -> tuple[list[int], bool, str]:
        more = name.lstrip("v.0123456789")
        numbers = name.removeprefix("v").removesuffix(more).split(".")
        return [int(one) for one in numbers], not more, more  # 0.2.0rc1 comes before 0.2.0

    released = [path.name for path in site.iterdir() if path.is_dir() and RELEASE.fullmatch(path.name)]
    return [LATEST] * (site / "index.html").is_file() + sorted(released, key=age, reverse=True)


def _known(where: str) -> None:
    if not PLACES.fullmatch(where):
        raise Refused(f"{where!r} is no place; there are latest, versions such as v0.2.0, and preview/12")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _git(folder: Path, *words: str) -> str:
    token, variables = os.environ.get("SITE_TOKEN"), dict(os.environ)
    if token:  # by a variable, because others can read a command's words
        header = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        variables |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.extraheader"}
        variables |= {"GIT_CONFIG_VALUE_0": f"AUTHORIZATION: basic {header}"}
    command = ["git", "-c", "user.name=segbook", "-c", "user.email=segbook@users.noreply.github.com", *words]
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"git {words[0]} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def change(address: str, arguments: argparse.Namespace) -> None:
    """Fetch what is served, change it, and push it back, unless someone else was faster: then once more.

    Args:
        address: Of the repository.
        arguments: What to do.

    Raises:
        Refused: If it must not be done.
        RuntimeError: If git cannot fetch or push.
    """
    for attempt in range(1, TRIES + 1):
        with tempfile.TemporaryDirectory() as name:
            # Nothing of this folder goes into the site: git's own folder lies outside of it.
            store, site = Path(name, "store"), Path(name, "site")
            site.mkdir()
            _git(site, "init", "--quiet", "--bare", str(store))
            old = _git(store, "ls-remote", address, f"refs/heads/{BRANCH}").partition("\t")[0]
            git = (f"--git-dir={store}", f"--work-tree={site}")
            if old:
                _git(store, "fetch", "--quiet", "--depth=1", address, old)
                _git(site, *git, "checkout", "--quiet", old, "--", ".")
            if arguments.what == "publish":
                place(site, arguments.folder.resolve(), arguments.place)
            else:
                withdraw(site, arguments.place)
            (site / "versions.json").write_text(json.dumps(versions(site)) + "\n", "utf-8")
            (site / ".nojekyll").touch()  # or folders that begin with "_" would not be served
            _git(site, *git, "add", "--all", "--force")
            tree = _git(site, *git, "write-tree")
            new = _git(site, *git, "commit-tree", tree, "-m", f"{arguments.what} {arguments.place}")
            try:
                lease = f"--force-with-lease=refs/heads/{BRANCH}:{old}"
                _git(store, "push", "--quiet", lease, address, f"{new}:refs/heads/{BRANCH}")
                return
            except RuntimeError:
                if attempt == TRIES:
                    raise


def main() -> int:
    """Publish or withdraw."""
    parser = argparse.ArgumentParser(description="Change what the book's site serves.")
    actions = parser.add_subparsers(dest="what", required=True)
    publish = actions.add_parser("publish", help="put built pages at a place")
    publish.add_argument("folder", type=Path)
    publish.add_argument("place", help="latest, a version such as v0.2.0, or preview/12")
    actions.add_parser("withdraw", help="take a preview away").add_argument("place")
    arguments = parser.parse_args()
    if not (address := os.environ.get("SITE")):
        parser.error("SITE must be the address of the repository")
    try:
        change(address, arguments)
    except (Refused, RuntimeError) as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
