"""Put a trained network into the package: weights in half precision, the record of the run beside them.

    .venv/bin/python -m segbook.train --data sample --out runs/nuclei --width 12 --steps 600 --every 50 --elastic 0
    .venv/bin/python tools/checkpoint.py runs/nuclei

writes segbook/train/nuclei.pt and nuclei.json, and says how far the probabilities moved by rounding.
"""

import json
import sys
from pathlib import Path

from segbook.data import nuclei
from segbook.train import pretrained, save_checkpoint
from segbook.train.checkpoints import read_extra

HOME = Path(__file__).parents[1] / "segbook" / "train"


def main(folder: Path) -> None:
    """Round, write, read back, compare."""
    before, extra = pretrained(folder / "model.pt"), read_extra(folder / "model.pt")
    image = nuclei("test")[0][0]
    expected = before.probs(image)
    save_checkpoint(HOME / "nuclei.pt", before.model.half(), **extra)
    record = before.record | {"command": _without_folder(before.record["command"])}
    del record["seconds"]  # of a run that was gone on with: no measure of anything
    (HOME / "nuclei.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    moved = (pretrained("nuclei").probs(image) - expected).abs().max().item()
    size = (HOME / "nuclei.pt").stat().st_size
    print(f"{size / 1e6:.2f} MB; probabilities moved by at most {moved:.1e}")


def _without_folder(command: str) -> str:
    """Leave out where the run was written: a path of one machine."""
    words = command.split()
    at = words.index("--out")
    return " ".join([*words[:at], "--out", "runs/nuclei", *words[at + 2 :]])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
