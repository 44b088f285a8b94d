# kling_cost: `make demo` shows it, `make test` checks it; both set up .venv themselves and may be run again.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
DEMO_DAY := 2026-11-20
# Tests start hundreds of processes, each of which would compile the library anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test fuzz coverage test-lowest test-newest mutants bench examples docs site lint requirements clean

help:
	@echo "make demo      price the sample campaign; its workbook and page go to build/"
	@echo "make test      set up and run every test"
	@echo "make fuzz      the generated tests alone, with ten times the inputs and a new seed"
	@echo "make coverage  the same, and which branches of the code they reach"
	@echo "make test-lowest   what depends on versions, with the lowest allowed ones; without LibreOffice, Chromium, Spark"
	@echo "make test-newest   the same with the newest on offer"
	@echo "make mutants FOLDER=planning   change that folder in every small way and see a test fail; resumable"
	@echo "make mutants FOLDER=jobs SAMPLE=100 [SEED=…]   the same with so many random changes"
	@echo "make bench     measure speed and memory, as ratios"
	@echo "make examples  make examples/ and reports/examples/ anew"
	@echo "make docs      make the pages of the reference that follow from the code anew"
	@echo "make site      build the documentation into build/site; a warning is an error"
	@echo "make lint      ruff and mypy"
	@echo "make requirements  choose the versions in requirements/ anew (needs uv)"
	@echo "make clean     remove .venv, build and caches"

# set_up NAME…: .venv holds what requirements/NAME.txt names, and the project.
set_up = @PYTHON="$(PYTHON)" sh requirements/set_up.sh $(VENV) $(1)
# What developers need, in one environment.
DEVELOP := test docs
# What the run with the lowest and that with the newest versions do without; Spark is in neither.
PARTS := java pyspark soffice chromium mkdocs
# A law holds or not whatever the versions, so a few draws of each show what a version changes.
LIGHT := KLING_COST_WITHOUT_PARTS="$(PARTS)" KLING_COST_EXAMPLES=20
SUITE := -m pytest -n auto
# What reads the source, the papers and the lists of versions comes to the same whatever is installed.
READERS := complexity house readme requirements scale tests
LIGHT_SUITE := $(SUITE) --ignore=kling_cost/frames/libraries/spark.py \
  $(foreach name,$(READERS),--ignore=tests/tidy/test_$(name).py)

demo:
	$(call set_up,run)
	@mkdir -p build
	@$(VENV)/bin/kling-cost report examples/campaign.yaml --as-of $(DEMO_DAY) \
	  -o build/budget.xlsx -o build/budget.html; status=$$?; [ $$status -eq 0 ] || exit $$status
	@echo
	@echo "The workbook and the page of the sample campaign lie in:"
	@echo "  $(CURDIR)/build/budget.xlsx"
	@echo "  $(CURDIR)/build/budget.html"

test:
	$(call set_up,$(DEVELOP))
	$(RUN) $(SUITE)

# Where faults are searched for; CI repeats one seed, so that its verdict follows from the commit alone.
fuzz:
	$(call set_up,$(DEVELOP))
	KLING_COST_EXAMPLES=1000 $(RUN) $(SUITE) -m hypothesis

# Of its own, since watching every branch takes the tests nearly twice the time.
coverage:
	$(call set_up,$(DEVELOP))
	COVERAGE_FILE=$(VENV)/coverage $(RUN) $(SUITE) --cov=kling_cost --cov-report=term:skip-covered

test-lowest: VENV := .venv-lowest
test-lowest:
	$(call set_up,lowest)
	$(LIGHT) $(VENV)/bin/python $(LIGHT_SUITE)

test-newest: VENV := .venv-newest
test-newest:
	$(call set_up,newest)
	$(LIGHT) $(VENV)/bin/python $(LIGHT_SUITE)

# May be interrupted; the next run goes on from there.
mutants:
	@test -n "$(FOLDER)" || { echo "say which folder: make mutants FOLDER=planning" >&2; exit 2; }
	$(call set_up,$(DEVELOP) mutants)
	nice -n 15 $(RUN) -m tests.mutation $(FOLDER) $(SAMPLE)

bench:
	$(call set_up,$(DEVELOP) bench)
	$(RUN) -m benchmarks

examples:
	$(call set_up,$(DEVELOP))
	$(RUN) -m examples.make

docs:
	$(call set_up,$(DEVELOP))
	$(RUN) -m docs.make

site:
	$(call set_up,$(DEVELOP))
	$(RUN) -m docs.site build/site

lint:
	$(call set_up,$(DEVELOP))
	$(RUN) -m ruff format --check . && $(RUN) -m ruff check . && $(RUN) -m mypy

# The lists that go into one environment agree, since all follow the list of the tests.
LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate \
  --upgrade --quiet --custom-compile-command "make requirements"
WITH_TEST := $(LOCK) --constraint requirements/test.txt
requirements:
	uv pip compile pyproject.toml --extra test --extra spark $(LOCK) -o requirements/test.txt
	uv pip compile pyproject.toml $(WITH_TEST) -o requirements/run.txt
	uv pip compile --group pyproject.toml:build $(WITH_TEST) -o requirements/build.txt
	uv pip compile pyproject.toml --extra bench $(WITH_TEST) -o requirements/bench.txt
	uv pip compile pyproject.toml --extra mutants $(WITH_TEST) -o requirements/mutants.txt
	uv pip compile pyproject.toml --extra docs $(WITH_TEST) -o requirements/docs.txt
	uv pip compile pyproject.toml --extra test --resolution lowest-direct $(LOCK) -o requirements/lowest.txt
	$(call set_up,$(DEVELOP))
	$(RUN) -m tests.tidy.requirement_lists
	$(RUN) -m pytest tests/tidy/test_requirements.py

clean:
	rm -rf $(VENV) $(VENV)-lowest $(VENV)-newest build dist mutants htmlcov .coverage .hypothesis .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
