# Two commands do everything: `make run` and `make test`. The others are steps of them.
PYTHON ?= python3
PORT   ?= 8000
HOST   ?= 127.0.0.1
BIN    := .venv/bin
WORKERS ?= 2
SETUP  := .venv/.set-up
SITE   := src/vigie/site/static/build/manifest.json

.PHONY: run test lint setup bench soak faults fuzz coverage mutants sbom licences embed pins browser clean
SOAK   ?= 600
CASES  ?= 100000
EACH   ?= 60

run: $(SETUP) $(SITE) ## set up, build the embedded edition where it is not there yet, serve the site
	@$(BIN)/vigie build --if-needed
	@exec $(BIN)/vigie serve --host $(HOST) --port $(PORT)

test: $(SETUP) .venv/.dev $(SITE) browser ## set up and run every test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations=15

lint: .venv/.dev ## format and check
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/mypy
	$(BIN)/lint-imports

setup: $(SETUP) $(SITE) ## Python packages and the site's islands

$(SETUP): requirements/run.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q src
	@touch $@

.venv/.dev: requirements/dev.txt $(SETUP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

$(SITE): $(wildcard web/*.json web/*.ts web/src/* web/src/*/*)
	cd web && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build
	@touch $@

browser: ## Chromium from the distribution, where it is missing and may be installed
	@command -v chromium >/dev/null || { \
	  echo "Chromium is missing: installing it from the distribution"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; } \
	  || echo "Chromium could not be installed: the browser tests will say so"

bench: .venv/.dev .venv-bench/.peers ## what is timed, against the budgets and the peers; PARTS="access siting" for some
	$(BIN)/python -m benchmarks $(PARTS)

soak: .venv/.dev ## ten minutes (SOAK seconds) of traffic while editions are published: artefacts/soak.md
	$(BIN)/python -m benchmarks.soak --seconds $(SOAK)

faults: .venv/.dev ## 210 kills, 120 Ctrl-C, doubled builds, 130 damages on a home with kept steps: artefacts/faults.md
	$(BIN)/python tests/functional/faults.py
	$(BIN)/python tests/functional/interrupts.py

fuzz: .venv/.dev ## CASES (100,000) damaged files, definitions, queries and requests: artefacts/fuzz.md
	$(BIN)/vigie build --if-needed
	$(BIN)/python -m tests.fuzz --cases $(CASES) --home "$$($(BIN)/python -c 'from vigie.editions.store import default_home; print(default_home())')"

coverage: .venv/.dev ## lines and branches of access, indicators, zoning, levers that the quick tests run: artefacts/coverage.md
	$(BIN)/python -m tests.proof.rooms

mutants: .venv/.dev ## faults put on purpose into those rooms (EACH in each): artefacts/mutants.md; after make coverage
	@test -f artefacts/coverage/compiled || $(MAKE) coverage
	$(BIN)/python -m tests.proof.mutants --each $(EACH)

sbom: .venv/.dev ## the software bill of materials, CycloneDX, from the pins: artefacts/sbom.cdx.json
	$(BIN)/python -m benchmarks.bill sbom

licences: .venv/.dev ## the licence of every dependency, against those that we accept: artefacts/licences.md
	$(BIN)/python -m benchmarks.bill licences

.venv-bench/.peers: requirements/bench.txt
	@test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	@touch $@

embed: $(SETUP) ## make the embedded inputs anew from the official files in ../shared/data
	$(BIN)/vigie embed --from ../shared/data

pins: .venv/.dev ## pin the newest versions, with hashes and without any index's address
	cd requirements && ../$(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-annotate --no-header --strip-extras --allow-unsafe -o run.txt run.in
	cd requirements && ../$(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-annotate --no-header --strip-extras --allow-unsafe -o dev.txt run.txt dev.in

clean: ## remove what set-up and tests made
	rm -rf .venv .venv-bench web/node_modules src/vigie/site/static/build .pytest_cache .mypy_cache .ruff_cache artefacts
