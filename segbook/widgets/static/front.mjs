// Who is worth having: pure functions on [{ name, work, score, interval }], held equal to Python (tests/js).

// What was measured so, from the least work on; of equal work the best comes first.
export function marksOf({ record, images, reading, steps, score }) {
  const marks = Object.entries(record[images].networks).flatMap(([name, { work, scores }]) => {
    const [mean, ...interval] = scores[`${reading}|${steps}`]?.[score] ?? [];
    return mean === undefined ? [] : [{ name, work, score: mean, interval: interval.length ? interval : null }];
  });
  return marks.sort((a, b) => a.work - b.work || b.score - a.score || (a.name < b.name ? -1 : 1));
}

// Whether any network was read so on these images, after whatever training.
export const wasRead = ({ record, images }, reading) => Object.values(record[images].networks)
  .some(({ scores }) => Object.keys(scores).some((key) => key.startsWith(`${reading}|`)));

const beats = (a, b) => a.score >= b.score && a.work <= b.work && (a.score > b.score || a.work < b.work);
const bestOf = (marks) => marks.reduce((best, one) => (one.score > best.score ? one : best));

// For every network that is dominated, by its name, the best one that dominates it.
export function dominatedBy(marks) {
  const pairs = marks.map((one) => [one.name, marks.filter((other) => beats(other, one))]);
  return new Map(pairs.filter(([, better]) => better.length).map(([name, better]) => [name, bestOf(better)]));
}

export function frontOf(marks) {
  const dominated = dominatedBy(marks);
  return marks.filter(({ name }) => !dominated.has(name));
}

// The one in focus, or the best if that was not measured so.
export const inFocus = (marks, network) => marks.find(({ name }) => name === network) ?? bestOf(marks);
export { bestOf };
