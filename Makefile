# `make run` and `make test` are all that a newcomer needs. Everything else is for those who change
# the code.
SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help run test check format e2e bench hostile release build clean

help: ## This text
	@echo "Lookit. What make can do:"
	@grep -E '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) \
		| sed -E 's/^([a-z0-9]+):.*## /  make \1\t/' | expand -t 18

run: ## Build everything and start it on this machine, with demo accounts
	@scripts/run.sh

test: ## Run every test: rules, verbs on both databases, pages, and journeys in Chromium
	@scripts/test.sh

check: ## Look at the code without running it: form, words, lints, dependencies
	@scripts/check.sh

format: ## Format everything: Rust, views, scripts, style sheets
	@scripts/format.sh

e2e: ## Run the journeys in Chromium only; ARGS="-g name" chooses some
	@scripts/e2e.sh $(ARGS)

bench: ## Measure pages and runs on a release build with the benchmark's data set
	@scripts/bench.sh

hostile: ## Send hostile requests to a release build, and fail where it suffers
	@scripts/hostile.sh

release: ## Build small and fast
	@scripts/build.sh release

build: ## Build for development
	@scripts/build.sh

clean: ## Remove what was built and the demo's database
	@. scripts/tools.sh; rm -rf "$$CARGO_TARGET_DIR" node_modules var end2end/.output
