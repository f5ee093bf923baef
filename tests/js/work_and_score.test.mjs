// Run by test_work_and_score.py, which writes VECTORS with segbook.widgets, and random points with their front.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { dominatedBy, frontOf, inFocus, marksOf } from "../../segbook/widgets/static/front.mjs";
import { bottomOf, inWords, layout, settle } from "../../segbook/widgets/static/work_and_score.mjs";

const { record, figures, points } = JSON.parse(readFileSync(process.env.VECTORS));
const names = (marks) => marks.map(({ name }) => name);
const states = figures.map(({ state }) => ({ ...state, record }));
const WIDTHS = [264, 288, 330, 352, 479, 480, 560, 720];

test("marks, front, dominators and sentence are those of Python", () => {
  assert.equal(figures.length, 126);
  for (const { state, marks, front, dominated, focus, sentence } of figures) {
    const now = { ...state, record },
      found = marksOf(now);
    assert.deepEqual(
      found.map(({ name, work, score, interval }) => [name, work, score, interval]),
      marks,
    );
    assert.deepEqual(names(frontOf(found)), front);
    assert.deepEqual(Object.fromEntries([...dominatedBy(found)].map(([name, by]) => [name, by.name])), dominated);
    assert.equal(inFocus(found, state.network).name, focus);
    assert.equal(inWords(now, found), sentence);
  }
});

test("of any points, those on the front are the ones that nothing dominates", () => {
  for (const { marks, front } of points) {
    assert.deepEqual(names(frontOf(marks)), front);
    const dominated = dominatedBy(marks);
    assert.equal(dominated.size + front.length, marks.length);
    for (const [name, by] of dominated) {
      const one = marks.find((mark) => mark.name === name);
      assert.ok(by.score >= one.score && by.work <= one.work && (by.score > one.score || by.work < one.work));
      assert.ok(front.includes(by.name), "the best that dominates is worth having itself");
    }
  }
});

const apart = ([a, b, c, d], [e, f, g, h]) => Math.min(c, g) <= Math.max(a, e) || Math.min(d, h) <= Math.max(b, f);

test("no words lie on others, on a mark, on an interval or outside the drawing", () => {
  for (const state of states) {
    for (const width of WIDTHS) {
      const { marks, lines, solid, frame } = layout(state, width, 400),
        boxes = [...marks, ...lines.filter(({ below }) => !below)].map(({ box }) => box),
        about = `${JSON.stringify({ ...state, record: null })} at ${width}`;
      boxes.forEach((box, i) => {
        assert.ok(box[0] >= 0 && box[1] >= frame[1] && box[2] <= width && box[3] <= frame[3], about);
        for (const other of [...boxes.slice(0, i), ...solid]) assert.ok(apart(box, other), about);
      });
    }
  }
});

test("the step line goes to the right and up, and through every mark that is worth having", () => {
  for (const state of states) {
    const { steps, marks } = layout(state, 720, 400),
      front = names(frontOf(marksOf(state)));
    assert.deepEqual(
      steps,
      marks.filter(({ name }) => front.includes(name)).map(({ place }) => place),
    );
    steps.slice(1).forEach(([x, y], i) => {
      assert.ok(x > steps[i][0] && y < steps[i][1]);
    });
  }
});

test("a score below the axis is drawn at its end and says its number", () => {
  let below = 0;
  for (const state of states) {
    for (const one of layout(state, 720, 400).marks) {
      assert.equal(one.below, one.score < bottomOf(state));
      assert.equal(one.words.includes("↓"), one.below);
      below += one.below;
    }
  }
  assert.ok(below > 0);
});

test("what no network was read by gives way to one half", () => {
  const granules = { record, images: "granules", reading: "watershed" };
  assert.equal(settle(granules).reading, "one half");
  assert.equal(settle({ ...granules, images: "round cells" }).reading, "watershed");
});
