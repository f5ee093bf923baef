"""Do a chapter's claims from training hold wherever it runs? Train it again and again, and keep a record.

    python benchmarks/claims.py 09 --runs 24        # record chapter 9 anew; what is already recorded is kept
    python benchmarks/claims.py                     # every chapter that trains
    python benchmarks/claims.py 09 --ranges         # write the ranges that the record asks for into the chapter

A cell declares beside its code what the text concludes from it, as the paired difference less the claimed bound,

    claims:
      "U-Net's boundary F is higher than without skips by 0.05": unet["F"] - plain["F"] - 0.05

and under `dropped`, in the same form, what one would like to conclude and cannot. A run executes the chapter's cells in
a Python of its own: other first weights and batches (every `manual_seed(n)` and the shuffling of `train.fit` get
another seed), and in turn each instruction set and number of threads that the machine offers, because in training a
last bit grows as a seed does. A claim holds if it is positive in every one of at least 20 runs and its mean is at least
three standard deviations from zero. The numbers that a cell prints under `ranges` (tools/ranges.py) are recorded, too.

Every run is a file in `--shards`, so that an interrupted recording goes on where it stopped, and runs of several
machines can be put together; `benchmarks/results/claims.json` is written from them. A record belongs to the code of its
chapter: if a cell changes that does more than show, run this again. A cell with the tag `apart` trains a network for
itself, and nothing is recorded of it: it has random numbers of its own, and others count only if they read its results.
"""

import argparse
import ast
import contextlib
import hashlib
import io
import json
import os
import platform
import re
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from math import ceil, floor, log10
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path += [str(ROOT), str(ROOT / "tools")]

import jupytext  # noqa: E402
import ranges as declarations  # noqa: E402
from tqdm import tqdm  # noqa: E402

RECORD = ROOT / "benchmarks" / "results" / "claims.json"
RUNS, DEVIATIONS = 20, 3
CLAIMS = ("claims", "dropped")
# What ATen and oneDNN call the same instructions, each set larger than the one before; both must be told.
INSTRUCTIONS = {"default": "SSE41", "avx2": "AVX2", "avx512": "AVX512_CORE"}
PAGE = """\
# What the chapters conclude from training

Written by `make claims` from `claims.json`, which has every run. A run executes a chapter's cells with other first
weights and batches. A difference has the claimed bound taken off; it is concluded if it is positive in every run, of 20
at least, and its mean is at least three standard deviations.
"""
# Calls that change what they are given; so do those whose names end in an underscore.
CHANGES = {"append", "backward", "eval", "extend", "fit", "pop", "step", "train", "update"}
SEEDED = re.compile(r"manual_seed\((\d+)\)")


def chapters(which: list[str] | None = None) -> list[Path]:
    """List the chapters that train networks, or of these the ones whose names begin so."""
    training = [path for path in sorted(ROOT.glob("book/[0-9]*.md")) if "train.fit(" in path.read_text("utf-8")]
    return [path for path in training if not which or any(path.name.startswith(name) for name in which)]


def recorded(which: list[str] | None = None) -> list[Path]:
    """List the chapters of which a record is kept: those that print a number from training, or conclude from one."""
    return [path for path in chapters(which) if any(declared(path))]


def code_cells(chapter: Path) -> list:
    """Read a chapter's code cells, each with its source and metadata."""
    return [cell for cell in jupytext.read(chapter, fmt="md:myst").cells if cell.cell_type == "code"]


def fingerprint(chapter: Path) -> str:
    """Hash what a chapter computes: its code without comments, layout, alternative texts and imports, on any Python.

    What an import names is used below it under that name; where a module lies is no part of what is computed. Cells
    that only show are left out, for no claim depends on them: they plot, print, and bind what only such cells read.
    So are cells that are apart, unless another cell reads what they bind.
    """
    cells = code_cells(chapter)
    trees = [ast.parse(cell.source) for cell in cells]
    declares = [bool(cell.metadata.keys() & {"ranges", *CLAIMS}) for cell in cells]
    reads = [_reads(tree.body) | _claimed(cell) for cell, tree in zip(cells, trees, strict=True)]
    shows = [_is_alone(cell) or _only_shows(tree) for cell, tree in zip(cells, trees, strict=True)]
    kept, more = set(), {i for i in range(len(cells)) if declares[i] or not shows[i]}
    while more:
        kept |= more
        needed = set().union(*(reads[i] for i in kept))
        more = {i for i, tree in enumerate(trees) if i not in kept and _bound(tree) & needed}
    return hashlib.sha256(json.dumps([_essence(trees[i]) for i in sorted(kept)]).encode()).hexdigest()[:16]


def _is_alone(cell: object) -> bool:
    return "apart" in cell.metadata.get("tags", [])


def _claimed(cell: object) -> set[str]:
    """List the names that a cell's claims have from other cells."""
    claims = [difference for kind in CLAIMS for difference in cell.metadata.get(kind, {}).values()]
    return {name for claim in claims for name in _loaded(ast.parse(claim))} - _bound(ast.parse(cell.source))


def _loaded(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store)}


def _bound(tree: ast.AST) -> set[str]:
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return names | {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def _reads(statements: list[ast.stmt]) -> set[str]:
    """List the names that a cell may have from another cell: read before a line of its own has bound them."""
    found, own = set(), set()
    for statement in statements:
        inner = {node.arg for node in ast.walk(statement) if isinstance(node, ast.arg)}
        for node in ast.walk(statement):
            inner |= _bound(node.target) if isinstance(node, ast.comprehension | ast.For) else set()
        if isinstance(statement, ast.For | ast.With | ast.FunctionDef):
            body, statement.body = statement.body, []
            found |= (_loaded(statement) | _reads(body)) - inner - own
            statement.body = body
            own |= {statement.name} if isinstance(statement, ast.FunctionDef) else set()
            continue
        found |= _loaded(statement) - inner - own
        found |= _bound(statement) - own if isinstance(statement, ast.AugAssign) else set()
        own |= _bound(statement) if isinstance(statement, ast.Assign | ast.ClassDef) else set()
    return found


def _only_shows(tree: ast.Module) -> bool:
    """Tell whether code plots, prints and binds names, and changes nothing but axes and lists of its own."""
    own = _own_lists(tree)

    def shows(statement: ast.stmt) -> bool:
        match statement:
            case ast.Import() | ast.ImportFrom() | ast.FunctionDef() | ast.Expr(ast.Name()):
                return True
            case ast.Expr(ast.Call(func=ast.Name("print") | ast.Attribute(ast.Name("plot")))):
                return True
            case ast.Expr(ast.Call(func=ast.Attribute(ast.Name(name), "append"))):
                return name in own
            case ast.Expr(ast.Call(func=ast.Attribute(drawn))):  # on an axis
                return isinstance(root := drawn.value if isinstance(drawn, ast.Subscript) else drawn, ast.Name) and (
                    root.id in {"ax", "axes"} & _bound(tree)
                )
            case ast.Assign(targets=targets):
                parts = [part for target in targets for part in ast.walk(target)]
                return not any(isinstance(part, ast.Attribute | ast.Subscript) for part in parts)
            case ast.For(body=body) | ast.With(body=body):
                return all(map(shows, body))
        return False

    lengthens = {(name, "append") for name in own}
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    calls = {node.attr for node in attributes if (getattr(node.value, "id", ""), node.attr) not in lengthens}
    changes = any(name in CHANGES or name.endswith("_") or name.startswith(("rand", "manual_seed")) for name in calls)
    return all(map(shows, tree.body)) and not changes


def _own_lists(tree: ast.Module) -> set[str]:
    """List the names that code binds to lists which it writes itself, and to nothing else."""
    stored = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    lists = [
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    return {name for name in lists if lists.count(name) == stored.count(name)} - _reads(tree.body)


def _essence(node: object) -> object:
    """Write a syntax tree as lists, without what is empty, where it stands, imports and alternative texts."""
    if isinstance(node, list):
        return [_essence(part) for part in node if not _is_apart(part)]
    if isinstance(node, ast.AST):
        fields = [(name, value) for name, value in ast.iter_fields(node) if value not in (None, [])]
        return [type(node).__name__, *([name, _essence(value)] for name, value in fields)]
    return repr(node)


def _is_apart(node: object) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom) or (isinstance(node, ast.keyword) and node.arg == "alt")


def declared(chapter: Path) -> tuple[dict[str, str], list[str]]:
    """List what a chapter wants recorded: its claims and dropped claims (sentence: difference), its labels."""
    cells = code_cells(chapter)
    claims = {sentence: d for cell in cells for kind in CLAIMS for sentence, d in cell.metadata.get(kind, {}).items()}
    return claims, [label for cell in cells for label in cell.metadata.get("ranges", {})]


def is_complete(one: dict, chapter: Path) -> bool:
    """Tell whether a run answers all that its chapter declares today."""
    claims, labels = declared(chapter)
    return set(claims.values()) <= set(one["claims"]) and set(labels) <= set(one["numbers"])


def run(chapter: Path, seed: int, *, untrained: bool = False) -> dict:
    """Execute a chapter's cells once, with seeds of its own.

    Args:
        chapter: Its Markdown.
        seed: 0 gives the chapter as it stands.
        untrained: Set every learning rate to 0, so that no network learns anything.

    Returns:
        `numbers`, a list for each label of `ranges`, `claims`, the value of each difference, by its expression, and
        `outside`, a line for each number that leaves its range.
    """
    from torch.random import fork_rng

    from segbook import train

    fit = train.fit

    def fit_anew(model, batches, loss, optimizer, **options):
        if untrained:
            for group in optimizer.param_groups:
                group["lr"] = 0.0
        return fit(model, batches, loss, optimizer, **{"seed": 1000 * seed} | options)

    train.fit = fit_anew
    numbers, claims, wrong, namespace = {}, {}, [], {}
    for cell in code_cells(chapter):
        printed = io.StringIO()
        source = SEEDED.sub(lambda found: f"manual_seed({int(found[1]) + 1000 * seed})", cell.source)
        with contextlib.redirect_stdout(printed), fork_rng(devices=[], enabled=_is_alone(cell)):
            exec(compile(source, chapter.name, "exec"), namespace)
        wrong += declarations.check(cell.metadata, [{"text": printed.getvalue()}])
        for label in cell.metadata.get("ranges", {}):
            numbers[label] = declarations.values(label, printed.getvalue())
        for kind in CLAIMS:
            for difference in cell.metadata.get(kind, {}).values():
                claims[difference] = float(eval(difference, namespace))
    return {"numbers": numbers, "claims": claims, "outside": wrong}


def processor() -> str:
    """Name the processor as Linux does."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    fields = {line.partition(":")[0].strip(): line.partition(":")[2].strip() for line in lines}
    name = fields.get("model name", platform.processor() or platform.machine())
    return f"{name}, family {fields['cpu family']} model {fields['model']}" if "cpu family" in fields else name


def settings() -> list[tuple[str, int]]:
    """List the pairs of instruction set and number of threads that this machine offers."""
    import torch

    best = torch.backends.cpu.get_cpu_capability().lower()
    offered = list(INSTRUCTIONS)[: list(INSTRUCTIONS).index(best) + 1] if best in INSTRUCTIONS else [best]
    return [(name, threads) for name in offered for threads in (1, 2)]


def environment(instructions: str, threads: int) -> dict[str, str]:
    """Write the variables that make torch and oneDNN use this instruction set and this many threads."""
    return {
        "ATEN_CPU_CAPABILITY": instructions,
        "ONEDNN_MAX_CPU_ISA": INSTRUCTIONS.get(instructions, "DEFAULT"),
        "OMP_NUM_THREADS": str(threads),
        "CUDA_VISIBLE_DEVICES": "",
        "TQDM_DISABLE": "1",
        "MPLBACKEND": "agg",
    }


def record_run(chapter: Path, seed: int, setting: tuple[str, int], shards: Path) -> Path:
    """Run a chapter in a process of its own and keep what it says, unless that is kept already."""
    instructions, threads = setting
    wanted = hashlib.sha256(json.dumps([fingerprint(chapter), *declared(chapter)]).encode()).hexdigest()[:8]
    shard = shards / f"{chapter.stem}-{wanted}-{instructions}-{threads}-{seed}.json"
    if not shard.exists():
        call = [sys.executable, __file__, "--once", str(chapter), "--first-seed", str(seed)]
        done = subprocess.run(
            call, env=os.environ | environment(*setting), cwd=ROOT / "book", capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(
                f"{chapter.name}, seed {seed}, {instructions}, {threads} threads:\n{done.stderr[-2000:]}"
            )
        partial_file = shard.with_suffix(".part")
        partial_file.write_text(done.stdout.splitlines()[-1], "utf-8")
        partial_file.replace(shard)
    return shard


def once(chapter: Path, seed: int, *, untrained: bool) -> None:
    """Run a chapter here and print the result as one line of JSON."""
    import torch

    result = run(chapter, seed, untrained=untrained)
    about = {
        "chapter": chapter.stem,
        "code": fingerprint(chapter),
        "seed": seed,
        "instructions": torch.backends.cpu.get_cpu_capability().lower(),
        "threads": torch.get_num_threads(),
        "processor": processor(),
        "torch": torch.__version__,
    }
    print("\n" + json.dumps(about | result))


def holds(differences: list[float]) -> bool:
    """Tell whether a claim stands: positive in every run, and its mean three standard deviations from zero."""
    mean, deviation = statistics.fmean(differences), statistics.stdev(differences)
    return len(differences) >= RUNS and min(differences) > 0 and mean >= DEVIATIONS * deviation


def summary(values: list[float]) -> dict:
    """Say how many numbers there are, their mean, standard deviation and extremes."""
    mean, deviation = statistics.fmean(values), statistics.stdev(values)
    return {"n": len(values), "mean": mean, "sd": deviation, "smallest": min(values), "largest": max(values)}


def needed(values: list[float]) -> tuple[float, float]:
    """Compute what a range must cover: four standard deviations either side of the mean, and every run.

    What was never negative (a share, a count, an error) need not be allowed below 0.
    """
    mean, deviation = statistics.fmean(values), statistics.stdev(values)
    low, high = min(*values, mean - 4 * deviation), max(*values, mean + 4 * deviation)
    return (max(low, 0.0) if min(values) >= 0 else low), high


def write_record(shards: Path) -> dict:
    """Put the runs of today's chapters together, from the record so far and from the shards, and write them.

    Runs of code that has changed, or that do not answer all that is declared today, are left out.
    """
    record = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
    found = [json.loads(shard.read_text("utf-8")) for shard in sorted(shards.glob("*.json"))]
    for chapter in chapters():
        code = fingerprint(chapter)
        old = record.get(chapter.stem, {})
        runs = old["runs"] if old.get("code") == code else []
        fields = ("processor", "instructions", "threads", "seed", "torch")
        new = [shard for shard in found if shard["chapter"] == chapter.stem and shard["code"] == code]
        merged = {tuple(one[field] for field in fields): one for one in [*runs, *new] if is_complete(one, chapter)}
        if not merged:
            continue
        runs = [
            {key: one[key] for key in (*fields, "numbers", "claims")}
            for _, one in sorted(merged.items(), key=lambda entry: [str(part).zfill(6) for part in entry[0]])
        ]
        claims = {}
        for sentence, difference in declared(chapter)[0].items():
            values = [one["claims"][difference] for one in runs]
            if len(values) > 1:
                claims[sentence] = {"difference": difference, "holds": holds(values)} | summary(values)
        record[chapter.stem] = {"code": code, "claims": claims, "runs": runs}
    text = json.dumps(record, indent=1, ensure_ascii=False)
    text = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda found: "[" + re.sub(r"\s+", " ", found[1]) + "]", text)
    RECORD.write_text(text + "\n", "utf-8")
    RECORD.with_name("CLAIMS.md").write_text(page(record), "utf-8")
    return record


def page(record: dict) -> str:
    """Write the record as a page for readers: what is concluded from training, and what is not."""
    lines = [PAGE]
    for name, chapter in sorted(record.items()):
        runs = chapter["runs"]
        where = sorted({f"{run['processor']} ({run['instructions']}, torch {run['torch']})" for run in runs})
        threads = " and ".join(
            f"{number} thread{'s' * (number > 1)}" for number in sorted({run["threads"] for run in runs})
        )
        lines += [f"## {name}", "", f"{len(runs)} runs, {threads}; {'; '.join(where)}.", ""]
        lines += ["| difference | concluded | mean | standard deviation | smallest |", "|---|---|---|---|---|"]
        for sentence, one in sorted(chapter["claims"].items(), key=lambda entry: not entry[1]["holds"]):
            numbers = " | ".join(f"{one[key]:.3g}" for key in ("mean", "sd", "smallest"))
            lines.append(f"| {sentence} | {'yes' if one['holds'] else 'no'} | {numbers} |")
        lines.append("")
    return "\n".join(lines)


def write_ranges(chapter: Path, record: dict) -> None:
    """Write into a chapter's Markdown the ranges that its record asks for, rounded outwards to two digits."""
    text, runs = chapter.read_text("utf-8"), record[chapter.stem]["runs"]
    for label in declared(chapter)[1]:
        pairs = []
        for values in zip(*(one["numbers"][label] for one in runs), strict=True):
            low, high = needed(list(values))
            step = 10 ** (floor(log10(high - low)) - 1) if high > low else 0.01
            pairs.append([_rounded(floor(low / step) * step), _rounded(ceil(high / step) * step)])
        line = rf"^( +(?:{re.escape(json.dumps(label, ensure_ascii=False))}|{re.escape(label)}): ).*(?:\n {{4,}}.*)*"
        said = f"{pairs if len(pairs) > 1 else pairs[0]}"
        text, count = re.subn(line, lambda found, said=said: found[1] + said, text, flags=re.MULTILINE)
        if count != 1:
            raise ValueError(f"{chapter.name}: {label!r} is declared on {count} lines; write it on one")
    chapter.write_text(text, "utf-8")


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def main() -> None:
    """Record chapters, or write ranges from what is recorded."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("chapter", nargs="*", help="such as 09; every chapter that trains, if left out")
    parser.add_argument("--runs", type=int, default=24)
    parser.add_argument("--first-seed", type=int, default=0, metavar="N")
    parser.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 2) // 2), help="runs at a time")
    parser.add_argument("--shards", type=Path, default=ROOT / "_build" / "claims")
    parser.add_argument("--ranges", action="store_true", help="write ranges into the chapters, run nothing")
    parser.add_argument("--merge", action="store_true", help="write the record from the shards there are, run nothing")
    parser.add_argument("--once", type=Path, metavar="FILE", help="run a chapter once, here, and print what it says")
    parser.add_argument(
        "--untrained", action="store_true", help="with --once: no network learns; numbers must fall out"
    )
    given = parser.parse_args()
    if given.once:
        once(given.once.resolve(), given.first_seed, untrained=given.untrained)
        return
    chosen = recorded(given.chapter)
    given.shards.mkdir(parents=True, exist_ok=True)
    if not (given.ranges or given.merge):
        offered = settings()
        with ThreadPoolExecutor(given.jobs) as pool:
            waiting = [
                pool.submit(record_run, chapter, seed, offered[seed % len(offered)], given.shards)
                for chapter in chosen
                for seed in range(given.first_seed, given.first_seed + given.runs)
            ]
            for done in tqdm(as_completed(waiting), total=len(waiting), unit="run"):
                if error := done.exception():
                    tqdm.write(str(error))
    record = write_record(given.shards)
    for chapter in chosen:
        kept = record.get(chapter.stem, {"claims": {}, "runs": []})
        print(f"{chapter.stem}: {len(kept['runs'])} runs")
        for sentence, one in kept["claims"].items():
            verdict = "holds" if one["holds"] else "DOES NOT HOLD"
            print(
                f"  {verdict}: {sentence}: n {one['n']}, mean {one['mean']:.3g}, sd {one['sd']:.2g}, "
                f"smallest {one['smallest']:.3g}"
            )
        if given.ranges and kept["runs"]:
            write_ranges(chapter, record)


if __name__ == "__main__":
    main()
