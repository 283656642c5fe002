# Two commands: `make demo` shows what this is, `make test` is what continuous integration runs.
# While you work: `make fast`, and of one engine `make test-postgres` and so on.
# They need make and Python 3.11 or later; PYTHON=/path/to/python chooses which one.

VENV := .venv
DOCS_VENV := .venv-docs
BIN := $(VENV)/bin
DEMO := .demo
# One more than the cores that continuous integration has: tests wait for servers, and for time to pass.
WORKERS ?= 3
# Where it is set, each worker would rewrite the tests' assertions anew: ten seconds.
unexport PYTHONDONTWRITEBYTECODE

ENGINES := duckdb postgres spark databricks snowflake bigquery
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

.PHONY: demo fast test $(ENGINES:%=test-%) test-long test-browser golden check format docs serve-docs reference release clean

demo: $(VENV)/demo-installed
	@rm -rf $(DEMO)
	@$(BIN)/snowplow-batch-engine demo --dir $(DEMO)
	@echo "The command is $(BIN)/snowplow-batch-engine; \`. $(BIN)/activate\` puts it on your path."

# Units, and enough of DuckDB to see that it still works.
fast: check
	$(PYTEST) -m "fast and not long"

test: check docs
	$(PYTEST) --durations=30 -m "not long"

$(ENGINES:%=test-%): test-%: $(VENV)/dev-installed
	$(PYTEST) -m "$* and not long"

test-long: $(VENV)/dev-installed
	$(PYTEST) -m "long and not browser"

# The console in Chromium (Debian: apt-get install chromium); pictures of its pages are kept in .screenshots.
test-browser: $(VENV)/browser-installed
	$(BIN)/python -m pytest -m browser

# Writes the SQL that is kept in tests/golden anew; read the difference before you commit it.
golden: $(VENV)/dev-installed
	SIGNALS_UPDATE_GOLDEN=1 $(BIN)/python -m pytest tests/golden

check: $(VENV)/dev-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/dev-installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The documentation site, in .site; anything that is wrong with a page or a link stops it (not with --quiet: strict counts
# the warnings that are shown).
docs: $(DOCS_VENV)/installed
	@NO_MKDOCS_2_WARNING=1 $(DOCS_VENV)/bin/mkdocs build --strict

serve-docs: $(DOCS_VENV)/installed
	@NO_MKDOCS_2_WARNING=1 $(DOCS_VENV)/bin/mkdocs serve

# Writes the parts of the pages that are made from the code: options, variables, tables, the HTTP API.
reference: $(VENV)/dev-installed
	$(BIN)/python -m tests.documentation

# The wheel to upload, in dist/. Refused until pyproject.toml says where the project lives: CONTRIBUTING.md, Releasing.
release: $(VENV)/made
	@grep -q '^\[project.urls\]' pyproject.toml || { \
	  echo "pyproject.toml has no [project.urls]: add the address of the repository before you release" >&2; exit 1; }
	$(BIN)/python -m pip wheel --no-deps --wheel-dir dist .

clean:
	rm -rf $(VENV) $(DOCS_VENV) $(DEMO) .site .screenshots

# The first Python that is new enough, of PYTHON and the usual names.
$(VENV)/made:
	@for python in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Making $(VENV) with $$("$$python" --version)"; \
	    "$$python" -m venv $(VENV) || { \
	      echo "$$python cannot make virtual environments; on Debian and Ubuntu install python3-venv." >&2; exit 1; }; \
	    $(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1' && touch $@; exit $$?; \
	  fi; \
	done; \
	echo "No Python 3.11 or later was found. Install one, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1

$(VENV)/demo-installed: $(VENV)/made pyproject.toml
	@echo "Installing into $(VENV); this takes a minute the first time"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[duckdb,server]'
	@touch $@

$(VENV)/dev-installed: $(VENV)/made pyproject.toml
	@echo "Installing into $(VENV), with what the tests need; this takes a minute the first time"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e . --group dev
	@touch $@ $(VENV)/demo-installed

$(VENV)/browser-installed: $(VENV)/dev-installed pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group browser
	@touch $@

# An environment of its own: the site reads the sources and runs nothing, so it needs neither dbt nor an engine.
$(DOCS_VENV)/installed: $(VENV)/made pyproject.toml
	@echo "Installing into $(DOCS_VENV)"
	@$(BIN)/python -m venv $(DOCS_VENV)
	@$(DOCS_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(DOCS_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --group docs
	@touch $@
