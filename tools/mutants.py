"""Break the reference of every exercise in one place at a time, and see whether its cases notice: `make mutants`.

A mutant counts as killed if the cases of every seed reject it. What makes no difference is declared in
tests/equivalents/, with a reason, and compared with the reference on 2,000 other inputs. The table is written to
benchmarks/results/mutants.json and mutants.md.
"""

import json
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from segbook.exercises import Case, catalogue, get
from segbook.exercises.mutants import agreeing, mutants, surviving

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tests"))
MODULES = [import_module(f"equivalents.{path.stem}") for path in sorted(ROOT.glob("tests/equivalents/chapter*.py"))]
EQUIVALENT = {id: why for module in MODULES for id, why in module.EQUIVALENT.items()}
INPUTS = {id: draw for module in MODULES for id, draw in module.INPUTS.items()}
CLOSED = {id: one for id, one in catalogue().items() if not one.is_open}  # what an open exercise accepts is right
RESULTS = ROOT / "benchmarks" / "results" / "mutants.json"
SEEDS = (2016, *range(9))  # the notebooks' seed, and nine that stand for graders' secrets
COMPARED = 2000

Record = dict[str, Any]  # how many mutants, killed and equivalent; the changes of the survivors


def examine(id: str) -> Record:
    """Try every mutant of an exercise; survivors are those that are not shown to be equivalent.

    Raises:
        ValueError: If something is declared equivalent that the cases reject, or that is no mutant.
    """
    exercise, declared = get(id), EQUIVALENT.get(id, {})
    every = mutants(exercise.solution)
    alive = surviving(exercise, every, SEEDS)
    if idle := [change for change in declared if change not in {mutant.change for mutant in alive}]:
        raise ValueError(f"exercise {id}: declared equivalent, but no mutant that survives: {'; '.join(idle)}")
    rng = np.random.default_rng(0)
    inputs = [Case("", *INPUTS[id](rng)) for _ in range(COMPARED)] if declared else []
    equivalent = agreeing(exercise, [mutant for mutant in alive if mutant.change in declared], inputs)
    return {
        "mutants": len(every),
        "killed": len(every) - len(alive),
        "equivalent": len(equivalent),
        "survivors": [mutant.change for mutant in alive if mutant not in equivalent],
    }


def table(record: Mapping[str, Record]) -> str:
    """Write the record for people."""
    columns = ("mutants", "killed", "equivalent", "survivors")
    rows = [[id, *(one[c] if isinstance(one[c], int) else len(one[c]) for c in columns)] for id, one in record.items()]
    total = ["all", *(sum(row[at] for row in rows) for at in range(1, 5))]
    lines = [f"| {' | '.join(map(str, row))} |" for row in (["exercise", *columns], ["---:"] * 5, *rows, total)]
    head = ["# Mutants of the references", "", "Written by `make mutants`, which CONTRIBUTING.md explains.", ""]
    return "\n".join([*head, *lines, ""])


def main() -> None:
    """Examine every exercise, write the table, and fail if a mutant survives."""
    with ProcessPoolExecutor() as pool:
        record = dict(zip(CLOSED, pool.map(examine, CLOSED), strict=True))
    RESULTS.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    RESULTS.with_suffix(".md").write_text(table(record), "utf-8")
    for id, one in record.items():
        for change in one["survivors"]:
            print(f"{id}: {change}")
    print(table(record).splitlines()[-1])
    if any(one["survivors"] for one in record.values()):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
