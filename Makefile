# The project's commands; `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help up down logs status verify test e2e bench bench-long fmt types lint certs images nginx-check

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## bring the fleet up: installs and builds what is missing, ends when every container is healthy
	@scripts/up

down: ## stop the fleet and remove its containers (data stays in its volumes)
	@scripts/down

logs: ## follow the logs of all services; S=<service> for one
	@docker compose logs --follow --tail 100 $(S)

status: ## what runs, and how well
	@./admin status

verify: ## check a running fleet from end to end
	@./admin verify

test: ## units, integration, the composed fleet, the browser
	@scripts/test

e2e: ## every browser test before the double: accessibility, load and all pictures of docs/ui too
	@cd ui && npm ci --silent --no-audit --no-fund && npm run --silent build && npm run --silent e2e

bench: ## measure, print, and write the results as JSON
	@scripts/bench

bench-long: ## the same, and 24 simulated hours at speed 60 (24 minutes more)
	@scripts/bench long

fmt: ## format Rust and TypeScript
	@cargo fmt --all
	@cd ui && npm run --silent --if-present format

types: ## write the UI's types (ui/src/wire) anew from the Rust ones
	@MS_TYPES=write cargo test --quiet -p auth -p sse -p wire --lib -- the_page_knows

lint: ## what CI refuses: formatting, clippy, the UI's rules; shell scripts where shellcheck is installed
	@cargo fmt --all --check
	@cargo clippy --workspace --all-targets --locked -- -D warnings
	@cd ui && npm run --silent lint
	@if command -v shellcheck >/dev/null; then shellcheck -x -S warning scripts/* nginx/entry.sh dockerfiles/mysql/*.sh; fi

certs: ## replace the development certificate
	@scripts/certs --force

images: ## build the images without starting anything
	@scripts/docker-engine
	@scripts/build-images

nginx-check: ## let nginx test its rendered configuration
	@scripts/nginx-check
