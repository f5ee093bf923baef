"""Every call of segbook in the tests has its types checked, and its shapes and dtypes where it names any."""

from pathlib import Path

from beartype.claw import beartype_package
from jaxtyping import install_import_hook

# jaxtyping ties the axes of a call together, at twenty times the price of a check of types alone. So it looks only
# after the modules that name axes.
SHAPED = [
    ".".join(path.relative_to(Path(__file__).parent).with_suffix("").parts)
    for path in Path(__file__).parent.glob("segbook/**/*.py")
    if "import jaxtyping" in (text := path.read_text("utf-8")) or "from jaxtyping" in text
]

beartype_package("segbook")
install_import_hook(SHAPED, "beartype.beartype")
