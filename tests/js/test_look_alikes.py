"""Chapter 9's JavaScript agrees with Python about every weight, number of look-alikes and threshold."""

from node import run_in_node

from segbook.widgets import LookAlikes


def test_javascript_opens_the_same_gaps_as_python(tmp_path):
    rows = []
    for weight in (1, 2, 3, 7, 10, 20):
        for alike in range(13):
            for threshold in (0.05, 0.25, 0.5, 0.67, 0.75, 0.8, 0.9, 0.91, 0.97):
                figure = LookAlikes(weight=weight, alike=alike, threshold=threshold)
                state = {"weight": weight, "alike": alike, "threshold": threshold}
                said = {"best": figure.best(), "opens": figure.opens(), "same": figure.same_threshold()}
                rows.append({"state": state, "called": figure.called()} | said)
    run_in_node("look_alikes.test.mjs", {"rows": rows}, tmp_path)
