# Sets up .venv by itself, then builds or tests. `make book DATASET=magnetic-tile` takes other images.
PYTHON ?= python3
DATASET ?= simulated
PROFILE ?= quick
UV := $(or $(shell command -v uv),.uv/bin/uv)
BIN := .venv/bin

.PHONY: book zip test format lock clean python-is-new-enough

book: .venv/ready
	@$(BIN)/python -m cvlib book --dataset "$(DATASET)" --profile "$(PROFILE)" $(if $(CORES),--cores $(CORES))

# Packs the rendered book for people who only want to read it.
zip: .venv/ready
	@$(BIN)/python -m cvlib pack --dataset "$(DATASET)"

test: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2

format: .venv/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/jupytext --sync notebooks/*.py notebooks/exercises/*.py

lock: $(filter .uv/%,$(UV))
	$(UV) pip compile --quiet --universal --generate-hashes --no-annotate --no-header --all-extras \
		pyproject.toml --output-file requirements.lock

clean:
	rm -rf .snakemake
	find _build -mindepth 1 -maxdepth 1 ! -name trained -exec rm -rf {} +  # runs go with: cvlib runs prune

.venv/ready: requirements.lock pyproject.toml | python-is-new-enough $(filter .uv/%,$(UV))
	$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
	$(UV) pip sync --quiet --python .venv --require-hashes requirements.lock
	$(UV) pip install --quiet --python .venv --no-build-isolation --no-deps --editable .
	@touch $@

.uv/bin/uv:
	$(PYTHON) -m venv .uv
	.uv/bin/python -m pip install --quiet uv

python-is-new-enough:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; make PYTHON=/path/to/python" if sys.version_info < (3, 11) else 0)'
