# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Every target makes what it needs below .cache/ by itself: python3, make and git are enough to start with.
# Tests that talk to Qdrant use tests/support/double, or a real server:
#   make test QDRANT_BIN=/path/to/qdrant      start this program where the double would be started
#   make test QDRANT_URL=http://127.0.0.1:6333  use this running server, and WIPE it: every collection and snapshot

.DEFAULT_GOAL := help
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory

SYSTEM_PYTHON ?= python3
ENV := $(SYSTEM_PYTHON) tools/env.py
RUN := $(ENV) run
PY := $(RUN) controller -- python
PACKAGE := ansible_collections.vectorops.qdrant
PYTEST_ARGS ?=
# Two workers with a node and a store each; a server that is given is one for all.
PARALLEL = $(if $(QDRANT_URL),,--numprocesses 2 --dist loadfile)
REPORT = --junitxml=.cache/reports/$@.xml -o junit_suite_name=$@

SIZE ?= 150M
OUT ?= bench.json
VECTORS ?= whole
PORT ?= 6333
DIR ?=

##@ Use
.PHONY: help
help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  %-26s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Back up, lose, restore and prove a collection on this machine
	$(PY) demo/run.py

.PHONY: bench
bench: ## Measure against the plain procedure: make bench SIZE=150M OUT=bench.json [VECTORS=real]
	$(PY) tests/bench/run.py --size $(SIZE) --out $(OUT) --vectors $(VECTORS)

.PHONY: double
double: ## A stand-in for a Qdrant node: make double PORT=6333 DIR=/some/folder [API_KEY= READ_ONLY_API_KEY= URL_RECOVERY=off]
	@test -n "$(DIR)" || { echo "make double: say where it keeps its data, e.g. make double PORT=6333 DIR=/some/folder" >&2; exit 2; }
	@DOUBLE_API_KEY="$(API_KEY)" DOUBLE_READ_ONLY_API_KEY="$(READ_ONLY_API_KEY)" \
	  $(PY) -m $(PACKAGE).tests.support.double --port $(PORT) --dir "$(DIR)" --url-recovery $(or $(URL_RECOVERY),on)

##@ Test
.PHONY: test
test: test-unit test-contract test-integration test-faults ## All tests

.PHONY: test-unit test-unit-newest test-unit-oldest
test-unit: test-unit-newest test-unit-oldest ## The engine and the doors, on the newest and the oldest Python
test-unit-newest:
	$(PY) -m pytest tests/unit $(REPORT) $(PYTEST_ARGS)
test-unit-oldest:
	$(RUN) engine-oldest -- python -m pytest tests/unit -p no:cacheprovider $(REPORT) $(PYTEST_ARGS)

.PHONY: test-contract
test-contract: ## Qdrant's REST interface as recorded, replayed
	$(PY) -m pytest tests/contract $(REPORT) $(PYTEST_ARGS)

# Everything runs with the newest; what can depend on versions runs once more with the oldest. The rest runs the engine inside
# pytest's own Python with servers around it: there the second run would only repeat the first.
# -oldest: playbooks from the oldest ansible-core, with modules and the one file on the oldest Python (TARGET_PYTHON).
# -engine: client, store and program on the oldest Python with the oldest requests and boto3; their servers need a newer one.
.PHONY: test-integration test-integration-newest test-integration-oldest test-integration-engine
test-integration: test-integration-newest test-integration-oldest test-integration-engine ## Playbooks, program and engine against servers, newest and oldest
test-integration-newest:
	$(PY) tools/galaxy.py
	MOTO_PYTHON="$$($(ENV) make aws)" TARGET_PYTHON="$$($(ENV) make controller)" $(PY) -m pytest tests/integration $(PARALLEL) $(REPORT) $(PYTEST_ARGS)
test-integration-oldest:
	TARGET_PYTHON="$$($(ENV) make engine-oldest)" $(RUN) controller-oldest -- \
	  python -m pytest tests/integration -m oldest_controller -p no:cacheprovider $(REPORT) $(PYTEST_ARGS)
test-integration-engine: ENGINE_TESTS = $(addprefix tests/integration/test_,qdrant_client.py store.py program.py)
test-integration-engine:
	servers="$$($(ENV) make controller)" && DOUBLE_PYTHON="$$servers" WEED_BIN="$${servers%python}weed" $(RUN) engine-oldest -- \
	  python -m pytest $(ENGINE_TESTS) -m "not oldest_controller" -p no:cacheprovider $(REPORT) $(PYTEST_ARGS)

.PHONY: test-hosts
test-hosts: ## Roles on booted systemd hosts: root on Debian; installs what it needs (not part of `make test`)
	$(PY) -m $(PACKAGE).tests.hosts.run --numprocesses 2 --dist loadfile $(REPORT) $(PYTEST_ARGS)

.PHONY: test-faults
test-faults: ## Broken nodes, stores, archives and networks
	$(PY) -m pytest tests/faults $(PARALLEL) $(REPORT) $(PYTEST_ARGS)

##@ Gates
LINTS := lint-ruff lint-mypy lint-ansible lint-yaml lint-changelog lint-docs lint-reuse lint-gates
LINT := $(RUN) lint --
.PHONY: lint $(LINTS)
lint: $(LINTS) ## Style, types, metadata, licence headers and our own gates (tests/gates)
lint-ruff:
	$(LINT) ruff check --cache-dir .cache/ruff .
	$(LINT) ruff format --check --cache-dir .cache/ruff .
lint-mypy:
	$(LINT) python tools/typing_check.py
lint-ansible:
	$(LINT) python tools/galaxy.py
	$(LINT) python tools/copy_tree.py --run lint ansible-lint --strict --offline -q
lint-yaml:
	$(LINT) python tools/copy_tree.py --run yaml yamllint --strict .
lint-changelog:
	$(LINT) antsibull-changelog lint
lint-docs:
	$(LINT) python tools/copy_tree.py --run docs-lint antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=self .
lint-reuse:
	$(LINT) reuse lint --quiet || $(LINT) reuse lint --lines
lint-gates:
	$(LINT) python -m pytest tests/gates $(REPORT) $(PYTEST_ARGS)

.PHONY: sanity
sanity: ## ansible-test sanity on every Python found, nothing ignored
	$(LINT) python tools/sanity.py

.PHONY: docs
docs: ## The documentation site, warnings are errors; ends in .cache/docs/build/html
	$(LINT) python tools/docs.py

.PHONY: build
build: ## The tarball, installed offline, every door found by its full name
	$(LINT) python tools/build.py

##@ Housekeeping
.PHONY: setup
setup: ## All environments now, at the same time
	$(ENV) make controller controller-oldest engine-oldest lint aws

.PHONY: clean
clean: ## Remove everything that the targets made
	rm -rf .cache .ansible .mypy_cache .pytest_cache .ruff_cache tests/output changelogs/.plugin-cache.yaml
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
