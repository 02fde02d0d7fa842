# `make` alone lists what there is.
PYTHON ?= python3
BIN := .venv/bin
HOUSE ?=
SPEED ?= 1
SIMULATED ?=
OBSERVABILITY ?=
WHICH = $(if $(SIMULATED),--simulated) $(if $(OBSERVABILITY),--observability)
CONTAINERS = $(PYTHON) deploy/stack.py $(WHICH)

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint types imports generated compose audit sbom unit e2e test-clients bench bench-planner bench-executor bench-recorder bench-forecaster bench-gateway bench-containers screenshots fuzz fuzz-api format generate dashboards dashboards-check acl certs lock up down backup restore update logs addon install-systemd uninstall-systemd chaos soak

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: ## what running and testing need: .venv, the page, a broker
	@$(PYTHON) requirements/setup.py

run: setup ## a house, run by Darkstar, on this machine; HOUSE=path.csv SPEED=60 replays a real one
	@$(BIN)/darkstar run $(if $(HOUSE),--house "$(HOUSE)") --speed $(SPEED)

test: unit e2e ## all tests, on a broker of their own

check: lint types imports generated compose audit test ## everything CI looks at

lint: setup ## style of the Python code
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup ## static types
	@$(BIN)/mypy libs services lab tests requirements deploy/grafana

imports: setup ## who may import whom
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

generated: setup ## generated files are up to date
	@$(BIN)/python -m darkstar_common.generate --check
	@$(BIN)/python deploy/grafana/build.py --check

audit: setup ## bandit on the code, licences, known weaknesses and bills of materials (build/sbom) of the packages
	@$(BIN)/python -m requirements.audit $(ARGS)

sbom: setup ## what is in each image, as CycloneDX, into build/sbom
	@$(BIN)/python -m requirements.sbom

compose: setup ## the compose file is valid
	@$(BIN)/python deploy/check.py

# A machine may forbid keeping what Python compiles. Then each of the hundreds of processes that tests start compiles all
# its libraries anew (2 to 3 s of the processor, where 1 s is enough), and every worker rewrites every test's assertions.
unit e2e: export PYTHONDONTWRITEBYTECODE :=
# As the forecaster has it: XGBoost's threads in one worker that wait for a core would keep it from the other worker by asking.
unit e2e: export OMP_WAIT_POLICY := passive

unit: setup ## the fast tests alone, on all cores
	@$(BIN)/pytest -q -n auto --dist worksteal -m "not e2e and not clients"

e2e: setup ## pages in a browser and whole houses, on all cores; then whole simulated days with the figures they end with, alone, since they are timed
	@$(BIN)/pytest -q -n auto --dist loadfile -m "e2e and not timed" tests/e2e tests/clients
	@$(BIN)/pytest -q -s -m "e2e and timed" tests/e2e

test-clients: setup ## other programs at our bus, with their versions: Home Assistant and Docker, where CONTRIBUTING.md's variables name them
	@$(BIN)/pytest -q -s tests/clients

bench: setup ## memory and start times of the whole, into docs/benchmarks.md
	@PYTHONPATH=tests $(BIN)/python -m bench.system

bench-planner: setup ## how fast and how good plans are, into docs/benchmarks.md; ARGS=--quick tries 3 days
	@PYTHONPATH=tests $(BIN)/python -m bench.planner $(ARGS)

bench-executor: setup ## how fast people are obeyed and how little is written, into docs/benchmarks.md; ARGS=--quick tries a tenth
	@PYTHONPATH=tests $(BIN)/python -m bench.executor $(ARGS)

bench-recorder: setup ## what the recorder promises of speed and size, into docs/benchmarks.md; ARGS=recorder_tools is one part
	@PYTHONPATH=tests $(BIN)/python -m bench.recorder $(ARGS)

bench-forecaster: setup ## how good and how dear forecasts are, into docs/benchmarks.md; ARGS=forecaster_training is one part
	@PYTHONPATH=tests $(BIN)/python -m bench.forecaster $(ARGS)

bench-gateway: setup ## how fast the page's API answers and what pages cost it, into docs/benchmarks.md
	@PYTHONPATH=tests $(BIN)/python -m bench.gateway $(ARGS)
	@PYTHONPATH=tests $(BIN)/python -m bench.gateway_page $(ARGS)

bench-containers: setup ## sizes of the images, memory and start of the containers on DARKSTAR_TEST_ENGINE, into docs/benchmarks.md
	@PYTHONPATH=tests $(BIN)/python -m bench.containers $(ARGS)

fuzz: setup ## 10,000 planning problems of every kind; ARGS="--count 500 --first 20000"
	@PYTHONPATH=tests $(BIN)/python -m bench.fuzz $(ARGS)

fuzz-api: setup ## 2,000 requests of every kind against the gateway, by schemathesis; ARGS="--seed 2"
	@PYTHONPATH=tests $(BIN)/python -m bench.fuzz_api $(ARGS)

chaos: setup ## 200 random faults on a simulated house, three quarters of an hour; ARGS="--faults 20 --seed 3" is fewer, ARGS="--only 17" one
	@PYTHONPATH=tests $(BIN)/python -m chaos $(ARGS)

soak: setup ## whether any process grows in 7 simulated days, 20 minutes; ARGS="--days 1 --warm-up 0.2" is less
	@PYTHONPATH=tests $(BIN)/python -m chaos.soak $(ARGS)

screenshots: setup ## pictures of every page, light and dark, into docs/images; ARGS="/tmp/shots now phone" is some
	@PYTHONPATH=tests $(BIN)/python tests/e2e/page/screenshots.py $(ARGS)

bench-replay: setup ## what each way of running a house costs over past days, into docs/benchmarks.md; ARGS="--days 2"
	@PYTHONPATH=tests $(BIN)/python -m bench.replay $(ARGS)

format: setup ## format and mend what can be mended
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

generate: setup ## schemas, topic tables, ACL, example configuration
	@$(BIN)/python -m darkstar_common.generate

dashboards: setup ## Grafana's dashboards, from deploy/grafana/darkstar_dashboards
	@$(BIN)/python deploy/grafana/build.py

dashboards-check: setup ## they are what Grafana's own types ask for, oldest and newest; needs Node.js
	@$(BIN)/python deploy/grafana/typecheck.py

acl: setup ## print an access list; DEVICES="inverter zigbee2mqtt" are your devices' topics, TOPICS those of prices and weather
	@$(BIN)/python -m darkstar_common.generate --acl $(DEVICES) $(if $(TOPICS),--topics $(TOPICS))

certs: ## certificates for a broker with TLS, made or renewed; NAMES="broker.lan 192.168.1.10" is where clients reach it
	@$(PYTHON) deploy/certs.py $(NAMES)

lock: ## resolve the dependencies anew
	@$(BIN)/python requirements/lock.py

up: ## build and start the containers; SIMULATED=1: others, with a simulated house; OBSERVABILITY=1: with Prometheus and Grafana
	@$(PYTHON) deploy/prepare.py
	@$(PYTHON) deploy/images.py $(WHICH)
	@$(CONTAINERS) up --no-build --detach --wait
	@echo "darkstar: the page is at http://$$($(CONTAINERS) port gateway 8410), its password in deploy/secrets/page_password"

down: ## stop the containers, or the SIMULATED=1 ones; what they keep stays in volumes
	@$(CONTAINERS) down

backup: ## all of the house into one file; FILE=house.tar.gz, SECRETS=1: passwords, too
	@$(PYTHON) deploy/moving.py $(WHICH) $(if $(SECRETS),--secrets) backup $(if $(FILE),"$(FILE)")

restore: ## the house in FILE=house.tar.gz; REPLACE=1: over one that is here, which is packed first; SECRETS=1: its passwords, too
	@$(PYTHON) deploy/moving.py $(WHICH) $(if $(SECRETS),--secrets) $(if $(REPLACE),--replace) restore $(if $(FILE),"$(FILE)")

update: ## the newest version, or VERSION=v1.2, with a backup before; back to this one if it is not well
	@$(PYTHON) deploy/update.py $(WHICH) $(if $(VERSION),--version "$(VERSION)")

logs: ## follow the containers' logs, or those of the SIMULATED=1 ones
	@$(CONTAINERS) logs --follow --tail 50

addon: setup ## Home Assistant's add-on, put together into build/home-assistant/darkstar
	@$(BIN)/python deploy/home-assistant/pack.py

install-systemd: ## as root, after `make setup`: services of this machine; BROKER=1 sets its mosquitto up, too
	@$(PYTHON) deploy/systemd/install.py install --python $(PYTHON) $(if $(BROKER),--broker)

uninstall-systemd: ## as root: remove them; PURGE=1: with configuration, passwords and state
	@$(PYTHON) deploy/systemd/install.py uninstall $(if $(PURGE),--purge)
