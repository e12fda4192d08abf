# Cellbridge: `make run` shows it working without hardware, `make test` proves it.

SWIFT ?= swift
# lld packs the relocations of a position-independent program: 1 MB less of it is resident, and it starts sooner. Where
# the toolchain comes without lld, its own linker does.
LLD = $(shell [ -x "$$(dirname "$$(readlink -f "$$(command -v $(SWIFT))")")/ld.lld" ] && \
	echo -Xswiftc -use-ld=lld -Xlinker -z -Xlinker pack-relative-relocs)
RELEASE = -c release --static-swift-stdlib -Xlinker -s $(LLD)
PROGRAM = .build/release/cellbridge

.PHONY: help run build test failure-modes sanitize lint format bench install-build install-test clean

help:
	@echo "make run       build, then the whole gateway against a simulated pack and a simulated GX"
	@echo "make test      every test"
	@echo "make build     the program: $(PROGRAM)"
	@echo "make bench     figures, each beside its limit"
	@echo "make failure-modes  docs/failure-modes.md, measured anew"
	@echo "make sanitize  the unit tests under ThreadSanitizer and AddressSanitizer"
	@echo "make lint      formatting and style"

run: build
	@$(PROGRAM) demo

build: install-build
	@$(SWIFT) build $(RELEASE) --product cellbridge

test: install-test lint build
	@$(SWIFT) build --build-tests
	@$(SWIFT) test --skip-build --disable-xctest --no-parallel --skip SystemTests
	@CELLBRIDGE=$(CURDIR)/$(PROGRAM) $(SWIFT) test --skip-build --disable-xctest --filter SystemTests

# Every scenario in a simulated world, measured on its frames: the page that SystemTests hold to the program.
failure-modes: build
	@$(PROGRAM) simulate scenarios --markdown >docs/failure-modes.md

bench: build
	@$(PROGRAM) bench

# Mutex is a futex lock that ThreadSanitizer cannot see: the suppression hides what happens inside its closures alone.
# The thread sanitizer looks at what has threads, one test after the other, as it slows them twentyfold; the processes are
# left to `make test`. Leaks are not counted: a test that drops its virtual world leaves the links' cycles in it.
THREADED = ActorsTests|GatewayTests|LinksTests|LogTests|StorageTests
sanitize: install-test
	TSAN_OPTIONS="suppressions=$(CURDIR)/Tests/tsan.suppressions" $(SWIFT) test --disable-xctest --no-parallel \
		--sanitize=thread --scratch-path .build/thread --filter '$(THREADED)'
	ASAN_OPTIONS=detect_leaks=0 $(SWIFT) test --disable-xctest --no-parallel --sanitize=address --scratch-path .build/address --skip SystemTests

lint:
	@$(SWIFT) format lint --strict --parallel --recursive Sources Tests Benchmarks Package.swift

format:
	@$(SWIFT) format --in-place --parallel --recursive Sources Tests Benchmarks Package.swift

install-build:
	@sh deploy/install-dependencies build

install-test:
	@sh deploy/install-dependencies test

clean:
	rm -rf .build
