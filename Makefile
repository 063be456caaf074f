# Touchline. Recipes only call programs; `make` alone explains the targets.

SHELL := /bin/sh
.DEFAULT_GOAL := help
export SWIFT_BACKTRACE := enable=no

# What a build, the tests and the demo need on Debian, besides the compiler.
PACKAGES := git pkg-config lld libsqlite3-dev libsystemd-dev libmosquitto-dev libyaml-dev libzstd-dev \
    zlib1g-dev libbluetooth-dev libusb-1.0-0-dev dbus mosquitto mosquitto-clients openssl python3-jsonschema \
    umockdev gir1.2-umockdev-1.0 python3-gi

AS_ROOT := $(if $(filter-out 0,$(shell id -u)),sudo)
RELEASE := swift build -c release --static-swift-stdlib
FUZZERS := $(filter-out canary,$(patsubst Sources/Tools/fuzz-%,%,$(wildcard Sources/Tools/fuzz-*)))
FUZZ := .build/fuzz/release/fuzz
SPACE := $(subst ,, )
COMMA := ,
CORE_TESTS := '^($(subst $(SPACE),|,$(notdir $(wildcard Tests/Core/*Tests))))\.'
SEEDS := 10000
FIRST := 0
SECONDS := 60

.PHONY: help setup build run test check lint format asan sim chaos fuzz peers bench compat clean

help:
	@sed -n 's/^## //p' Makefile

## setup    install what is missing (Debian: apt-get, on Debian 13 the compiler too)
setup:
	@missing=$$(for package in $(PACKAGES); do \
	    dpkg-query -W -f='$${db:Status-Status}' $$package 2>&1 | grep -qx installed || echo $$package; \
	done); \
	swift --version 2>&1 | grep -Eq 'Swift version ([6-9]|[1-9][0-9])\.' || missing="$$missing swiftlang"; \
	test -n "$$missing" || exit 0; \
	echo "Missing:" $$missing; \
	if ! command -v apt-get > /dev/null; then \
	    echo "Install these packages, or what this system calls them. swiftlang is Swift 6.0 or newer"; \
	    echo "with the static standard library, from https://www.swift.org/install/linux. Then call make"; \
	    echo "with -o setup, so that it no longer asks."; exit 1; \
	fi; \
	$(AS_ROOT) apt-get update; \
	version=$$(apt-cache show --no-all-versions swiftlang 2>&1 | sed -n 's/^Version: //p'); \
	if echo "$$missing" | grep -q swiftlang && ! dpkg --compare-versions "0$$version" ge 06.0; then \
	    echo "This system offers no Swift 6.0 or newer (Debian 13 does, as swiftlang). Install it from"; \
	    echo "https://www.swift.org/install/linux and put swift on the PATH; then run this again."; exit 1; \
	fi; \
	$(AS_ROOT) env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $$missing

## build    build touchlined and touchline for release, with the Swift runtime inside
build: setup
	$(RELEASE) --product touchlined
	$(RELEASE) --product touchline-hci
	ln -sf touchlined .build/release/touchline

## run      build, then run a simulated squad with a broker of its own (Ctrl-C ends both)
run: build
	$(RELEASE) --product touchline-demo
	.build/release/touchline-demo Config/demo.yaml .build/demo

## test     run every test; the counts stand at the end
test: setup lint
	swift build -c release --product touchline-bench
	.build/release/touchline-bench --check
	swift build --build-tests
	swift test --skip-build --disable-xctest

## check    what must hold before a commit: lint, tests, core tests under ASan, a small simulation
check: test asan
	$(MAKE) sim SEEDS=500

## lint     check the layout of the source without changing it
lint:
	swift format lint --strict -r Package.swift Sources Tests

## format   lay the source out
format:
	swift format -i -r Package.swift Sources Tests

## asan     run the tests of the core under AddressSanitizer
asan:
	SIM_SEEDS=100 swift test --scratch-path .build/asan --sanitize=address --disable-xctest --filter $(CORE_TESTS)

## sim      simulate gateway and uplink in virtual time, SEEDS=10000 worlds from seed FIRST=0 on
sim:
	SIM_FIRST=$(FIRST) SIM_SEEDS=$(SEEDS) swift test --disable-xctest --filter '(Gateway|Outbox)SimulationTests'

## chaos    kill the daemon 100 times while it publishes, and take the broker away for a minute
chaos: setup
	CHAOS_KILLS=100 BROKER_AWAY=60 swift test --disable-xctest --filter ChaosTests

## fuzz     fuzz every parser of foreign bytes, SECONDS=60 each; the canary must crash
fuzz: $(addprefix fuzz-,$(FUZZERS))
	! $(FUZZ)-canary -max_total_time=$(SECONDS) -artifact_prefix=.build/fuzz/ 2> .build/fuzz/canary.log

.PHONY: fuzz-build
fuzz-build: setup
	for name in $(FUZZERS) canary; do FUZZ=1 swift build -c release --scratch-path .build/fuzz \
	    -Xswiftc -sanitize=fuzzer,address -Xswiftc -use-ld=lld --product fuzz-$$name || exit 1; done

fuzz-%: fuzz-build
	mkdir -p .build/fuzz/corpus-$*
	$(FUZZ)-$* -max_total_time=$(SECONDS) -artifact_prefix=.build/fuzz/$*- .build/fuzz/corpus-$*

# Public decoders that ours are compared with. They come from PyPI, into a place of their own.
PEERS := .build/venv

## peers    decode the same payloads with openant, bumble and bluetooth-sig, and explain every difference
peers: build $(PEERS)/ready
	$(PEERS)/bin/python Tests/Core/ProfilesTests/Peers/openant_diff.py .build/release/touchline
	$(PEERS)/bin/python Tests/Core/ProfilesTests/Peers/gatt_diff.py .build/release/touchline

$(PEERS)/ready:
	python3 -m venv $(PEERS)
	$(PEERS)/bin/pip install --quiet --disable-pip-version-check openant==1.3.4 \
	    bumble==0.0.236 bluetooth-sig==0.6.0
	touch $@

## bench    measure the path from bytes to row: time and allocations per frame
bench: build
	swift build -c release --product touchline-bench
	.build/release/touchline simulate --athletes 30 --minutes 90 -o .build/bench.ndjson.zst
	.build/release/touchline-bench .build/bench.ndjson.zst
	.build/release/touchline replay .build/bench.ndjson.zst -o .build/bench.messages.ndjson

LAB := .build/lab
LAB_PACKAGES := qemu-system-x86 mmdebstrap e2fsprogs zstd cpio gcc libc6-dev

.PHONY: lab-setup lab-ant lab-bt lab-probe
lab-setup:
	@missing=$$(for package in $(LAB_PACKAGES); do \
	    dpkg-query -W -f='$${db:Status-Status}' $$package 2>&1 | grep -qx installed || echo $$package; \
	done); \
	test -n "$$missing" || exit 0; \
	$(AS_ROOT) apt-get update; \
	$(AS_ROOT) env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $$missing

$(LAB)/ready: Tests/Lab/mkguest.sh Tests/Lab/vmlinux_extract.py Tests/Lab/guest/lab-job Tests/Lab/guest/lab-job.service \
    | lab-setup
	$(AS_ROOT) env LAB=$(LAB) Tests/Lab/mkguest.sh

## lab-ant  run touchlined with emulated sticks in a virtual machine (the first time: 150 MB to download)
lab-ant: build $(LAB)/ready
	swift build -c release --product touchline-antstick
	LAB=$(LAB) Tests/Lab/lab.sh ant.sh .build/release/touchlined udev/60-touchline.rules

## lab-bt   run touchlined with a real bluetoothd and 40 emulated straps in the same virtual machine
lab-bt: build $(LAB)/ready $(PEERS)/ready
	LAB=$(LAB) PYTHON=$(PEERS)/bin/python Tests/Lab/bt.sh bt.sh .build/release/touchlined

# The lab itself, without touchlined: a reference host hears the sticks.
lab-probe: setup $(LAB)/ready
	swift build -c release --product touchline-antstick
	LAB=$(LAB) Tests/Lab/lab.sh ant_probe.sh udev/60-touchline.rules

# A Debian 13 root, made from the archive that this machine's apt uses.
ROOT := .build/compat/root
MIRROR = $(shell apt-get indextargets --format '$$(REPO_URI)' \
    'ShortDesc: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
IN_NAMESPACE := $(if $(AS_ROOT),mmdebstrap --unshare-helper,unshare --mount --pid --fork)

## compat   build and test with Debian 13's Swift 6.0 in a root below .build (about 500 MB to download)
compat: $(ROOT)/ready
	git ls-files -z -co --exclude-standard | tar --ignore-failed-read --null -cf .build/compat/source.tar -T -
	$(IN_NAMESPACE) sh -eu -c 'mount -t proc proc $(ROOT)/proc; mount --rbind /dev $(ROOT)/dev; \
	    rm -rf $(ROOT)/src/Sources $(ROOT)/src/Tests; tar -xf - -C $(ROOT)/src; \
	    exec chroot $(ROOT) env -i HOME=/root PATH=/usr/sbin:/usr/bin SWIFT_BACKTRACE=enable=no \
	    sh -eu -c "cd /src; swift build --build-tests; swift test --skip-build --disable-xctest"' \
	    < .build/compat/source.tar

$(ROOT)/ready:
	command -v mmdebstrap > /dev/null || $(AS_ROOT) apt-get install -y mmdebstrap
	mkdir -p .build/compat
	mmdebstrap --mode=$(if $(AS_ROOT),unshare,root) --variant=apt \
	    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
	    --include=$(subst $(SPACE),$(COMMA),$(strip $(PACKAGES) swiftlang)) \
	    --customize-hook='echo 127.0.0.1 localhost > "$$1/etc/hosts"' \
	    --customize-hook='mkdir "$$1/src"; touch "$$1/ready"' trixie $(ROOT) $(MIRROR)

## clean    remove everything that was built
clean:
	test ! -d $(ROOT) || $(IN_NAMESPACE) rm -rf $(ROOT)
	rm -rf .build .build-*
