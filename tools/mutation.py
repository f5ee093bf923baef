"""A pytest plugin for mutation runs (CONTRIBUTING.md): types checked, and no time spent on small counterexamples."""

from hypothesis import Phase, settings
from jaxtyping import install_import_hook

install_import_hook("segbook", "beartype.beartype")
settings.register_profile("mutation", database=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
settings.load_profile("mutation")
