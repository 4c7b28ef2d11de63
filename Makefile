# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Every target creates what it needs below .cache/. Required: python3, make and git.
# Tests that talk to Qdrant use tests/support/double, or a real server:
#   make test QDRANT_BIN=/path/to/qdrant      start this program instead of the double
#   make test VERSION=1.19.0                  let the double speak this version (default 1.18.3)
#   make test QDRANT_URL=http://127.0.0.1:6333  use this running server, and WIPE it: every collection and snapshot

.DEFAULT_GOAL := help
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory

SYSTEM_PYTHON ?= python3
ENV := $(SYSTEM_PYTHON) tools/env.py
RUN := $(ENV) run
# The ansible-core of `make test-hosts` and `make test-integration-core`: newest, 2.19 or 2.16.
ANSIBLE_CORE ?= newest
CONTROLLER_newest := controller
CONTROLLER_2.19 := controller-middle
CONTROLLER_2.16 := controller-oldest
CONTROLLER = $(or $(CONTROLLER_$(ANSIBLE_CORE)),$(error ANSIBLE_CORE is $(ANSIBLE_CORE). Use newest, 2.19 or 2.16))
PY := $(RUN) controller -- python
PACKAGE := ansible_collections.vectorops.qdrant
PYTEST_ARGS ?=
# Workers, each with its own node and store; with QDRANT_URL there is only one node, so one worker.
WORKERS = 2
PARALLEL = $(if $(QDRANT_URL),,--numprocesses $(WORKERS) --dist loadfile)
REPORT = --junitxml=.cache/reports/$@.xml -o junit_suite_name=$@

VERSION ?=
export DOUBLE_VERSION := $(or $(VERSION),$(DOUBLE_VERSION))

SIZE ?= 150M
OUT ?= bench.json
POINTS ?= 1000000
BACKUPS ?= 3000
VECTORS ?= whole
CASE ?= all
PORT ?= 6333
DIR ?=

##@ Use
.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  %-26s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Back up, lose, restore and prove a collection on this machine
	$(PY) demo/run.py

.PHONY: bench
bench: ## Measure against the plain procedure: make bench SIZE=150M OUT=bench.json [VECTORS=real] [CASE=sizes|many]
	$(PY) tests/bench/run.py --size $(SIZE) --out $(OUT) --vectors $(VECTORS) --case $(CASE)

.PHONY: bench-undo
bench-undo: ## Measure a comparison with a backup, and points that are put back: make bench-undo POINTS=1000000 OUT=bench-undo.json
	$(PY) tests/bench/undo.py --points $(POINTS) --out $(if $(filter file,$(origin OUT)),bench-undo.json,$(OUT))

.PHONY: bench-cluster
bench-cluster: ## Measure a cluster that is lost and brought back against the documented way: make bench-cluster QDRANT_BIN=... OUT=bench-cluster.json
	$(PY) tests/bench/cluster.py --out $(if $(filter file,$(origin OUT)),bench-cluster.json,$(OUT))

.PHONY: bench-damage
bench-damage: ## Print what grades 2 and 3 see of damage to an archive whose checksum is left out (some minutes)
	$(PY) -m ansible_collections.vectorops.qdrant.tests.bench.damage

.PHONY: bench-catalogue
bench-catalogue: ## Measure list and status over many backups: make bench-catalogue BACKUPS=3000 OUT=bench-catalogue.json
	$(PY) tests/bench/catalogue.py --backups $(BACKUPS) --out $(if $(filter file,$(origin OUT)),bench-catalogue.json,$(OUT))

.PHONY: double
double: ## Run a test double of Qdrant: make double PORT=6333 DIR=/some/folder [NODES=3 API_KEY= READ_ONLY_API_KEY= URL_RECOVERY=off]
	@test -n "$(DIR)" || { echo "make double: DIR is missing. Set the data folder, for example: make double PORT=6333 DIR=/some/folder" >&2; exit 2; }
	@DOUBLE_API_KEY="$(API_KEY)" DOUBLE_READ_ONLY_API_KEY="$(READ_ONLY_API_KEY)" \
	  $(PY) -m $(PACKAGE).tests.support.double --port $(PORT) --dir "$(DIR)" --nodes $(or $(NODES),1) --url-recovery $(or $(URL_RECOVERY),on)

##@ Test
.PHONY: test
test: test-unit test-contract test-integration test-faults ## Run all tests

.PHONY: test-unit test-unit-newest test-unit-oldest
test-unit: test-unit-newest test-unit-oldest ## Test the engine, modules and program on the newest and the oldest Python
test-unit-newest:
	$(PY) -m pytest tests/unit $(REPORT) $(PYTEST_ARGS)
test-unit-oldest:
	$(RUN) engine-oldest -- python -m pytest tests/unit -p no:cacheprovider $(REPORT) $(PYTEST_ARGS)

.PHONY: test-contract
test-contract: ## Replay recorded answers of Qdrant's REST API
	$(PY) -m pytest tests/contract $(REPORT) $(PYTEST_ARGS)

# All tests run with the newest versions. Tests that can depend on versions run again with the oldest. The others run the engine
# inside pytest's own Python: a second run would only repeat the first.
# -oldest: playbooks from the oldest ansible-core, with modules and the single-file program on the oldest Python (TARGET_PYTHON).
# The double needs a newer one (DOUBLE_PYTHON).
# -engine: client, store and program on the oldest Python with the oldest requests and boto3; their servers need a newer one.
.PHONY: test-integration test-integration-newest test-integration-oldest test-integration-engine
# They wait a quarter of their time (two snapshots of one collection are a second apart): four are faster on two processors.
test-integration-newest test-integration-core: WORKERS = 4
test-integration: test-integration-newest test-integration-oldest test-integration-engine ## Run playbooks, program and engine against servers, newest and oldest
test-integration-newest:
	$(PY) tools/galaxy.py
	MOTO_PYTHON="$$($(ENV) make aws)" TARGET_PYTHON="$$($(ENV) make controller)" $(PY) -m pytest tests/integration $(PARALLEL) $(REPORT) $(PYTEST_ARGS)
test-integration-oldest:
	$(PY) tools/galaxy.py oldest
	MOTO_PYTHON="$$($(ENV) make aws)" DOUBLE_PYTHON="$$($(ENV) make controller)" TARGET_PYTHON="$$($(ENV) make engine-oldest)" \
	  $(RUN) controller-oldest -- \
	  python -m pytest tests/integration -m oldest_controller -p no:cacheprovider $(REPORT) $(PYTEST_ARGS)
test-integration-engine: ENGINE_TESTS = $(addprefix tests/integration/test_,qdrant_client.py store.py program.py)
test-integration-engine:
	servers="$$($(ENV) make controller)" && DOUBLE_PYTHON="$$servers" WEED_BIN="$${servers%python}weed" $(RUN) engine-oldest -- \
	  python -m pytest $(ENGINE_TESTS) -m "not oldest_controller" -p no:cacheprovider $(REPORT) $(PYTEST_ARGS)

.PHONY: test-integration-core
test-integration-core: ## Run the playbooks' tests on one ansible-core: make test-integration-core ANSIBLE_CORE=2.19
	$(PY) tools/galaxy.py
	controller="$$($(ENV) make controller)" && MOTO_PYTHON="$$($(ENV) make aws)" DOUBLE_PYTHON="$$controller" TARGET_PYTHON="$$controller" \
	  $(RUN) $(CONTROLLER) -- \
	  python -m pytest tests/integration -m oldest_controller -p no:cacheprovider $(PARALLEL) $(REPORT) $(PYTEST_ARGS)

.PHONY: test-hosts test-hosts-core test-hosts-slow
HOSTS = IMAGE="$(IMAGE)" $(RUN) $(CONTROLLER) -- python -m $(PACKAGE).tests.hosts.run --numprocesses 2 --dist loadfile --no-loadscope-reorder
test-hosts: ## Run the roles on booted systemd hosts, as root on Debian: make test-hosts IMAGE=debian13 ANSIBLE_CORE=2.16
	$(HOSTS) -m "not slow" $(REPORT) $(PYTEST_ARGS)
test-hosts-core: HOSTS_TESTS = $(foreach name,server_role backup_role rollout fleet backup_by_hand,tests/hosts/test_$(name).py)
test-hosts-core: ## The third of them that .ci/run has time for: each role, a rollout, a fleet
	$(HOSTS) -m "not slow and not nightly" $(REPORT) $(PYTEST_ARGS) $(HOSTS_TESTS)
test-hosts-slow: ## The same for what takes minutes each: a rebuilt host, an image, several instances, a cluster, an upgrade
	$(HOSTS) -m slow $(REPORT) $(PYTEST_ARGS)

.PHONY: test-faults
test-faults: ## Test with broken nodes, stores, archives and networks
	$(PY) -m pytest tests/faults $(PARALLEL) $(REPORT) $(PYTEST_ARGS)

# test-integration, test-contract and test-faults run them with three nodes; here every test that needs a cluster runs with both.
CLUSTER_TESTS = tests/contract tests/integration tests/faults
.PHONY: test-cluster test-cluster-3 test-cluster-5
test-cluster: test-cluster-3 test-cluster-5 ## Test clusters of three and of five nodes; make test-cluster QDRANT_BIN=... starts real ones
test-cluster-3 test-cluster-5: test-cluster-%:
	$(PY) tools/galaxy.py
	CLUSTER_NODES=$* TARGET_PYTHON="$$($(ENV) make controller)" $(PY) -m pytest $(CLUSTER_TESTS) -m cluster $(PARALLEL) $(REPORT) $(PYTEST_ARGS)

.PHONY: test-pages
test-pages: ## Look at the pages of reports in headless Chromium, if it is installed; screenshots are in .cache/pages
	$(PY) -m pytest tests/pages $(REPORT) $(PYTEST_ARGS)

.PHONY: test-stores test-stores-light
test-stores: ## The whole way on each S3 store: STORES="seaweedfs moto rclone ceph swift garage"; Ceph and Swift need root on Debian, Garage GARAGE_BIN
	$(PY) tools/galaxy.py
	MOTO_PYTHON="$$($(ENV) make aws)" $(PY) -m pytest tests/stores --numprocesses 2 --dist loadgroup $(REPORT) $(PYTEST_ARGS)
test-stores-light: ## On those that need no packages of the system
	STORES="seaweedfs moto rclone" $(MAKE) test-stores

##@ Gates
LINTS := lint-ruff lint-mypy lint-ansible lint-yaml lint-actions lint-changelog lint-docs lint-reuse lint-gates
LINT := $(RUN) lint --
.PHONY: lint $(LINTS)
lint: $(LINTS) ## Check style, types, metadata, licence headers and the gates in tests/gates
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
lint-actions:
	$(LINT) check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
lint-changelog:
	$(LINT) antsibull-changelog lint
lint-docs:
	$(LINT) python tools/copy_tree.py --run docs-lint python $(CURDIR)/tools/docs_lint.py lint-collection-docs --plugin-docs --validate-collection-refs=self .
lint-reuse:
	$(LINT) reuse lint --quiet || $(LINT) reuse lint --lines
lint-gates:
	$(LINT) python -m pytest tests/gates $(REPORT) $(PYTEST_ARGS)

.PHONY: sanity
sanity: ## Run ansible-test sanity on every Python found, without an ignore file
	$(LINT) python tools/sanity.py

.PHONY: docs
docs: ## Build the documentation site in .cache/docs/build/html; warnings are errors
	$(LINT) python tools/docs.py

.PHONY: pictures
pictures: ## Draw the pictures of the guides from docs/docsite/pictures
	$(SYSTEM_PYTHON) tools/picture.py

.PHONY: build
build: ## Build the tarball, install it offline, find every plugin, role and playbook by its full name
	$(LINT) python tools/build.py

##@ Housekeeping
.PHONY: setup
setup: ## Create all environments now, in parallel
	$(ENV) make controller controller-oldest engine-oldest lint aws

.PHONY: clean
clean: ## Remove everything that the targets created
	rm -rf .cache .ansible .mypy_cache .pytest_cache .ruff_cache tests/output changelogs/.plugin-cache.yaml
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
