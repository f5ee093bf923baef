"""Chapter 2: mutants of the references that compute the same, why, and inputs to try it on."""


def logits_and_labels(rng):
    classes, height, width = rng.integers(1, 6, 3)
    return (rng.normal(0, 3, (classes, height, width)), rng.integers(0, classes, (height, width))), {}


def maps(rng):
    number, shape = int(rng.integers(1, 7)), rng.integers(1, 6, 2)
    return (rng.integers(0, number, shape), rng.integers(0, number, shape)), {"num_classes": number}


INPUTS = {"2.3": logits_and_labels, "2.4": maps}

CANCELS = (
    "what all logits of a pixel have in common cancels in the softmax; the prompt promises no logits that overflow"
)
EQUIVALENT = {
    "2.3": {
        "powers = np.exp(logits - logits.max(axis=0)) → powers = np.exp(logits)": CANCELS,
        "powers = np.exp(logits - logits.max(axis=0)) → powers = np.exp(logits + logits.max(axis=0))": CANCELS,
        "powers = np.exp(logits - logits.max(axis=0)) → powers = np.exp(logits - logits.max())": CANCELS,
        "powers = np.exp(logits - logits.max(axis=0)) → powers = np.exp(logits - logits.min(axis=0))": CANCELS,
        "powers = np.exp(logits - logits.max(axis=0)) → powers = np.exp(logits - labels.max(axis=0))": CANCELS,
        "classes = np.arange(len(logits)).reshape(-1, 1, 1) → classes = np.arange(len(logits)).reshape(-2, 1, 1)": "NumPy takes any negative size for the one that is left over",
    },
    "2.4": {
        "for k in range(num_classes): → for k in range(num_classes + 1):": "no pixel has the class num_classes, and an absent class does not count",
    },
}  # fmt: skip
