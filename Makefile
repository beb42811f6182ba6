.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

PYTHON ?= python3
UV_VERSION := 0.13.9
export UV := $(CURDIR)/.uv/bin/uv
# Where pip trusts the network's certificates, uv and Go do: by the system's store, or the file that pip was given.
export UV_SYSTEM_CERTS ?= true
CERTIFICATES := $(firstword $(SSL_CERT_FILE) $(PIP_CERT) $(REQUESTS_CA_BUNDLE) $(CURL_CA_BUNDLE))
ifneq ($(CERTIFICATES),)
export SSL_CERT_FILE := $(CERTIFICATES)
endif
RUN := $(CURDIR)/.venv/bin
# Most tests wait for a real server or for a real pod: three at a time, on one cluster, keep two cores busy.
TEST_PROCESSES := 3
SOURCES := controller localcluster examples bench release tests

.PHONY: help demo cluster test test-extra runbooks test-quick lint format crds charts page docs docs-site release bench-policies bench-law bench-real bench-speed mutation docs-plots prepare environment clean

help: ## Show the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: prepare ## Scale a real Temporal worker Deployment 0 -> N -> 0 and show it; CONTEXT=<kube context> TEMPORAL=<host:port> use what exists.
	@$(RUN)/python -m localcluster.demo $(if $(CONTEXT),--context $(CONTEXT)) $(if $(TEMPORAL),--temporal-address $(TEMPORAL)) $(ARGS)

cluster: prepare ## Run a real control plane and Temporal server until Ctrl-C: docs/install.md has what to try on them.
	@$(RUN)/python -m localcluster up $(ARGS)

test: prepare ## Run every test, those on the real control plane and Temporal server too; ARGS="-k words" picks some.
	@$(RUN)/python -m pytest --numprocesses $(TEST_PROCESSES) --dist load --maxschedchunk 1 --durations 25 $(ARGS)

test-extra: prepare ## Run the long stagings, and the tests that need Prometheus or Debian packages, which it installs; ARGS="-k words" picks some.
	@echo "[3/3] Prometheus, kube-score, Debian packages and a browser's driver"
	@VIRTUAL_ENV= UV_PROJECT_ENVIRONMENT=.venv $(UV) sync --locked --quiet --inexact --group extra
	@$(RUN)/python -m localcluster.prometheus
	@$(RUN)/python -m tests.extra.release.kube_score
	@$(RUN)/python -m tests.extra.packages
	@$(RUN)/python -m pytest tests/extra --numprocesses $(TEST_PROCESSES) --dist loadscope $(ARGS)

runbooks: prepare ## Stage every alert, and write what the commands of docs/runbook print then; minutes.
	@$(RUN)/python -m localcluster.prometheus
	@TWP_WRITE_RUNBOOKS=1 $(RUN)/python -m pytest tests/extra/monitoring/test_incidents.py $(ARGS)

test-quick: environment ## Run the tests that need no server.
	@$(RUN)/python -m pytest tests/api tests/scaling tests/simulator tests/operator tests/telemetry tests/page tests/cli -m "not system" $(ARGS)

lint: environment ## Check style, types, imports between the rooms, spelling, and the workflow files.
	@$(RUN)/ruff format --check $(wildcard $(SOURCES))
	@$(RUN)/ruff check $(wildcard $(SOURCES))
	@$(RUN)/mypy $(wildcard $(SOURCES))
	@$(RUN)/lint-imports
	@$(RUN)/codespell $(wildcard $(SOURCES) docs manifests *.md)
	@$(RUN)/zizmor --offline --quiet .github

format: environment ## Format the sources and fix what can be fixed.
	@$(RUN)/ruff format $(wildcard $(SOURCES))
	@$(RUN)/ruff check --fix $(wildcard $(SOURCES))

crds: environment ## Generate crds/ from the models, and the charts from it.
	@$(RUN)/python -m controller.api.crd
	@$(RUN)/python -m release.chart

page: environment ## Make controller/page/page.html of its sources.
	@$(RUN)/python -m controller.page.assemble

charts: environment ## Write the values, the schema and the CRDs of the charts, and what kustomize has from them.
	@$(RUN)/python -m release.chart

bench-policies bench-law: environment ## Compare scaling policies in simulated scenarios; ARGS="--scenarios table --seeds 1" plays some.
	@$(RUN)/python -m bench.policies --save $(ARGS)

bench-real: prepare ## Measure the operator under loads on a real control plane and Temporal server; ARGS=--help lists the options.
	@$(RUN)/python -m bench.real $(ARGS)

bench-speed: environment ## Time one decision of a large pool; ARGS=--profile says where the time goes.
	@$(RUN)/python -m bench.decision_speed $(ARGS)

mutation: environment ## Change the decision in some thousand ways and print which changes no test notices; hours.
	@VIRTUAL_ENV= UV_PROJECT_ENVIRONMENT=.venv $(UV) sync --locked --quiet --inexact --group mutation
	@$(RUN)/mutmut run $(ARGS)
	@$(RUN)/mutmut results

docs-plots: environment ## Draw the pictures of docs/decision.md.
	@$(RUN)/python -m bench.decision_plots $(ARGS)

docs: environment ## Generate the tables of reasons and the pages of messages and Events in docs/.
	@$(RUN)/python -m controller.operator.report.reference
	@$(RUN)/python -m controller.scaling.reference
	@$(RUN)/python -m controller.telemetry.reference
	@$(RUN)/python -m tests.monitoring.manifests
	@$(RUN)/python -m release.chart
	@$(RUN)/python -m tests.docs.messages
	@$(RUN)/python -m tests.docs.cli_examples
	@$(RUN)/python -m tests.docs.events_page
	@$(RUN)/python -m tests.docs.migrate_page
	@$(RUN)/python -m bench.deciders

docs-site: environment ## Build the documents as a site, with search, in out/site; fails on a dead link.
	@NO_MKDOCS_2_WARNING=1 $(RUN)/python -m mkdocs build $(ARGS)
	@echo "The site is in out/site: $(RUN)/python -m mkdocs serve shows it."

release: environment ## Build all that is published of this commit, in out/release; ARGS=--dry-run of what is there.
	@VIRTUAL_ENV= UV_PROJECT_ENVIRONMENT=.venv $(UV) sync --locked --quiet --inexact --group release
	@$(RUN)/python -m release build $(ARGS)

prepare: environment ## Prepare all that the demo and the tests need; some minutes the first time.
	@echo "[2/2] control plane and Temporal server"
	@$(RUN)/python -m localcluster prepare

environment: .venv/.prepared

.venv/.prepared: uv.lock pyproject.toml $(UV)
	@echo "[1/2] Python environment from uv.lock"
	@VIRTUAL_ENV= UV_PROJECT_ENVIRONMENT=.venv $(UV) sync --locked --quiet --python $(PYTHON)
	@touch $@

$(UV):
	@echo "[1/2] uv $(UV_VERSION)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "error: Python 3.11 or later is needed, and $(PYTHON) is $$($(PYTHON) --version 2>&1): name another with make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -m venv .uv \
		|| { echo "error: $(PYTHON) cannot make virtual environments; install its venv module (Debian: python3-venv)" >&2; exit 1; }
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

clean: ## Remove what was prepared in this folder; the control plane stays in the user's cache folder.
	rm -rf .venv .uv out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
