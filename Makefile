# The face of the project; the work is in scripts/. Everything sets up what it needs, and only that.
.PHONY: help demo test test-all sweeps spec mutate fuzz verify bench lint fmt docs set-up build site clean
.DEFAULT_GOAL := help

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

demo: ## build the page and serve it on 127.0.0.1; it verifies the embedded sample block
	@scripts/set-up wasm node viewer
	@scripts/demo

test: ## every test: native, the bundles in headless Chromium, package and page in Chromium and Firefox
	@scripts/set-up wasm node browser firefox fixtures
	@scripts/test

sweeps: ## the native tests with whole sweeps instead of samples (half an hour)
	@scripts/set-up native fixtures
	@BLOCKLIGHT_FULL=1 scripts/test native

test-all: ## everything that `make test` leaves out as well, for two hours or so; writes docs/test-all.md. PARTS=some of it
	@scripts/test-all $(PARTS)

spec: ## all consensus tests, natively: DIR=folder of blockchain-test JSON, FILTER=text (a minute or two)
	@scripts/set-up native fixtures
	@scripts/with cargo run --quiet --release --package blocklight-tests --bin spec -- --filter "$(FILTER)" $(DIR)

mutate: ## tampered copies of real blocks for TIME seconds (600): SEED=…, MUTANT=… replays one
	@scripts/set-up native
	@scripts/with cargo run --quiet --release --package blocklight-tests --bin mutate -- \
		$(if $(TIME),--seconds $(TIME)) $(if $(SEED),--seed $(SEED)) $(if $(MUTANT),--mutant $(MUTANT))

fuzz: ## libFuzzer on each decoder, the trie and the verifier, or on TARGET alone, for TIME seconds (60) each
	@scripts/set-up fuzz
	@scripts/fuzz "$(or $(TIME),60)" $(TARGET)

verify: ## verify the embedded sample block natively, no browser needed
	@scripts/set-up native
	@scripts/with cargo run --release --package blocklight-cli -- verify \
		--chain tests/fixtures/sample-chain.json tests/fixtures/sample-block.json.gz

bench: ## measure, natively and in headless Chromium
	@scripts/set-up wasm node browser
	@scripts/bench

lint: ## formatting, clippy, docs, licences, types
	@scripts/set-up wasm node lint
	@scripts/lint

fmt: ## format everything
	@scripts/set-up native node
	@scripts/with cargo fmt --all && scripts/with npm run --silent fmt

docs: ## the Rust API's documentation, in target/doc
	@scripts/set-up native
	@scripts/with cargo doc --no-deps --document-private-items

build: ## the npm package with its wasm bundles into pkg/, the page into dist/
	@scripts/set-up wasm node
	@scripts/build-wasm && scripts/build-client && scripts/with npm run --silent build

site: ## the page as a folder for any static host, in site/ (docs/hosting.md)
	@scripts/set-up wasm node
	@scripts/build-wasm && scripts/build-client && scripts/with npm run --silent site

set-up: ## get whatever is missing for all of the above
	@scripts/set-up all

clean: ## remove what was built here; the cache outside stays
	rm -rf target dist site test-results node_modules/.vite
	rm -rf pkg/base pkg/threads pkg/threads-wide pkg/types pkg/index.js pkg/worker.js pkg/LICENSE-* pkg/THIRD-PARTY-LICENSES.txt
