"""Where the book is: the cell that installs its module, and the pages of its chapters.

The addresses are those that `pyproject.toml` names, so a fork that changes them hands out its own. Needs no torch.
"""

from importlib.metadata import PackageNotFoundError, metadata

PAGES = {
    "1": "01_tasks",
    "2": "02_problem_definition",
    "3": "03_patches",
    "4": "04_fcn",
    "5": "05_downsampling",
    "6": "06_transposed_convolution",
    "7": "07_encoder_decoder",
    "8": "08_unet",
    "9": "09_weighted_loss",
    "10": "10_summary",
    "11": "11_real_images",
}
"""The files of the chapters, without their endings."""


def setup_cell(url: str, version: str, branch: str = "") -> str:
    """Write the cell that installs segbook where it is missing (Colab), and touches nothing else.

    Args:
        url: The repository's address.
        version: Of segbook. A release installs its tag; a version between two releases (`0.2.0.dev0`) its branch.
        branch: Where such a version grows; the repository's own first branch if not named.
    """
    between = f"refs/heads/{branch}" if branch else "HEAD"
    name = between if "dev" in version else f"refs/tags/v{version}"
    return (
        "# Setup: where the book's small module is missing (Colab), install it;\n"
        "# every other package stays as it is.\n"
        "import importlib.util\n"
        "\n"
        'if importlib.util.find_spec("segbook") is None:\n'
        f'    %pip install --quiet "segbook @ {url}/archive/{name}.zip"'
    )


def own_setup_cell() -> str:
    """Write the cell that installs this version of segbook from where it says that it comes.

    Raises:
        ValueError: If segbook is not installed.
    """
    return setup_cell(address("Repository"), metadata("segbook")["Version"])


def link_to(chapter: str) -> str:
    """Write the link to a chapter's page in Markdown; nothing for what is no chapter of the book."""
    page = PAGES.get(chapter)
    return f"[chapter {chapter}]({address('Documentation').rstrip('/')}/book/{page}.html)" if page else ""


def address(what: str) -> str:
    """Look up an address of the project: "Repository" or "Documentation".

    Raises:
        ValueError: If segbook is not installed, so that nothing names it.
    """
    try:
        named = metadata("segbook").get_all("Project-URL") or []
    except PackageNotFoundError:
        named = []
    found = dict(one.split(", ", maxsplit=1) for one in map(str, named))
    if what not in found:
        raise ValueError(f"nothing names the book's {what}: segbook is not installed; pip install it, then try again")
    return found[what]
