"""Label maps of the dtypes that files and other people's tools give. Each line prints PASS or FAIL and the right value."""
import torch
from segbook import losses, metrics, pixel_weights as wm
from segbook.data import augment, views
import numpy as np

def case(name, call, right):
    try:
        got = call()
    except Exception as error:  # noqa: BLE001
        got = f"{type(error).__name__}: {str(error)[:70]}"
    print("PASS" if right(got) else "FAIL", name, "->", got)

says = lambda *words: lambda got: isinstance(got, str) and got.startswith("ValueError") and all(w in got for w in words)
ids = torch.tensor([[1, 0, 0, 300]])
same = lambda fn: lambda got: not isinstance(got, str) and torch.equal(got, fn(ids))
for dtype in (torch.uint16, torch.uint32, torch.uint64):
    case(f"weight_map {dtype}", lambda: wm.weight_map(ids.to(dtype)), same(wm.weight_map))
    case(f"carve_touching {dtype}", lambda: wm.carve_touching(ids.to(dtype)), same(wm.carve_touching))
    case(f"contiguous_ids {dtype}", lambda: views.contiguous_ids(ids.to(dtype)), same(views.contiguous_ids))
case("flip uint16", lambda: augment.flip(torch.rand(1, 4), ids.to(torch.uint16), generator=np.random.default_rng(3))[1].tolist(), lambda g: not isinstance(g, str))
# a stray 156, as JPEG leaves in a mask: 156 == -100 for torch.uint8
labels, preds = torch.tensor([0, 1, 156], dtype=torch.uint8), torch.tensor([0, 1, 1])
case("confusion_matrix uint8 156", lambda: metrics.confusion_matrix(preds, labels, num_classes=2).tolist(), says("156"))
case("confusion_matrix uint8 0, ignore_index=256", lambda: metrics.confusion_matrix(torch.tensor([1]), torch.tensor([0], dtype=torch.uint8), num_classes=2, ignore_index=256).tolist(), lambda g: g == [[0, 1], [0, 0]])
# probabilities, and a mask that was resized with interpolation
probs, truth = torch.tensor([0.2, 0.9, 0.7]), torch.tensor([0, 1, 1])
case("confusion_matrix of probabilities", lambda: metrics.confusion_matrix(probs, truth, num_classes=2).tolist(), says("whole numbers"))
case("confusion_matrix, label 0.5", lambda: metrics.confusion_matrix(truth, torch.tensor([0.0, 1.0, 0.5]), num_classes=2).tolist(), says("whole numbers"))
case("connected_components of probabilities", lambda: metrics.connected_components(probs[None, None]).tolist(), says())
# class indices of another integer type
logits = torch.zeros(1, 2, 1, 2)
for dtype in (torch.uint8, torch.int16, torch.int32):
    case(f"cross_entropy {dtype}", lambda: losses.cross_entropy(logits, torch.tensor([[[0, 1]]], dtype=dtype), reduction="pixel_mean"),
         lambda g: (not isinstance(g, str) and abs(float(g) - 0.6931) < 1e-3) or says("int64")(g))
