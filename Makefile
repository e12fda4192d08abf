# Cellbridge: `make run` shows it working without hardware, `make test` proves it.

SWIFT ?= swift
# lld packs the relocations of a position-independent program: 1 MB less of it is resident, and it starts sooner. Where
# the toolchain comes without lld, its own linker does.
TOOLS = $$(dirname "$$(readlink -f "$$(command -v $(SWIFT))")")
LLD = $(shell [ -x "$(TOOLS)/ld.lld" ] && \
	echo -Xswiftc -use-ld=lld -Xlinker -z -Xlinker pack-relative-relocs)
# The C++ library, of which the runtime needs little, goes in statically: as a shared one it is 1 MB more that is resident.
# A folder with nothing else is looked at first.
STATIC = .build/static
RELEASE = -c release --static-swift-stdlib -Xlinker -s $(LLD) -Xlinker -L$(CURDIR)/$(STATIC)
PROGRAM = .build/release/cellbridge

.PHONY: help run build test browser screenshots api-fuzz simulate failure-modes virtual-pi virtual-pi-shell sanitize mutants soak lint format bench fuzz build-fuzz install-build install-test clean

help:
	@echo "make run       build, then the whole gateway against a simulated pack and a simulated GX"
	@echo "make test      every test"
	@echo "make browser   the pages in Chromium (Tests/Browser)"
	@echo "make screenshots      the pictures of the pages in docs/screenshots, anew"
	@echo "make virtual-pi       the tests on a booted kernel with CAN controllers alone"
	@echo "make virtual-pi-shell that machine with a shell"
	@echo "make build     the program: $(PROGRAM)"
	@echo "make api-fuzz  the API asked everything that its document allows and forbids (API_SEED=1, API_EXAMPLES=10)"
	@echo "make bench     figures, each beside its limit"
	@echo "make failure-modes  docs/failure-modes.md, measured anew"
	@echo "make sanitize  the unit tests under ThreadSanitizer and AddressSanitizer"
	@echo "make mutants   turns off each safety rule in turn: a test must notice (ONLY=S27 for some)"
	@echo "make soak      half an hour of the whole gateway among faults (SOAK_MINUTES=5 for less)"
	@echo "make fuzz      every decoder under libFuzzer for an hour (FUZZ_SECONDS=3600), two at a time"
	@echo "make lint      formatting and style"
	@echo "make simulate  the gateway in SEEDS=1000 simulated worlds of an hour each, with faults"

run: build
	@$(PROGRAM) demo

build: install-build
	@mkdir -p $(STATIC)
	@ln -sf "$$("$(TOOLS)/clang" -print-file-name=libstdc++.a)" $(STATIC)/libstdc++.a
	@$(SWIFT) build $(RELEASE) --product cellbridge

# Tests of the process that keep both cores busy: apart from those that judge the second of a frame.
HEAVY = KillTests|FailingMediumTests|FailureModesTests|PeerTests
# Five hundred connections are as heavy, and judge the second of a frame themselves: alone.
CROWD = WebCrowdTests
test: install-test lint build
	@$(SWIFT) build --build-tests
	@$(SWIFT) test --skip-build --disable-xctest --no-parallel --skip SystemTests
	@$(MAKE) --no-print-directory simulate
	@CELLBRIDGE=$(CURDIR)/$(PROGRAM) $(SWIFT) test --skip-build --disable-xctest --filter SystemTests --skip '$(HEAVY)|$(CROWD)|VirtualPi'
	@CELLBRIDGE=$(CURDIR)/$(PROGRAM) $(SWIFT) test --skip-build --disable-xctest --filter '$(CROWD)'
	@CELLBRIDGE=$(CURDIR)/$(PROGRAM) $(SWIFT) test --skip-build --disable-xctest --filter '$(HEAVY)'
	@$(MAKE) --no-print-directory browser
	@CELLBRIDGE=$(CURDIR)/$(PROGRAM) $(SWIFT) test --skip-build --disable-xctest --filter VirtualPi
	@$(MAKE) --no-print-directory api-fuzz
	@$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=20

# schemathesis against the program as it is released, from a Python environment of its own: docs/api.md.
API_SEED ?= 1
API_EXAMPLES ?= 10
api-fuzz: install-test build
	@sh Tests/OpenAPI/fuzz $(PROGRAM) --seed $(API_SEED) --examples $(API_EXAMPLES)

# A failing seed prints itself and the command that runs it again.
SEEDS ?= 1000
simulate: build
	@$(PROGRAM) simulate world --seeds $(SEEDS)

# The decoders as they are released, with AddressSanitizer and what their tests may see; libFuzzer comes with the toolchain.
FUZZ_SECONDS ?= 3600
FUZZ = .build/fuzz/release/Fuzz
fuzz: build-fuzz
	@Fuzz/run $(FUZZ) $(FUZZ_SECONDS)

build-fuzz: install-build
	@CELLBRIDGE_FUZZ=1 $(SWIFT) build -c release --product Fuzz --scratch-path .build/fuzz \
		-Xswiftc -sanitize=fuzzer,address -Xswiftc -enable-testing -Xswiftc -parse-as-library

# Debian's selenium is one of Debian's Python.
PYTHON = /usr/bin/python3
BROWSER = cd Tests/Browser && CELLBRIDGE=$(CURDIR)/$(PROGRAM) $(PYTHON)
browser: install-test build
	@$(PYTHON) Tests/Browser/words.py
	@$(PYTHON) Tests/Browser/axe.py
	@$(BROWSER) -m unittest

screenshots: install-test build
	@$(BROWSER) screenshots.py

# A booted kernel with emulated CAN controllers and a UART: docs/virtual-pi.md.
virtual-pi: install-test build
	@CELLBRIDGE=$(CURDIR)/$(PROGRAM) $(SWIFT) test --disable-xctest --filter VirtualPi

virtual-pi-shell: install-test build
	@sh deploy/virtual-pi/build $(PROGRAM) .build/virtual-pi
	@sh deploy/virtual-pi/boot .build/virtual-pi .build/virtual-pi interactive

# Every scenario in a simulated world, measured on its frames: the page that SystemTests hold to the program.
failure-modes: build
	@$(PROGRAM) simulate scenarios --markdown >docs/failure-modes.md

bench: build
	@$(PROGRAM) bench

# Mutex is a futex lock that ThreadSanitizer cannot see: the suppression hides what happens inside its closures alone.
# The thread sanitizer looks at what has threads, one test after the other, as it slows them twentyfold; the processes are
# left to `make test`. Leaks are not counted: a test that drops its virtual world leaves the links' cycles in it.
THREADED = AccessTests|ActorsTests|GatewayTests|LinksTests|LogTests|StorageTests
sanitize: install-test
	TSAN_OPTIONS="suppressions=$(CURDIR)/Tests/tsan.suppressions" $(SWIFT) test --disable-xctest --no-parallel \
		--sanitize=thread --scratch-path .build/thread --filter '$(THREADED)'
	ASAN_OPTIONS=detect_leaks=0 $(SWIFT) test --disable-xctest --no-parallel --sanitize=address --scratch-path .build/address --skip SystemTests

# ONLY and ALSO reach it by the environment; RESUME=1 keeps the kills of what has not changed since.
mutants: install-test
	@SWIFT="$(SWIFT)" python3 Tests/Mutants/mutants.py $(if $(RESUME),--resume) --report docs/mutation-check.md

SOAK_MINUTES = 30
soak: build install-test
	@python3 Tests/Soak/soak.py $(PROGRAM) $(SOAK_MINUTES) docs/soak.md

lint:
	@$(SWIFT) format lint --strict --parallel --recursive Sources Tests Benchmarks Fuzz Package.swift
	@python3 Tests/Mutants/mutants.py --check
	@! grep -rnE 'SOCK_[A-Z]+\.rawValue' Sources Tests Benchmarks Fuzz || \
		{ echo 'A C enumeration belongs to whichever C module is compiled first: take the number from CLinux' >&2; exit 1; }

format:
	@$(SWIFT) format --in-place --parallel --recursive Sources Tests Benchmarks Fuzz Package.swift

install-build:
	@sh deploy/install-dependencies build

install-test:
	@sh deploy/install-dependencies test

clean:
	rm -rf .build
