# `make run` and `make test` are all that a newcomer needs. Everything else is for those who work on the house.
.DEFAULT_GOAL := help
.PHONY: help run test check e2e bench release build clean

help: ## This text
	@echo "Lookit. What make can do:"
	@grep -E '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## /  make \1\t/' | expand -t 18

run: ## Build everything and start it on this machine, with demo accounts
	@scripts/run.sh

test: ## Run every test: rules, verbs on both databases, pages, and journeys in Chromium
	@scripts/test.sh

check: ## Look at the code without running it: format, lints, dependencies
	@scripts/check.sh

e2e: ## Run the journeys in Chromium only; ARGS="-g name" chooses some
	@scripts/e2e.sh $(ARGS)

bench: ## Measure pages and runs on a release build with the benchmark's data set
	@scripts/bench.sh

release: ## Build small and fast
	@scripts/build.sh release

build: ## Build for development
	@scripts/build.sh

clean: ## Remove what was built and the demo's database
	@. scripts/tools.sh; rm -rf "$$CARGO_TARGET_DIR" node_modules var end2end/.output
