"""UNetPlanner's JavaScript plans what segbook.shapes plans: every row, every window, on a large grid."""

from itertools import product

from node import run_in_node

from segbook import shapes

DEPTHS = (1, 2, 3, 4)


def ledgers():
    vectors = []
    for depth, padding in product(DEPTHS, (0, 1)):
        sizes = shapes.legal_input_sizes(1024, depth=depth, padding=padding)
        for size in (*sizes[:4], *sizes[4 :: max(1, len(sizes) // 6)], *([572] if 572 in sizes else [])):
            for in_channels, num_classes, width in ((1, 2, 64), (1, 2, 8), (3, 21, 7)):
                settings = {"in_channels": in_channels, "num_classes": num_classes, "width": width}
                rows = shapes.unet_ledger(size, depth=depth, padding=padding, **settings)
                vectors.append({
                    "inputSize": size, "depth": depth, "padding": padding, "width": width,
                    "inChannels": in_channels, "numClasses": num_classes, "rows": [(row.name, *row[2:]) for row in rows],
                })  # fmt: skip
    return vectors


def windows():
    vectors = []
    for depth, padding in product(DEPTHS, (0, 1)):
        layers = shapes.unet_layers(depth, padding=padding)
        for output in (*range(2**depth + 2), 97, 200, 387):
            found = [shapes.input_window(layers[skipped:], output) for skipped in range(len(layers))]
            vectors.append({
                "depth": depth, "padding": padding, "output": output,
                "windows": [[window.start, window.stop] for window in found],
            })  # fmt: skip
    return vectors


def fields(depth, padding):
    layers = shapes.unet_layers(depth, padding=padding)
    return [len(shapes.input_window(layers, n)) for n in range(2**depth)]


def test_the_planner_agrees_with_shapes(tmp_path):
    shape = [{"depth": depth, "padding": padding} for depth, padding in product(DEPTHS, (0, 1))]
    legal = [one | {"limit": 600, "sizes": list(shapes.legal_input_sizes(600, **one))} for one in shape]
    contents = {
        "legal": legal,
        "ledgers": ledgers(),
        "windows": windows(),
        "fields": [one | {"fields": fields(**one)} for one in shape],
    }
    assert len(contents["ledgers"]) > 200
    assert sum(len(vector["windows"]) for vector in contents["windows"]) > 1000
    run_in_node("unet.test.mjs", contents, tmp_path)
