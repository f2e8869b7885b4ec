# The two commands: make demo, make test. Everything else is listed by make help.

VENV := .venv
BIN := $(VENV)/bin
SENTENCES := ledger/translations/zh/LC_MESSAGES/messages
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help demo run test trial setup lint types check coverage bench translations migrate clean packages

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/ready ## Set everything up, fill an empty ledger with the sample bureau, serve it on port 5000
	@$(BIN)/flask demo

run: $(VENV)/ready ## Serve the configured database, bringing it to the newest shape first
	@$(BIN)/flask serve

test: packages setup ## Install what the tests need, then run every test
	@$(BIN)/pytest -n 2

trial: packages setup ## Three phones without a network, 200 scans each, browsers and server killed, clocks wrong
	@TRIAL_SCANS=200 $(BIN)/pytest -rP tests/test_trial.py

setup: $(VENV)/ready-dev ## Make what working on the code needs
	@$(BIN)/flask build

lint: $(VENV)/ready-dev ## Look for faults of style and form
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/djlint --quiet --lint templates

types: $(VENV)/ready-dev ## Check the types
	@$(BIN)/mypy

check: lint types test ## All of what a change has to pass

coverage: packages setup ## Run every test and list the lines that none of them reached
	@$(BIN)/pytest -n 2 --cov --cov-report=term-missing:skip-covered

bench: setup ## Measure, each figure beside its limit, and append to docs/benchmarks.md
	@$(BIN)/python -m tools.bench

translations: $(VENV)/ready-dev ## Bring messages.po up to date with the sentences in the code
	@$(BIN)/pybabel -q extract -F babel.cfg -k N_ -k _l --no-location --sort-output --omit-header -o $(VENV)/messages.pot .
	@$(BIN)/pybabel -q update -i $(VENV)/messages.pot -o $(SENTENCES).po -l zh --no-fuzzy-matching --ignore-obsolete --omit-header --width 120

migrate: $(VENV)/ready ## Bring the configured database to the newest shape
	@$(BIN)/flask db upgrade

clean: ## Remove what was built; keys and data in instance/ stay
	rm -rf $(VENV) ledger/front/node_modules ledger/static/dist ledger/papers/fonts $(SENTENCES).mo .cache .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis

packages: ## Install the Debian packages that the tests use, where they are missing
	@python3 tools/packages.py

$(VENV)/ready: requirements.txt tools/make-venv
	@tools/make-venv $(VENV)
	@echo "Installing what the ledger needs …"
	@$(BIN)/python -m pip install --quiet -r requirements.txt
	@touch $@

$(VENV)/ready-dev: requirements-dev.txt $(VENV)/ready
	@echo "Installing what the tests need …"
	@$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	@touch $@
