# The two commands of the README are `make demo` and `make test`. Python 3.11 or newer and make
# are all that a machine needs; everything else comes hash-pinned from requirements/*.lock.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN = $(VENV)/bin
GOVGATE = $(BIN)/govgate
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet

.DEFAULT_GOAL := help
.PHONY: help demo demo-fallback test test-fast lint format lock check-corpora check-memory bench-decide bench-scan check-equal check-models bench-incremental bench-linear bench-log bench-retrieval check-laws check-kills check-faults evidence-tools check-evidence fuzz clean

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/run.done: requirements/run.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "make: Python 3.11 or newer with venv was not found (set PYTHON=/path/to/python3.11)" >&2; exit 2; }
	@echo "creating $(VENV) and installing the pinned packages (about a minute the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements/run.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.done: $(VENV)/run.done requirements/dev.lock
	@$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@

demo: $(VENV)/run.done  ## gate the sample data under examples/ and show what follows
	@bash examples/demo.sh $(GOVGATE)

demo-fallback: $(VENV)/run.done  ## train where that is allowed, answer by retrieval where it is not, and forget a person
	@bash examples/fallback.sh $(GOVGATE) $(BIN)/python

test: lint  ## everything that must hold: lint, types, layers, all tests
	$(BIN)/python -m pytest -n auto --dist worksteal

check-laws: $(VENV)/dev.done  ## the laws of make test on all their examples instead of a fifth (about 3 minutes)
	$(BIN)/python -m pytest -n auto --dist worksteal --hypothesis-profile all tests/property tests/conformance/test_presidio_equal.py tests/conformance/test_rego_engine.py

check-kills: $(VENV)/dev.done  ## kill a gate, an erasure and appends at every write, retrieval stores at many; a hundred appending processes (10 minutes)
	$(BIN)/python -m pytest -m slow -n auto tests/unit/retrieve/test_retrieve_forget.py tests/unit/attest/test_log_faults.py tests/unit/attest/test_log_many.py "tests/unit/test_erase_faults.py::test_an_erasure_that_was_stopped_anywhere_is_finished_by_the_next[Fault.KILL-1]" "tests/unit/test_gate_faults.py::test_any_operation_of_a_gate_may_fail[Fault.KILL-1]"

test-fast: $(VENV)/dev.done  ## the unit tests alone
	$(BIN)/python -m pytest -n auto tests/unit

lint: $(VENV)/dev.done  ## ruff, mypy --strict and the layer contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports --no-cache

format: $(VENV)/dev.done  ## put the code into house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: docs
docs: $(VENV)/run.done  ## write what docs/ takes from the code: facts of policy.md, the record's schema
	@$(BIN)/python -c 'from pathlib import Path; from govgate.record import schema_text; Path("docs/decision.schema.json").write_text(schema_text(), "utf-8")'
	@$(BIN)/python -c 'from pathlib import Path; from govgate.policy.words.reference import rewritten; p = Path("docs/policy.md"); p.write_text(rewritten(p.read_text("utf-8")), "utf-8")'

check-corpora: $(VENV)/dev.done  ## gate the whole real corpora in ../shared/data (about a minute)
	$(BIN)/python -m pytest -m slow -n 2 tests/cli/test_corpora.py

check-memory: $(VENV)/dev.done  ## gate a 2 GB JSONL file and show the peak memory (about 5 minutes)
	$(BIN)/python bench/memory.py

check-equal: $(VENV)/dev.done  ## compare all of ../shared/data with Presidio's own engine (about 5 minutes)
	$(BIN)/python -m pytest -m slow -n 2 tests/conformance/test_presidio_equal.py

bench-scan: $(VENV)/run.done  ## scan beside Presidio on the same rows (about 3 minutes)
	$(BIN)/python bench/scan.py

bench-decide: $(VENV)/dev.done  ## decide and replay 10 million rows, 20 to 200 rules (about 8 minutes)
	$(BIN)/python bench/policy.py

bench-incremental: $(VENV)/run.done  ## scan again with 1 % of the rows changed (about 4 minutes)
	$(BIN)/python bench/incremental.py

bench-linear: $(VENV)/run.done  ## twice the length, how much the time? (15 minutes; see bench/linear.py for 100 MB)
	$(BIN)/python bench/linear.py

bench-log: $(VENV)/run.done  ## append to and verify a log of 100,000 records (about a minute)
	$(BIN)/python bench/log.py

bench-retrieval: $(VENV)/dev.done  ## a store of a million rows beside tantivy and bm25s (about 6 minutes)
	$(BIN)/python bench/retrieval.py speed

bench-rights: $(VENV)/dev.done  ## resolve 10 million rows, 1 million events, 10,000 sources (about 3 minutes)
	$(BIN)/python bench/rights.py

bench-signals: $(VENV)/dev.done  ## opt-outs of a million addresses (about a minute)
	$(BIN)/python bench/signals.py

check-faults: $(VENV)/dev.done  ## kill, break and cut the power at every write of a gate and of appends (about 10 minutes)
	$(BIN)/python -m pytest -m "slow or not slow" -n 2 tests/unit/attest/test_log_faults.py tests/unit/attest/test_log_many.py tests/unit/test_gate_faults.py

# The libraries that run models are several GB (torch brings CUDA's), so they get their own place.
MODELS_VENV ?= .venv-models

$(VENV)/models.done: $(VENV)/dev.done requirements/models.lock
	@$(PIP) install --require-hashes -r requirements/models.lock
	@touch $@

check-models:  ## find names and vectors with real GLiNER, transformers and sentence-transformers models in .venv-models (about 10 minutes the first time)
	@$(MAKE) --no-print-directory VENV=$(MODELS_VENV) $(MODELS_VENV)/models.done
	$(MODELS_VENV)/bin/python -m pytest -m models tests/unit/scan/test_scan_models_run.py tests/unit/retrieve/test_retrieve_embed_models.py

# Others' tools that check our evidence and that pip does not install: Go with its sumdb/note and
# sumdb/tlog, jq and openssl for docs/verify-by-hand.md; node and npm for @sigstore/core; SoftHSM and
# OpenSC, without which the tests of keys in a token are skipped.
BY_HAND = tests/conformance/by_hand
GO_MOD = /usr/share/gocode/src/golang.org/x/mod
INSTALL = DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends --yes

# aics-witness, which cosigns our log in a test, needs Python 3.12 and a place of its own.
WITNESS_VENV ?= .venv-witness
WITNESS_PYTHON ?= $(shell for p in python3.12 python3.13 python3 $${PYENV_ROOT:-$$HOME/.pyenv}/versions/3.1[2-9].*/bin/python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && echo $$p && break; done)

$(WITNESS_VENV)/witness.done: requirements/witness.lock
	@test -n "$(WITNESS_PYTHON)" || { echo "make: Python 3.12 or newer with venv was not found (set WITNESS_PYTHON=/path/to/python3.12)" >&2; exit 2; }
	@test -x $(WITNESS_VENV)/bin/python || $(WITNESS_PYTHON) -m venv $(WITNESS_VENV)
	@$(WITNESS_VENV)/bin/python -m pip --disable-pip-version-check --quiet --quiet install --require-hashes -r requirements/witness.lock
	@touch $@

evidence-tools: $(BY_HAND)/node_modules/.package-lock.json $(WITNESS_VENV)/witness.done evidence-packages  ## install others' tools that check-evidence needs (Debian; as root)

.PHONY: evidence-packages
evidence-packages:
	@{ command -v go && command -v jq && command -v openssl && test -d $(GO_MOD); } > /dev/null || \
	{ apt-get -qq update && $(INSTALL) golang-go golang-golang-x-mod-dev jq openssl > /dev/null; }
	@{ command -v node && command -v npm; } > /dev/null || \
	{ apt-get -qq update && $(INSTALL) nodejs npm > /dev/null; }
	@{ command -v softhsm2-util && command -v pkcs11-tool; } > /dev/null || \
	{ apt-get -qq update && $(INSTALL) softhsm2 opensc > /dev/null; }

# No server of the machine's own is made: the tests start theirs.
CLUSTERS = /etc/postgresql-common/createcluster.conf

.PHONY: consent-tools
consent-tools:  ## install the PostgreSQL server that tests of the consent registry start (Debian; as root)
	@{ command -v initdb || ls /usr/lib/postgresql/*/bin/initdb; } > /dev/null 2>&1 || \
	{ mkdir -p /etc/postgresql-common && { test -e $(CLUSTERS) || echo "create_main_cluster = false" > $(CLUSTERS); } && \
	apt-get -qq update && $(INSTALL) postgresql > /dev/null; }

$(BY_HAND)/node_modules/.package-lock.json: $(BY_HAND)/package.json $(BY_HAND)/package-lock.json | evidence-packages
	@cd $(BY_HAND) && npm ci --silent --no-audit --no-fund
	@touch $@

check-evidence: $(VENV)/dev.done evidence-tools  ## check records and the log with Go, node and another's witness (2 minutes)
	WITNESS_VENV=$(abspath $(WITNESS_VENV)) $(BIN)/python -m pytest -m evidence -n 2 tests/conformance

# atheris has no wheels for Windows, so it is in no extra.
$(VENV)/fuzz.done: $(VENV)/dev.done requirements/fuzz.lock
	@$(PIP) install --require-hashes -r requirements/fuzz.lock
	@touch $@

SECONDS ?= 600

fuzz: $(VENV)/fuzz.done  ## all parsers of evidence under atheris (10 minutes; SECONDS=60, PARSER=proof)
	$(BIN)/python tests/fuzz/run.py $(SECONDS) "$(PARSER)"

lock: $(VENV)/dev.done  ## resolve the lock files anew from pyproject.toml
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -U pyproject.toml requirements/build.in -o requirements/run.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -c requirements/run.lock --extra dev pyproject.toml requirements/build.in -o requirements/dev.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -c requirements/dev.lock --extra models --extra embed-transformers pyproject.toml requirements/build.in requirements/models.in -o requirements/models.lock
	$(BIN)/uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q -U requirements/fuzz.in -o requirements/fuzz.lock
	$(BIN)/uv pip compile --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-header -q -U requirements/witness.in -o requirements/witness.lock

clean:  ## remove the environment and what was built
	rm -rf $(VENV) $(MODELS_VENV) $(WITNESS_VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
