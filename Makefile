# kling_cost: `make demo` shows it, `make test` checks it; both set up .venv themselves and may be run again.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
DEMO_DAY := 2026-11-20

.PHONY: help demo test bench examples docs lint requirements clean

help:
	@echo "make demo      price the sample campaign; its workbook and page go to build/"
	@echo "make test      set up and run every test"
	@echo "make bench     measure speed and memory, as ratios"
	@echo "make examples  make examples/ and reports/examples/ anew"
	@echo "make docs      make the tables of rules, problems and findings anew"
	@echo "make lint      ruff and mypy"
	@echo "make requirements  choose the versions in requirements/ anew (needs uv)"
	@echo "make clean     remove .venv, build and caches"

# set_up NAME…: a working .venv with requirements/NAME.txt and the project in it, made anew where it is broken or
# one of these files has changed. Every package is the very one that was tested, by its hash.
# pip works on the .venv from outside, so that a Python without ensurepip (Debian's) will do.
define set_up
	@if ! $(RUN) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	  rm -rf $(VENV); \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	    || { echo "kling_cost needs Python 3.11 or newer; say make PYTHON=/path/to/python3" >&2; exit 2; }; \
	  echo "setting up $(VENV) …"; \
	  $(PYTHON) -m venv --without-pip $(VENV) || exit 2; \
	fi; \
	lists="$(foreach name,$(1),-r requirements/$(name).txt)"; \
	wanted="$(1) $$(cat pyproject.toml $(foreach name,$(1),requirements/$(name).txt) | cksum)"; \
	if [ "$$(cat $(VENV)/.holds 2>/dev/null)" != "$$wanted" ]; then \
	  rm -f $(VENV)/.holds; \
	  options="--disable-pip-version-check --quiet"; \
	  if $(PYTHON) -m pip --version >/dev/null 2>&1; then pip="$(PYTHON) -m pip --python $(RUN)"; \
	  elif $(RUN) -m ensurepip >/dev/null 2>&1; then pip="$(RUN) -m pip"; \
	  elif command -v uv >/dev/null 2>&1; then pip="uv pip" options="--quiet --python $(RUN)"; \
	  else echo "no pip found: install python3-pip (Debian), or uv" >&2; exit 2; fi; \
	  $$pip install $$options --require-hashes --no-deps $$lists && $$pip install $$options --no-deps -e . || exit 2; \
	  printf '%s' "$$wanted" > $(VENV)/.holds; \
	fi
endef

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
	$(call set_up,test)
	COVERAGE_FILE=$(VENV)/coverage $(RUN) -m pytest -n auto --dist loadgroup --cov=kling_cost --cov-report=term:skip-covered

bench:
	$(call set_up,test bench)
	$(RUN) -m benchmarks

examples:
	$(call set_up,test)
	$(RUN) -m examples.make

docs:
	$(call set_up,test)
	$(RUN) -m docs.make

lint:
	$(call set_up,test)
	$(RUN) -m ruff format --check . && $(RUN) -m ruff check . && $(RUN) -m mypy

requirements:
	for name in run test bench; do \
	  uv pip compile pyproject.toml $$([ $$name = run ] || echo --extra $$name) --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --upgrade --quiet \
	    --custom-compile-command "make requirements" --output-file requirements/$$name.txt || exit 2; \
	done

clean:
	rm -rf $(VENV) build dist mutants htmlcov .coverage .hypothesis .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
