"""Give the package's page at its registry the README, with addresses where it has links within the repository.

Hatchling runs this whenever it builds segbook; nothing but hatchling is at hand then.
"""

import re
from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface

LINK = re.compile(r"(!?)(\[[^\]]*\])\((?!https?:|#)([^)\s]+)\)")


def absolute(text: str, home: str) -> str:
    """Replace links to files by their addresses in the repository's default branch, where pictures are raw.

    Args:
        text: In Markdown.
        home: The repository's address.
    """
    return LINK.sub(lambda found: f"{found[1]}{found[2]}({home}/{'raw' if found[1] else 'blob'}/HEAD/{found[3]})", text)


class Readme(MetadataHookInterface):
    """Hatchling's hook."""

    def update(self, metadata: dict) -> None:
        """Set what pyproject.toml calls dynamic.

        Args:
            metadata: The table [project].
        """
        text = Path(self.root, "README.md").read_text("utf-8")
        metadata["readme"] = {
            "content-type": "text/markdown", "text": absolute(text, metadata["urls"]["Repository"]),
        }  # fmt: skip
