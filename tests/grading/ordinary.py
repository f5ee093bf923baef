"""What students hand in, kind by kind: code cells, and the points that a fair human gives for 6.2 and for 6.3.

The points were written down before the grader saw a notebook. A kind that has no fault in it gets all points for what
it holds, whatever the sandbox lacks; a kind that is wrong, or that no Jupyter runs, gets what it would get there.
"""

from typing import NamedTuple


class Kind(NamedTuple):
    """Code cells, and the fair points for 6.2 and 6.3, each of 4."""

    points: tuple[int, int]
    cells: tuple[str, ...]


FIRST = "import numpy as np\nfrom segbook.exercises import check"
STAMPS = """def conv_transpose1d(x: np.ndarray, weight: np.ndarray, *, stride: int, padding: int) -> np.ndarray:
    size = (len(x) - 1) * stride + len(weight)
    out = np.zeros(size)
    for place, sample in enumerate(x):
        for tap, factor in enumerate(weight):
            out[place * stride + tap] += sample * factor
    return out[padding:size - padding]
"""
SIZE = """def conv_transpose_output_size(input_size, kernel_size, *, stride, padding, dilation):
    last_stamp = (input_size - 1) * stride
    return last_stamp + dilation * (kernel_size - 1) + 1 - 2 * padding
"""
WRONG = SIZE.replace("- 2 * padding", "+ 2 * padding")  # 2 of 4 points
STUB = SIZE[: SIZE.index("    last_stamp")] + "    ...\n"
CHECK_STAMPS = 'check("6.2", conv_transpose1d)'
CHECK_SIZE = 'check("6.3", conv_transpose_output_size)'


def stamps(*, before: str = "", inside: str = "", loop: str = "enumerate(x)", head: str = "") -> str:
    """The answer to 6.2 with lines before it, lines before its return, another loop, another head."""
    code = STAMPS.replace("    return", f"{inside}    return").replace("enumerate(x)", loop)
    return before + (head + code[code.index("\n") :] if head else code)


def with_both(*cells: str) -> Kind:
    """A notebook whose further cells must not cost anything: one before both answers, one between, one behind."""
    first, between, behind = (*cells, *("",) * (3 - len(cells)))
    return Kind((4, 4), (f"{first}\n{FIRST}", STAMPS, CHECK_STAMPS, f"{between}\n{SIZE}", CHECK_SIZE, behind))


PLOTS = "import matplotlib.pyplot as plt\n"
TORCH = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"
KINDS = {
    # packages that are not there
    "plots before its answers": with_both(
        PLOTS + "plt.figure(figsize=(3, 3))\nplt.rcParams['font.size'] = 12\nplt.style.use('ggplot')",
        "fig, axes = plt.subplots(1, 2)\naxes[0].imshow(np.eye(3), cmap='gray')\naxes[0].title.set_text('x')\nplt.show()",
        "for ax in axes.flat:\n    ax.axis('off')",
    ),
    "plots inside an answer": Kind(
        (4, 0),
        (
            FIRST + "\n" + PLOTS,
            stamps(inside="    fig, (a, b) = plt.subplots(1, 2)\n    a.plot(out)\n    plt.show()\n"),
            CHECK_STAMPS,
        ),
    ),
    "imports inside an answer": Kind(
        (4, 0),
        (FIRST, stamps(inside="    import matplotlib.pyplot as plt\n    plt.plot(out); plt.close()\n"), CHECK_STAMPS),
    ),
    "shows its progress": Kind(
        (4, 0), (FIRST + "\nfrom tqdm.auto import tqdm", stamps(loop="enumerate(tqdm(x, desc='stamps'))"), CHECK_STAMPS)
    ),
    "shows its progress with trange": Kind(
        (4, 0), (FIRST + "\nfrom tqdm import trange", stamps(loop="((k, x[k]) for k in trange(len(x)))"), CHECK_STAMPS)
    ),
    "numba's njit": Kind((0, 4), ("from numba import njit\n@njit\n" + SIZE,)),
    "numba's jit with options and prange": Kind(
        (4, 4),
        (
            FIRST + "\nimport numba\nfrom numba import jit, prange",
            "@jit(nopython=True, parallel=True)\n" + stamps(loop="((k, x[k]) for k in prange(len(x)))"),
            "@numba.njit(cache=True)\n" + SIZE,
        ),
    ),
    "numba by a star": Kind((0, 4), ("from numba import *\n@njit\n" + SIZE,)),
    "numba in a try": Kind(
        (0, 4), ("try:\n    from numba import njit\nexcept ImportError:\n    njit = lambda f: f\n@njit\n" + SIZE,)
    ),
    "torch in hints": Kind(
        (4, 4),
        (
            TORCH + FIRST + "\nfrom torch import Tensor",
            stamps(
                head="def conv_transpose1d(x: Tensor, weight: 'torch.Tensor', *, stride: int, padding: int) -> Tensor | None:"
            ),
            SIZE.replace("padding, dilation):", "padding, dilation) -> dict[str, torch.Tensor] | F.Any:"),
        ),
    ),
    "torch when it is there": Kind(
        (4, 0),
        (
            FIRST + "\ntry:\n    import torch\n    HAS_TORCH = True\nexcept ImportError:\n    HAS_TORCH = False",
            stamps(inside="    if HAS_TORCH:\n        return torch.nn.functional.conv_transpose1d(x, weight)\n"),
        ),
    ),
    "torch for a value that the exercise does not allow": Kind(
        (0, 4), (TORCH + FIRST, stamps(inside="    out = torch.tensor(out) * 1\n"), SIZE)
    ),
    "a device and a seed": with_both(
        TORCH
        + "device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')\nprint(torch.__version__, device)\ntorch.manual_seed(0)"
    ),
    "a network, its training and its curve": with_both(
        TORCH,
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.conv = nn.Conv2d(1, 2, 3)\n"
        "    def forward(self, x):\n        return F.relu(self.conv(x))\nnet = Net().to('cpu')\nnet.train()",
        "optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)\nlosses = []\nfor images, labels in loader_of(3):\n"
        "    loss = F.cross_entropy(net(images), labels)\n    loss.backward()\n    losses.append(loss.item())",
    ),
    "an own dataset class": with_both(
        "from torch.utils.data import Dataset, DataLoader\nclass Cells(Dataset):\n    def __init__(self, root): self.root = root\n"
        "    def __len__(self): return 3\n    def __getitem__(self, i): return i\nloader = DataLoader(Cells('x'), batch_size=2)",
        "for batch in loader:\n    print(batch.shape)",
    ),
    "no_grad over an answer": Kind((0, 4), ("import torch\n@torch.no_grad()\n" + SIZE,)),
    "jaxtyping and beartype": Kind(
        (4, 0),
        (
            FIRST + "\nfrom jaxtyping import Float, jaxtyped\nfrom beartype import beartype",
            stamps(
                before="@jaxtyped(typechecker=beartype)\n",
                head="def conv_transpose1d(x: Float[np.ndarray, 'n'], weight, *, stride, padding) -> Float[np.ndarray, 'm']:",
            ),
        ),
    ),
    "seaborn and pandas": with_both(
        "import seaborn as sns, pandas as pd\nsns.set_theme()\ndf = pd.DataFrame({'a': [1, 2]})\nprint(df.describe())",
        "table = df.groupby('a').mean()\nprint(f'{table.a:.3f}')\ntotal = table.a + 1\nprint(total)",
    ),
    "a default value from an absent package": Kind(
        (0, 4),
        ("import torch\nDEVICE = torch.device('cpu') + 0", SIZE.replace("dilation)", "dilation, device=DEVICE)")),
    ),
    "the book's own module": with_both(
        "import segbook\nfrom segbook import ops, plot\nfrom segbook.plot import show_image",
        "plot.show_image(np.eye(3))\nprint(segbook.ops.conv_transpose1d(np.ones(3), np.ones(2)))",
        "assert check('6.3', conv_transpose_output_size)\nfrom segbook.exercises import progress, hint, solution\nprogress(6)\nhint('6.3', 1)",
    ),
    "einops by a star": with_both("from einops import *\nrearrange(1, 'a -> a')"),
    # Colab, Kaggle, displays and widgets
    "mounts a drive": with_both(
        "from google.colab import drive\ndrive.mount('/content/drive')\n%cd /content/drive/MyDrive"
    ),
    "asks where it runs": with_both(
        "try:\n    import google.colab\n    IN_COLAB = True\nexcept:\n    IN_COLAB = False\nif IN_COLAB:\n    !pip install segbook",
        "import sys\nif 'google.colab' in sys.modules:\n    from google.colab import files\n    uploaded = files.upload()",
    ),
    "uploads a file": with_both(
        "import numpy as np\nfrom google.colab import files\nuploaded = files.upload()\nname = next(iter(uploaded))\nimage = np.load(name)\nprint(image.shape)"
    ),
    "widgets": with_both(
        "import ipywidgets as widgets\nfrom ipywidgets import interact, interactive\nfrom IPython.display import display, HTML, Image",
        "@interact(k=(1, 9))\ndef show(k=3):\n    print(k)\nslider = widgets.IntSlider(3)\nslider.observe(lambda change: None, names='value')\ndisplay(slider)",
        "display(HTML('<b>x</b>'), Image('x.png'))\nout = widgets.Output()\nwith out:\n    print(1)\nslider.value + 1",
    ),
    "asks for input": with_both("n = int(input('n? '))", "print(n + 1)\nm = n * 2", "print(m)"),
    "asks for input in a loop": with_both(
        "while True:\n    answer = input('go on? ')\n    if answer == 'n':\n        break"
    ),
    # files and the network
    "reads a file that is missing": with_both(
        "import numpy as np\nimage = np.load('cells.npy')\nprint(image.shape)\nheight, width = image.shape",
        "with open('notes.txt') as file:\n    lines = file.read()\nprint(len(lines), height)",
    ),
    "downloads": with_both(
        "import urllib.request\nurllib.request.urlretrieve('https://example.org/x.png', 'x.png')",
        "import requests\nanswer = requests.get('https://example.org')\nprint(answer.status_code)\ndata = answer.json()['a']",
    ),
    "runs a program": with_both("import subprocess\nsubprocess.run(['ls'])", "import os\nos.system('ls')"),
    "writes and reads files": with_both(
        "import numpy as np, json\nnp.savetxt('a.txt', np.eye(2))\nprint(np.loadtxt('a.txt'))\njson.dump([1], open('a.json', 'w'))"
    ),
    "starts threads": with_both(
        "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(2) as pool:\n    print(list(pool.map(abs, [1])))",
        "import threading\nthread = threading.Thread(target=print)\nthread.start()",
        "from multiprocessing import Pool\nwith Pool(2) as pool:\n    print(pool.map(abs, [1]))",
    ),
    # IPython
    "installs with pip": with_both(
        "!pip install -q segbook \\\n    matplotlib", "%pip install x", "!apt-get update && \\\n  apt-get install -y y"
    ),
    "magics of many kinds": with_both(
        "%matplotlib inline\n%load_ext autoreload\n%autoreload 2\n%config InlineBackend.figure_format = 'retina'",
        "%time x = sum(range(9))\nassert x == 36\n%timeit -n 2 -r 1 x + 1\ny = %time x + 1\nassert y == 37",
        "files = !ls\nprint(len(files))\nhere = %pwd\nnp.zeros?\n?np\nprint??\n%env A=1",
    ),
    "times whole cells": Kind(
        (4, 4),
        (FIRST, "%%time\n" + STAMPS, "%%capture out\n%%timeit -n 1\n\n" + SIZE, "%%bash\nls", "%%html\n<b>def</b>"),
    ),
    "writes a module and imports it": Kind(
        (0, 4), ("%%writefile my_sizes.py\n" + SIZE, "from my_sizes import conv_transpose_output_size")
    ),
    "writes a module and runs it": Kind((0, 4), ("%%writefile sizes.py\n" + SIZE, "%run sizes.py")),
    "get_ipython": with_both(
        "get_ipython().run_line_magic('matplotlib', 'inline')\nget_ipython().system('pip install x')\nget_ipython().magic('pylab inline')",
        "print(get_ipython().__class__.__name__, 'google.colab' in str(get_ipython()))",
    ),
    "pylab": Kind((4, 0), ("%pylab inline", STAMPS.replace("np.zeros", "zeros"))),
    "a line that begins with % in brackets": with_both("", "rest = (7\n        % 2)\n!pip list"),
    "a line separator in a text": with_both("", "text = 'a\u2028b'  # \u2028 !ls\n!pip list"),
    "prompts that were copied": Kind((0, 4), (">>> " + SIZE.rstrip().replace("\n", "\n... "),)),
    "an indented cell": Kind((0, 4), ("".join(f"    {line}\n" for line in SIZE.splitlines()),)),
    "Windows' line ends": Kind((0, 4), (SIZE.replace("\n", "\r\n"),)),
    "waits at the top": with_both(
        "import asyncio\nawait asyncio.sleep(0)",
        "async def get():\n    await asyncio.sleep(0)\n    return 3\nresults = await asyncio.gather(get(), get())\nassert results == [3, 3]",
        "task = asyncio.create_task(get())\nprint(await task)\nasyncio.run(get())",
    ),
    "numbered outputs": with_both("1 + 1", "print(_)\nprint(len(Out), len(In))"),
    # Python that is right
    "dataclasses, classes and caches": Kind(
        (0, 4),
        (
            "from dataclasses import dataclass\nfrom functools import lru_cache, partial, wraps\nfrom typing import NamedTuple\nimport copy, enum",
            "@dataclass(frozen=True)\nclass Layer:\n    kernel: int\n    stride: int = 1\n    def size(self, n, padding, dilation):\n"
            "        return (n - 1) * self.stride + dilation * (self.kernel - 1) + 1 - 2 * padding",
            "@lru_cache(maxsize=None)\ndef conv_transpose_output_size(input_size, kernel_size, *, stride, padding, dilation):\n"
            "    return copy.copy(Layer(kernel_size, stride)).size(input_size, padding, dilation)",
        ),
    ),
    "a method of an object": Kind(
        (0, 4),
        (
            "from segbook.exercises import check\nclass Sizes:\n    def out(self, input_size, kernel_size, *, stride, padding, dilation):\n"
            "        return (input_size - 1) * stride + dilation * (kernel_size - 1) + 1 - 2 * padding\ncheck('6.3', Sizes().out)",
        ),
    ),
    "a timing decorator": Kind(
        (0, 4),
        (
            "import time, functools\ndef timed(f):\n    @functools.wraps(f)\n    def g(*a, **k):\n        start = time.perf_counter()\n"
            "        value = f(*a, **k)\n        print(f'{time.perf_counter() - start:.3f} s')\n        return value\n    return g",
            "@timed\n" + SIZE,
        ),
    ),
    "only if it is the main program": Kind(
        (0, 4), ("if __name__ == '__main__':\n" + "".join(f"    {line}\n" for line in SIZE.splitlines()),)
    ),
    "doctests and unittests": with_both(
        "import doctest, unittest\nfrom numpy.testing import assert_allclose",
        "class Test(unittest.TestCase):\n    def test(self): self.assertEqual(1, 1)\nunittest.main(argv=['x'], exit=False)\ndoctest.testmod()",
        "assert_allclose(conv_transpose_output_size(2, 3, stride=1, padding=0, dilation=1), 4)",
    ),
    "all of NumPy": Kind((4, 0), ("from numpy import *\nimport numpy as np", STAMPS)),
    # cells in any order, twice, half done
    "one name for every answer": Kind(
        (4, 4),
        (
            FIRST,
            STAMPS.replace("conv_transpose1d", "answer") + "\ncheck('6.2', answer)",
            SIZE.replace("conv_transpose_output_size", "answer") + "\ncheck('6.3', answer)",
        ),
    ),
    "checks in a helper": Kind(
        (0, 4),
        (
            FIRST,
            SIZE + "def try_it(f): return check('6.3', f)\ntry_it(conv_transpose_output_size)",
            "f = lambda x: x ** 2",
        ),
    ),
    "plays with the name after its check": Kind(
        (0, 4), (FIRST, SIZE + CHECK_SIZE, WRONG, "conv_transpose_output_size = 5")
    ),
    "mends it after its check, and checks no more": Kind((0, 4), (FIRST, WRONG + CHECK_SIZE, SIZE)),
    "checks again after mending": Kind((0, 4), (FIRST, WRONG + CHECK_SIZE, SIZE + CHECK_SIZE)),
    "the stub again at the end": Kind((0, 4), (FIRST, SIZE + CHECK_SIZE, STUB)),
    "cells twice": Kind((4, 4), (FIRST, STAMPS, SIZE, STAMPS, SIZE, CHECK_STAMPS, CHECK_STAMPS, CHECK_SIZE)),
    "the check before the answer": Kind(
        (0, 4), (FIRST, "check('6.3', mine)", SIZE.replace("conv_transpose_output_size", "mine"))
    ),
    "the imports at the end": Kind((4, 4), (STAMPS.replace("np.ndarray", "'np.ndarray'"), SIZE, FIRST, CHECK_STAMPS)),
    "a half-finished cell": Kind((4, 4), (FIRST, STAMPS, "def conv_transpose2d(x, weight:\n    out = ", SIZE)),
    "an error of its own between": Kind(
        (4, 4), (FIRST, STAMPS + "\nconv_transpose1d(1, 2, stride=1, padding=0)\nx = 1", SIZE)
    ),
    "an error before the answer in its cell": Kind((0, 4), (FIRST, "x = [1][5]\n" + SIZE)),
    "an assertion that fails behind the answer": Kind(
        (0, 4), (SIZE + "\nassert conv_transpose_output_size(1, 1, stride=1, padding=0, dilation=1) == 9",)
    ),
    "exits": Kind((4, 4), (FIRST, STAMPS + "\nexit()", SIZE, "quit()")),
    "a cell that takes too long": Kind(
        (4, 4), (FIRST, STAMPS + "\nepochs = []\nwhile True:\n    epochs.append(1)\nx = 1", SIZE)
    ),
    "a cell that sleeps": Kind((4, 4), (FIRST, STAMPS + "\nimport time\ntime.sleep(99)", SIZE)),
    "many cells that take too long": Kind((4, 4), (FIRST, STAMPS, *["while True: pass"] * 14, SIZE)),
    "a wrong answer": Kind((0, 2), (WRONG,)),
}
