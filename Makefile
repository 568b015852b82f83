.DEFAULT_GOAL := help
.PHONY: help install demo run test check bench soak accessibility wheel deb image lock messages pictures set-up-dev

# Nothing here depends on the caller's locale.
export LC_ALL := C.UTF-8
export PYTHONUTF8 := 1

BIN := .venv/bin
BRANCH := main
PYTEST := $(BIN)/python -m pytest --maxprocesses=8 --dist=loadfile --no-loadscope-reorder
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --no-header $(if $(UPGRADE),--upgrade)

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: ## set everything up; the command is then .venv/bin/signoff
	@.ci/setup.sh

demo: install ## a whole association at work, in your browser
	@$(BIN)/signoff demo

run: install ## serve the instance in ./instance
	@$(BIN)/signoff init
	@$(BIN)/signoff serve

test: set-up-dev ## set up and run all tests
	@# Many tests wait for servers, browsers and prints: two processes for each core.
	@$(PYTEST) --numprocesses=$(shell expr 2 \* `nproc`)

check: set-up-dev ## formatting, lint, types, known weaknesses and the quick tests of what differs from main (BRANCH=…)
	@$(BIN)/ruff format --check --quiet . || { echo "Please run: $(BIN)/ruff format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/python .ci/audit.py
	@tests=$$($(BIN)/python -m tests.choose $(BRANCH) 2>/dev/null || echo tests) && echo "· $$tests" && \
		$(PYTEST) --numprocesses=`nproc` --quiet -m "not browser and not slow and not soak" $$tests

bench: set-up-dev ## measure, and print all figures beside their goals; see bench/README.md
	@for each in answers pages mail printing memory growth doors; do $(BIN)/python bench/$$each.py || exit 1; done
	@$(BIN)/python bench/results.py

soak: set-up-dev ## the long harnesses: kills, races, thousands of messages
	@$(BIN)/python -m pytest -m soak

accessibility: set-up-dev ## run the tests of accessibility and write the report on EN 301 549
	@$(BIN)/python docs/accessibility.py

wheel: install ## build dist/*.whl with templates, static files, fonts and catalogues
	@rm -rf dist
	@$(BIN)/python -m hatchling build --target wheel

deb: wheel ## build dist/*.deb for Debian 12 and 13, with its own Python environment
	@deploy/build_deb.sh

image: deb ## build the image localhost/signoff with buildah
	@buildah build --format docker --file deploy/Containerfile --tag localhost/signoff .

lock: ## write the requirements locks anew (UPGRADE=1: with the newest versions); needs uv
	@$(COMPILE) pyproject.toml --output-file requirements.lock
	@$(COMPILE) pyproject.toml --extra dev --constraint requirements.lock --output-file requirements-dev.lock
	@$(COMPILE) --group build --constraint requirements.lock --output-file requirements-build.lock
	@$(COMPILE) --group node --output-file requirements-node.lock

messages: install ## collect the texts of the pages into the catalogues and compile them
	@mkdir -p build
	@$(BIN)/pybabel --quiet extract --mapping=pyproject.toml --keywords="_l lazy_gettext lazy_ngettext:1,2 SettingsError MailboxError say Column" \
		--add-location=file --no-wrap --project=Signoff --output=build/messages.pot .
	@$(BIN)/pybabel --quiet update --input-file=build/messages.pot --output-dir=signoff/translations \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap
	@$(BIN)/python .ci/hatch_build.py

pictures: set-up-dev ## make the pictures of README.md and the handbook from the demo
	@$(BIN)/python docs/pictures.py

set-up-dev:
	@.ci/setup.sh --dev
