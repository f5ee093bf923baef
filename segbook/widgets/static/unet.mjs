// Geometry of the U: sizes, crops, costs, what an output pixel reads, and where its maps stand on the page.
// Pure functions, held equal to segbook.shapes on a large grid (tests/js); what torch reads is tested there, too.

const CONV = { kernelSize: 3, stride: 1, transposed: false };
const POOL = { kernelSize: 2, stride: 2, padding: 0, transposed: false };
const UP = { kernelSize: 2, stride: 2, padding: 0, transposed: true };
const HEAD = { kernelSize: 1, stride: 1, padding: 0, transposed: false };

// The layers in the order of the computation: [{ kind, level, … }]. Two convolutions a stage; the head has level 0.
export function unetLayers(depth, padding) {
  const conv = (kind, level) => [0, 1].map(() => ({ ...CONV, padding, kind, level }));
  const levels = Array.from({ length: depth }, (_, i) => i + 1);
  const down = levels.flatMap((level) => [...conv("encoder", level), { ...POOL, kind: "pool", level }]);
  const up = levels.reverse().flatMap((level) => [{ ...UP, kind: "up", level }, ...conv("decoder", level)]);
  return [...down, ...conv("bottleneck", depth + 1), ...up, { ...HEAD, kind: "head", level: 0 }];
}

// The smallest size that every pooling halves without a rest and that leaves an output; every 2^depth-th follows.
export function smallestInputSize(depth, padding) {
  const period = 2 ** depth;
  if (padding) return period;
  const enough = 12 * period - 7;
  return enough + ((((-4 - enough) % period) + period) % period);
}

export function isLegalInputSize(inputSize, { depth, padding }) {
  const smallest = smallestInputSize(depth, padding);
  return inputSize >= smallest && (inputSize - smallest) % 2 ** depth === 0;
}

export function nearestLegalInputSize(inputSize, { depth, padding }) {
  const smallest = smallestInputSize(depth, padding), period = 2 ** depth;
  return smallest + period * Math.max(0, Math.round((inputSize - smallest) / period));
}

// One row for each layer and skip. A skip's inputSize is the encoder's; half of what it loses is cropped on each side.
// Sizes floor as torch's do, so an illegal input shows where it fails: see `dropped` of a pooling.
export function unetLedger(inputSize, { inChannels = 1, numClasses = 2, depth, width, padding }) {
  const rows = [], kept = [];
  let size = inputSize, channels = inChannels;
  for (const { kind, level, kernelSize, transposed } of unetLayers(depth, padding)) {
    if (kind === "pool") kept[level] = [size, channels];
    const outputSize = kind === "pool" ? Math.floor(size / 2) : transposed ? 2 * size
      : size - (kernelSize === 3 ? 2 - 2 * padding : 0);
    const outChannels = kind === "pool" ? channels : kind === "head" ? numClasses : width * 2 ** (level - 1);
    const weights = kind === "pool" ? 0 : channels * outChannels * kernelSize ** 2;
    rows.push({ name: level ? `${kind} ${level}` : kind, kind, level, inputSize: size, outputSize,
      inChannels: channels, outChannels,
      parameters: weights && weights + outChannels, multiplyAdds: weights * (transposed ? size : outputSize) ** 2,
      dropped: kind === "pool" ? size % 2 : 0 });
    size = outputSize;
    channels = outChannels;
    if (kind === "up") {
      const [skipSize, skipChannels] = kept[level];
      rows.push({ name: `skip ${level}`, kind: "skip", level, inputSize: skipSize, outputSize: size,
        inChannels: skipChannels,
        outChannels: skipChannels + channels, parameters: 0, multiplyAdds: 0, dropped: 0 });
      channels += skipChannels;
    }
  }
  return rows;
}

export const total = (rows, name) => rows.reduce((sum, row) => sum + row[name], 0);

// What output n reads of the input of the first layer: [first, last + 1). Below 0 and past the end lies the padding.
export function inputWindow(layers, outputIndex) {
  let reads = new Set([outputIndex]);
  for (const { kernelSize, stride, padding, transposed } of [...layers].reverse()) {
    const before = new Set();
    for (const place of reads) {
      for (let tap = 0; tap < kernelSize; tap++) {
        if (!transposed) before.add(place * stride + tap - padding);
        else if ((place + padding - tap) % stride === 0) before.add((place + padding - tap) / stride);
      }
    }
    reads = before;
  }
  return [Math.min(...reads), Math.max(...reads) + 1];
}

// The receptive fields of one period of output pixels: they differ by phase, n mod 2^depth.
export function receptiveFields(depth, padding) {
  const layers = unetLayers(depth, padding);
  return Array.from({ length: 2 ** depth }, (_, n) => { const [a, b] = inputWindow(layers, n); return b - a; });
}

// Blocks, in the order of the computation: what can be clicked.
export function blockNames(depth) {
  const levels = Array.from({ length: depth }, (_, i) => i + 1);
  return [...levels.map((level) => `encoder ${level}`), `bottleneck ${depth + 1}`,
    ...levels.reverse().map((level) => `decoder ${level}`)];
}

// Where the maps stand: one bar for each, as tall as its size and as thick as the root of its channels. Levels lie one
// below the other, the encoder's steps go right, the decoder's come back. The vertical scale is one for all bars.
export function layoutOfU(ledger, { depth, width, height, gap }) {
  const maps = mapsOf(ledger, depth);
  const levels = Array.from({ length: depth + 1 }, (_, i) => maps.filter((map) => map.row === i));
  const tallest = levels.map((level) => Math.max(...level.map((map) => map.size)));
  const unit = (height - gap * (depth + 1)) / tallest.reduce((a, b) => a + b, 0);
  const widest = Math.sqrt(Math.max(...maps.map((map) => map.channels)));
  const step = Math.min(width * 0.085, 58), space = width < 520 ? 3 : 6;
  const share = (map) => Math.sqrt(map.channels) / widest;
  // As thick as the narrowest level allows: its two halves keep a distance of 30.
  const thick = Math.min(37, ...levels.map((level, row) =>
    (width - 2 * row * step - 30 - level.length * (space + 3)) / level.reduce((sum, map) => sum + share(map), 0)));
  let y = 0;
  for (const [row, level] of levels.entries()) {
    const middle = y + gap + (tallest[row] * unit) / 2;
    const place = (bars, x) => bars.forEach((map) => {
      map.width = 3 + thick * share(map);
      map.height = Math.max(map.size * unit, 1);
      Object.assign(map, { x, y: middle - map.height / 2, middle });
      x += map.width + (map.joins ? 0 : space);
    });
    const right = level.filter((map) => map.side === "right");
    const left = level.filter((map) => map.side === "left");
    place(left, row * step);
    if (row === depth) {                           // the bottleneck stands in the middle
      const shift = (width - left[0].x - left.at(-1).x - left.at(-1).width) / 2;
      left.forEach((map) => { map.x += shift; });
    }
    place(right, 0);
    const end = right.length ? right.at(-1).x + right.at(-1).width : 0;
    right.forEach((map) => { map.x += width - row * step - end; });
    y += gap + tallest[row] * unit;
  }
  return { maps, unit, height: y };
}

// The maps between the layers: `layers` of the longest way lie behind each, `block` is the stage that makes it.
function mapsOf(ledger, depth) {
  const maps = [{ name: "input", size: ledger[0].inputSize, channels: ledger[0].inChannels, row: 0, side: "left",
    layers: 0, block: "encoder 1" }];
  let layers = 0;
  for (const { kind, level, name, inputSize, outputSize, inChannels, outChannels } of ledger) {
    if (kind === "skip") {                         // stands before the upsampled map, and is read with it
      maps.splice(-1, 0, { name, size: outputSize, channels: inChannels, row: level - 1, side: "right", layers,
        block: `decoder ${level}`, from: inputSize, joins: true });
      continue;
    }
    layers += 1;
    const below = kind === "pool" ? level : level - 1, row = kind === "head" ? 0 : below;
    const block = kind === "pool" ? (level === depth ? `bottleneck ${level + 1}` : `encoder ${level + 1}`)
      : kind === "up" ? `decoder ${level}` : kind === "head" ? "decoder 1" : name;
    maps.push({ name, size: outputSize, channels: outChannels, row, layers, block,
      side: ["up", "decoder", "head"].includes(kind) ? "right" : "left" });
  }
  return maps;
}
