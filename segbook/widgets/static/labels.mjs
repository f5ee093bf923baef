// Words beside marks: where each stands, so that none lies on another, on a mark or outside the drawing. No page in
// sight. A box is [left, top, right, bottom]. A label is { width, anchor: [x, y] } of a mark, or { width, line: y } of
// a line across the drawing. Its leader goes from what it names to its box, or is null where it lies beside its line.

const HIGH = 15, FAR = [11, 17, 26, 38, 52, 68, 86, 106, 128, 150, 175], TURNS = 24, ROUNDS = 6;
const BESIDE = [1, 14, 28, 42, 60, 80, 104, 130], ALONG = 15;
const overlap = ([a, b, c, d], [e, f, g, h]) => Math.max(0, Math.min(c, g) - Math.max(a, e))
  * Math.max(0, Math.min(d, h) - Math.max(b, f));
const touch = (a, b) => {
  const area = overlap(a, b);
  return area ? 60 * (area + 1) : 0;
};
const nearest = ([x, y], [left, top, right, bottom]) =>
  [Math.max(left, Math.min(right, x)), Math.max(top, Math.min(bottom, y))];
const holds = ([left, top, right, bottom], [x, y]) => x >= left && x <= right && y >= top && y <= bottom;

// Whether a line goes through a box (Liang and Barsky): the shares of it between the sides have one in common.
function crosses([x, y], [u, v], [left, top, right, bottom]) {
  let from = 0, to = 1;
  for (const [start, by, low, high] of [[x, u - x, left, right], [y, v - y, top, bottom]]) {
    if (by === 0 && (start <= low || start >= high)) return false;
    if (by !== 0) {
      from = Math.max(from, Math.min((low - start) / by, (high - start) / by));
      to = Math.min(to, Math.max((low - start) / by, (high - start) / by));
    }
  }
  return from < to;
}

// Around a mark in rings, the near ones first; on both sides of a line, from its right end to its left.
function places({ width, anchor, line }, [left, , right]) {
  const found = [];
  if (line !== undefined) {
    for (let i = 0; i < ALONG; i++) {
      const x = right - width - (i / (ALONG - 1)) * (right - left - width);
      for (const far of BESIDE) {
        for (const top of [line - HIGH - far, line + far + 1]) {
          const box = [x, top, x + width, top + HIGH], cost = i + far + (top > line);
          if (far === BESIDE[0]) found.push({ box, cost, leader: null });
          else {
            for (const share of [0.1, 0.3, 0.5, 0.7, 0.9]) {
              const u = x + share * width;
              found.push({ box, cost, leader: [[u, line], nearest([u, line], box)] });
            }
          }
        }
      }
    }
    return found;
  }
  for (const far of FAR) {
    for (let turn = 0; turn < TURNS; turn++) {
      const angle = (turn / TURNS - 0.25) * 2 * Math.PI, dx = Math.cos(angle), dy = Math.sin(angle);
      const x = anchor[0] + far * dx + (width / 2) * Math.max(-1, Math.min(1, 1.6 * dx));
      const y = anchor[1] + far * dy + (HIGH / 2) * dy;
      const box = [x - width / 2, y - HIGH / 2, x + width / 2, y + HIGH / 2];
      found.push({ box, cost: far + 2 * Math.abs(dx), leader: [anchor, nearest(anchor, box)] });
    }
  }
  return found;
}

// A box and leader for every label: each in turn takes the cheapest place beside the others, until none wants another.
// Who begins makes a difference; several orders are tried until nothing touches. `solid` boxes are not to be touched;
// `soft` ones, such as lines, rather not.
export function placed(labels, { frame, solid, soft }) {
  const all = labels.map((label) => places(label, frame)
    .filter(({ box }) => holds(frame, box) && holds(frame, box.slice(2)))
    .map(({ box, cost, leader }) => {
      const through = leader ? solid.filter((one) => !(label.anchor && holds(one, label.anchor))
        && crosses(...leader, one)) : [];
      const hit = solid.reduce((sum, one) => sum + touch(box, one), 0);
      return { box, leader, hit, cost: cost + hit + (label.anchor ? 30 : 90) * through.length
        + (leader ? 8 * soft.filter((one) => crosses(...leader, one)).length : 0)
        + soft.reduce((sum, one) => sum + 0.3 * overlap(box, one), 0) };
    }).sort((a, b) => a.cost - b.cost));
  const natural = [...labels.keys()], free = all.map((some) => some.filter(({ hit }) => !hit).length);
  const orders = [natural, [...natural].sort((i, j) => free[i] - free[j]), [...natural].reverse(),
    ...natural.map((_, i) => [...natural.slice(i), ...natural.slice(0, i)])];
  let best = null;
  for (const order of orders) {
    const tried = inTurns(labels, all, order);
    if (!best || tried.touches < best.touches) best = tried;
    if (!best.touches) break;
  }
  return best.chosen.map(({ box, leader }) => ({ box, leader }));
}

function inTurns(labels, all, order) {
  const chosen = labels.map(() => null);
  for (let round = 0, moved = true; moved && round < ROUNDS; round++) {
    moved = false;
    for (const i of order) {
      let best = null, least = Infinity;
      for (const one of all[i]) {
        if (one.cost >= least) break;
        const price = one.cost + chosen.reduce((sum, other, j) => (j === i || !other ? sum
          : sum + beside(one, other)), 0);
        if (price < least) [best, least] = [one, price];
      }
      moved ||= best !== chosen[i];
      chosen[i] = best;
    }
  }
  const touches = chosen.reduce((sum, { box, hit }, i) =>
    sum + hit + chosen.slice(0, i).reduce((all, other) => all + touch(box, other.box), 0), 0);
  return { chosen, touches };
}

const beside = (one, other) => touch(one.box, other.box)
  + (one.leader && crosses(...one.leader, other.box) ? 60 : 0)
  + (other.leader && crosses(...other.leader, one.box) ? 60 : 0);
