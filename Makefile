# `make` alone lists what there is. Nothing here needs an environment variable or root.
# Works with GNU make 3.81 (macOS) and later.

BIN := .venv/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test exhaustive fuzz faults canaries tampering lint format lock install clean

help: ## Show this list
	@echo "CRE bot: sourced treatment options for carbapenem-resistant Enterobacterales, in Slack"
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Try the bot on a local page: no Slack, no Redis, no root needed (Ctrl-C stops it)
	@scripts/install runtime
	@exec $(BIN)/cre-bot playground $(ARGS)

test: ## Check everything: lint, types, import contracts, dependencies, all tests
	@scripts/prerequisites
	@$(MAKE) --no-print-directory lint
	@echo "== tests (pytest)"
	@$(BIN)/pytest --numprocesses 2 --dist loadscope $(ARGS)

exhaustive: ## Hold the ten safety rules over some 680,000 questions (15 to 40 minutes on 2 cores)
	@scripts/install dev
	@$(BIN)/python -m tests.exhaustive $(ARGS)

fuzz: ## Read a million fuzzed inputs, 20,000 counted messages and 30 minutes of bred ones (about 45 minutes)
	@scripts/install dev
	@$(BIN)/python -m tests.fuzz.safety --messages 20000
	@$(BIN)/python -m tests.fuzz --inputs 1000000
	@$(BIN)/python -m tests.fuzz --guided --seconds 1800

faults: ## Kill, cut and starve what holds the audit log, 550 rounds, and count what is lost (about 20 minutes)
	@scripts/install dev
	@$(BIN)/python -m tests.faults $(ARGS)

canaries: ## Send 5,000 notes with identifiers through every surface, then search everything for them (about 5 minutes)
	@scripts/install dev
	@$(BIN)/python -m tests.canaries $(ARGS)

tampering: ## Tamper in 20 ways at 100 places each, verify 1,000 clean logs and a million entries (about 30 minutes)
	@scripts/install dev
	@$(BIN)/python -m tests.tampering
	@$(BIN)/python -m tests.tampering --entries 1000000

lint: ## Check style, types, import contracts and dependencies
	@scripts/install dev
	@echo "== lint (ruff check)"
	@$(BIN)/ruff check .
	@echo "== format (ruff format --check)"
	@$(BIN)/ruff format --check .
	@echo "== types (mypy --strict)"
	@$(BIN)/mypy
	@echo "== who may import whom (lint-imports)"
	@$(BIN)/lint-imports
	@echo "== dependencies declared and used (deptry)"
	@$(BIN)/deptry .

format: ## Format the code and fix what can be fixed
	@scripts/install dev
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

# The lock files hold names, versions and hashes only, for Linux and macOS and every Python from 3.11 on.
LOCK = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --only-binary :all: \
	--generate-hashes --no-emit-index-url --custom-compile-command "make lock" --group build

lock: ## Renew the lock files after a change of dependencies (ARGS=--upgrade takes newer releases)
	@scripts/install dev
	@$(LOCK) $(ARGS) --output-file requirements.lock
	@$(LOCK) $(ARGS) --group dev --constraint requirements.lock --output-file requirements-dev.lock
	@echo "requirements.lock and requirements-dev.lock are up to date."

install: ## Make .venv with everything for development
	@scripts/install dev

clean: ## Remove .venv and all caches (not your data)
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist ./*.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "Removed the virtual environment and the caches."
