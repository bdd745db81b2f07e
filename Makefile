# `make demo` runs the main job, `make test` the tests; both set the machine up first.
export UV_SYSTEM_CERTS := 1
export UV_LINK_MODE := copy
# half of a command's time is compiling what it imports, where the bytecode is not kept
export UV_COMPILE_BYTECODE := 1
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
UV := .tools/bin/uv
BIN := .venv/bin
STAMP := .venv/.synced

.PHONY: demo test test-all bench lint docs-examples docs linkcheck lock dist wheel-test sbom clean

demo: $(STAMP)
	$(BIN)/caloriq reproduce michel-2005-fig-2 --out results

# one thread of BLAS for each of the two that run tests or read pages
test test-all docs: export OMP_NUM_THREADS := 1

test: $(STAMP)
	sh tests/lab/browser.sh
	$(BIN)/python -m pytest -m "not slow" -n 2 --dist worksteal

test-all: $(STAMP)
	sh tests/lab/browser.sh
	$(BIN)/python -m pytest -n 2 --dist worksteal

bench: $(STAMP)
	$(BIN)/python -m benchmarks

lint: $(STAMP)
	$(BIN)/ruff check src tests benchmarks docs
	$(BIN)/ruff format --check src tests benchmarks docs/conf.py docs/making docs/gallery
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

docs-examples: $(STAMP)
	$(BIN)/python -m tests.docs_examples

docs: $(STAMP)
	rm -rf build/docs docs/reference docs/figures
	PYTHONPATH=docs $(BIN)/python -m making.build build/docs

# links that leave the site; without a network they all fail
linkcheck: $(STAMP)
	$(BIN)/sphinx-build -q -b linkcheck -D plot_gallery=0 docs build/linkcheck

lock: $(UV)
	$(UV) export --all-groups --all-extras --no-emit-project --format requirements-txt --no-header --quiet --output-file requirements.lock
	rm -f uv.lock

dist: $(UV)
	rm -rf dist
	$(UV) build --quiet --python $(PYTHON) --out-dir dist

wheel-test: $(STAMP) dist
	$(BIN)/python -m tests.release dist

# what the lock holds, and under which licences; a list of requirements does not say who needs whom, of which the first tool warns
sbom: $(STAMP)
	mkdir -p build
	PYTHONWARNINGS=ignore::UserWarning $(BIN)/cyclonedx-py requirements --mc-type library --pyproject pyproject.toml --output-reproducible --output-file build/sbom.json requirements.lock
	$(BIN)/python -m tests.licences

$(UV):
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target .tools uv

$(STAMP): $(UV) requirements.lock pyproject.toml
	$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	VIRTUAL_ENV=.venv $(UV) pip sync --quiet --require-hashes requirements.lock
	VIRTUAL_ENV=.venv $(UV) pip install --quiet --no-deps -e .
	touch $@

clean:
	rm -rf .venv .tools build dist docs/reference docs/figures docs/publications.bib .pytest_cache .mypy_cache .ruff_cache .hypothesis results
