// What classifying every patch costs: pure functions, held equal to brute force and to segbook.shapes.

// Along one axis: how many patches contain each pixel itself (reads of its mirror image are not counted).
export function readCounts(imageSize, patchSize) {
  const reach = Math.floor(patchSize / 2);
  return Array.from({ length: imageSize }, (_, i) =>
    Math.min(i + reach, imageSize - 1) - Math.max(i - reach, 0) + 1);
}

// First and last pixel whose patch contains pixel i.
export function centresAround(i, imageSize, patchSize) {
  const reach = Math.floor(patchSize / 2);
  return [Math.max(i - reach, 0), Math.min(i + reach, imageSize - 1)];
}

// Multiply–adds of one convolution without padding: in every patch by itself, and once over the mirrored image.
export function patchCosts(imageSize, { patchSize, kernelSize, inChannels = 1, outChannels }) {
  const products = kernelSize ** 2 * inChannels * outChannels;
  const inPatch = patchSize - kernelSize + 1, inImage = imageSize + patchSize - kernelSize;
  const patches = imageSize ** 2 * inPatch ** 2 * products, onePass = inImage ** 2 * products;
  return { inPatch, inImage, patches, onePass, ratio: patches / onePass };
}

// Neighbours that are equal become one run: [{ from, to, value }], `to` exclusive.
export function runs(values) {
  const found = [];
  values.forEach((value, i) => {
    if (found.length && found.at(-1).value === value) found.at(-1).to = i + 1;
    else found.push({ from: i, to: i + 1, value });
  });
  return found;
}
