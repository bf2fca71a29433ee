# What people do here, each target in one line. The work is in backend/setup.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.NOTPARALLEL:

PYTHON := $(or $(shell command -v python3.11),$(shell command -v python3))
SETUP = $(or $(PYTHON),$(error Warmline needs Python 3.11, and there is no python3 here)) -m backend.setup
DEV := .warmline/dev/bin/python -m
SOURCES := app.py backend config tests

.PHONY: help demo chat test check format clean doctor lock

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Chat with a small real model on this machine's CPU (Ctrl-C stops it)
	@$(SETUP) demo

chat: ## Start the chat alone, against the engine at WARMLINE_ENGINE_URL
	@$(SETUP) chat

test: ## Run all tests, with a real engine and a real browser (ARGS="-k word" for some)
	@$(SETUP) test-env
	@$(DEV) pytest --cov $(ARGS)

check: ## Check format, lint, types and import rules
	@$(SETUP) check-env
	@$(DEV) ruff format --check $(SOURCES)
	@$(DEV) ruff check $(SOURCES)
	@$(DEV) mypy $(SOURCES)
	@.warmline/dev/bin/lint-imports

format: ## Format the code and mend what the linter can
	@$(SETUP) check-env
	@$(DEV) ruff check --fix $(SOURCES)
	@$(DEV) ruff format $(SOURCES)

clean: ## Remove what set-up made, after asking; your data stay
	@$(SETUP) clean

doctor: ## Say what this machine lacks for make demo
	@$(SETUP) doctor

lock: ## Resolve requirements/*.lock anew, out of pyproject.toml
	@$(SETUP) lock
