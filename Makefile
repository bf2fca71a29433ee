# What people do here, one line a target. The work is done in backend/setup.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.NOTPARALLEL:

PYTHON := $(or $(shell command -v python3.11),$(shell command -v python3))
SETUP = $(or $(PYTHON),$(error Warmline needs Python 3.11, and no python3 is here)) -m backend.setup
ENGINE_OPTION = $(if $(ENGINE),--engine $(ENGINE))
DEV := .warmline/dev/bin
IN_TWO_PROCESSES := -n 2 --no-loadscope-reorder -p tests.two_processes
SOURCES := app.py backend config tests

.PHONY: help
help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Chat with a small real model on this machine's CPU (ENGINE=gpu: with Qwen3-4B on your NVIDIA card)
	@$(SETUP) demo $(ENGINE_OPTION)

.PHONY: prewarm
prewarm: ## The evening before: fetch and fill all that the next make demo starts from (ENGINE=gpu too)
	@$(SETUP) prewarm $(ENGINE_OPTION)

.PHONY: chat
chat: ## Start the chat alone, against the engine at WARMLINE_ENGINE_URL
	@$(SETUP) chat

.PHONY: plan
plan: ## Does it fit? GPU="RTX 4090" [MODEL=…] [CONTEXT=32K] [USERS=40] [ARGS="--json"]
	@$(PYTHON) -m backend.plan $(if $(GPU),--gpu "$(GPU)") $(if $(MODEL),--model "$(MODEL)") \
		$(if $(CONTEXT),--context $(CONTEXT)) $(if $(USERS),--users $(USERS)) $(ARGS)

.PHONY: test
test: ## Run all tests, real engine and real browser included (some: ARGS="tests/unit -k gate")
	@$(SETUP) test-env
	@$(DEV)/python -m pytest $(IN_TWO_PROCESSES) -p tests.group_seconds --cov --cov-report=term $(ARGS)

.PHONY: test-compose
test-compose: ## Bring the compose stack up in Docker without a GPU, chat through it, hurt it
	@$(SETUP) no-engine-env
	@PYTHON=$(PYTHON) tests/compose/engine/engine-up
	@$(DEV)/python -m pytest -p tests.group_seconds tests/compose $(ARGS)

.PHONY: bench-frontend
bench-frontend: ## Measure what the page costs beside a cookbook's chat (a minute: ARGS=--short)
	@$(SETUP) no-engine-env
	@$(DEV)/python -m backend.bench.frontend $(ARGS)

.PHONY: screenshots
screenshots: ## Take the pictures of docs/screenshots anew, every state in both languages and themes
	@$(SETUP) no-engine-env
	@$(DEV)/python -m tests.gallery $(ARGS)

.PHONY: chaos
chaos: ## Play 200 faults against 20 chatting people and the real engine (about 20 minutes)
	@$(SETUP) test-env
	@$(DEV)/python -m tests.chaos $(ARGS)

.PHONY: check format-check lint types imports
check: dev-env format-check lint types imports ## Check format, lint, types and import rules

format-check:
	@$(DEV)/ruff format --check $(SOURCES)

lint:
	@$(DEV)/ruff check $(SOURCES)

types:
	@$(DEV)/mypy $(SOURCES)

imports:
	@$(DEV)/lint-imports

.PHONY: format
format: dev-env ## Format the code, and mend what the linter can
	@$(DEV)/ruff check --fix $(SOURCES)
	@$(DEV)/ruff format $(SOURCES)

.PHONY: dev-env
dev-env:
	@$(SETUP) check-env

.PHONY: clean
clean: ## Say how much set-up's files take, ask, remove them; your data stay
	@$(SETUP) clean

.PHONY: doctor
doctor: ## Say what this machine lacks for make demo
	@$(SETUP) doctor $(ENGINE_OPTION)

.PHONY: bench-boot
bench-boot: ## Time cold, warm and crash starts of the CPU engine, beside vLLM by itself (ARGS="--rounds 3")
	@$(SETUP) bench-env
	@.warmline/chat/bin/python -m backend.bench.boot --python .warmline/engine/bin/python \
		--chat-python .warmline/chat/bin/python --model .warmline/models/SmolLM2-135M-Instruct \
		--profile cpu --out .warmline/bench/boot $(ARGS)

.PHONY: bench
bench: ## Measure what the guide's seven tips do (ARGS="--quick", "--only tip5", "--url …", "sweep --goal latency")
	@$(SETUP) bench-env
	@.warmline/chat/bin/python -m backend.bench --python .warmline/engine/bin/python \
		$(if $(findstring --url,$(ARGS)),,--model .warmline/models/SmolLM2-135M-Instruct) $(ARGS)

.PHONY: lock
lock: ## Resolve requirements/*.lock anew, out of pyproject.toml
	@$(SETUP) lock
