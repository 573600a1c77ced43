# SPDX-License-Identifier: GPL-3.0-or-later
# `make` alone says what there is.

PREFIX ?= /usr/local
DESTDIR ?=
SYSCONFDIR ?= /etc
SWIFT ?= swift
SHELL := /bin/bash
# With Swift's own libraries inside, so that what is installed runs without a toolchain.
RELEASE ?= -c release --static-swift-stdlib
CONFIG ?= Conf/confabd.yaml
BENCH ?= all --output .build/benchmarks.md
RIG ?= --filter DeviceRig

BIN := .build/release
PROGRAMS := confabd confab confabctl
SOURCES := Sources Tests Docs Package.swift
INSTALLED := $(DESTDIR)$(PREFIX)

.DEFAULT_GOAL := help
PROMPTS := $(patsubst Conf/prompts/%.txt,%,$(wildcard Conf/prompts/*.txt))
.PHONY: help demo run build prompts test installed rig crash shell bench install uninstall manual completions format lint deps \
	clean swift packages-build packages-demo packages-test packages-rig packages-bench

help: ## this list
	@echo "Confab: a SIP conference bridge. First: make demo"
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/    make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

demo: packages-demo build ## three speakers meet in a room and hear each other; needs no sound card
	@$(BIN)/confabdemo $(DEMO)

run: build ## the focus alone, in the foreground; prints what to dial
	@exec $(BIN)/confabd --config $(CONFIG)

build: swift packages-build prompts ## the programs, optimised
	$(SWIFT) build $(RELEASE)

prompts: packages-build $(PROMPTS:%=.build/prompts/%/spoken) ## what callers are told, spoken by espeak-ng

.build/prompts/%/spoken: Conf/prompts/%.txt Conf/prompts/speak
	@Conf/prompts/speak $< $(@D) && touch $@

test: swift packages-build packages-test ## all tests, other people's programs included
	@mkdir -p .build && Conf/setup unpack proxy .build/proxy && Conf/setup unpack guard .build/guard
	@set -o pipefail; $(SWIFT) test --no-parallel $(TEST) 2>&1 | tee .build/test.log || \
		{ echo; echo "What failed (all of it is in .build/test.log):"; grep -aE '^✘|error:|Fatal' .build/test.log | cut -c1-400; exit 1; }

installed: build ## installs under .build/installed, calls with what lies there, takes it away again
	@Tests/Installed/check

rig: swift packages-build packages-rig build ## real devices: camera, sound card, lossy network of a virtual machine; RIG="--filter CameraTests"
	@Tests/DeviceRig/machine prepare .build/rig
	@set -o pipefail; CONFAB_RIG=$(CURDIR)/.build/rig $(SWIFT) test --no-parallel $(RIG) 2>&1 | tee .build/rig.log && \
		grep -qE 'Test run with [1-9][0-9]* tests? in' .build/rig.log || \
		{ echo; echo "What failed (all of it is in .build/rig.log, the machine's own words in .build/rig):"; \
		grep -aE '^✘|error:|Fatal' .build/rig.log; exit 1; }

crash: swift packages-build packages-test ## kills the focus in a meeting of ten, twenty times; nobody redials
	@set -o pipefail; CONFAB_CRASHES=20 $(SWIFT) test --no-parallel --filter CrashTests 2>&1 | grep -E '^crash|✘|✔|error:'

shell: build packages-rig ## a shell inside that virtual machine; exit ends it
	@Tests/DeviceRig/machine shell .build/rig

bench: packages-bench build ## what a focus costs, beside a bare C loop and Janus, in about twenty-five minutes; BENCH="room --help"
	@$(BIN)/confabbench $(BENCH)

# Man pages are made by swift-argument-parser's own tool from what each program says of itself.
manual: build
	$(SWIFT) build -c release --package-path .build/checkouts/swift-argument-parser \
		--scratch-path .build/manual-tool --product generate-manual
	rm -rf .build/manual && mkdir -p .build/manual
	for program in $(PROGRAMS); do \
		.build/manual-tool/release/generate-manual $(BIN)/$$program --multi-page \
			--output-directory .build/manual >/dev/null || exit 1; \
	done
	rm -f .build/manual/*.help.1

completions: build
	rm -rf .build/completions && mkdir -p .build/completions
	for program in $(PROGRAMS); do for shell in bash zsh fish; do \
		$(BIN)/$$program --generate-completion-script $$shell >.build/completions/$$program.$$shell || exit 1; \
	done; done

install: build manual completions ## programs, man pages, completions, systemd unit; PREFIX and DESTDIR
	install -d $(INSTALLED)/bin $(INSTALLED)/lib/systemd/system $(INSTALLED)/share/man/man1 \
		$(INSTALLED)/share/bash-completion/completions $(INSTALLED)/share/zsh/site-functions \
		$(INSTALLED)/share/fish/vendor_completions.d $(INSTALLED)/share/doc/confab $(DESTDIR)$(SYSCONFDIR)/confab \
		$(PROMPTS:%=$(INSTALLED)/share/confab/prompts/%)
	for program in $(PROGRAMS); do \
		install -s -m 755 $(BIN)/$$program $(INSTALLED)/bin/ || exit 1; \
		install -m 644 .build/completions/$$program.bash $(INSTALLED)/share/bash-completion/completions/$$program; \
		install -m 644 .build/completions/$$program.zsh $(INSTALLED)/share/zsh/site-functions/_$$program; \
		install -m 644 .build/completions/$$program.fish $(INSTALLED)/share/fish/vendor_completions.d/; \
	done
	install -m 644 .build/manual/*.1 $(INSTALLED)/share/man/man1/
	for language in $(PROMPTS); do \
		install -m 644 .build/prompts/$$language/*.wav $(INSTALLED)/share/confab/prompts/$$language/ || exit 1; \
	done
	install -m 644 README.md CHANGELOG.md LICENSE $(INSTALLED)/share/doc/confab/
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|' Conf/confabd.service \
		>$(INSTALLED)/lib/systemd/system/confabd.service
	test -e $(DESTDIR)$(SYSCONFDIR)/confab/confabd.yaml || \
		install -m 644 Conf/confabd.yaml $(DESTDIR)$(SYSCONFDIR)/confab/

uninstall: ## takes away what install put there; the configuration stays
	for program in $(PROGRAMS); do \
		rm -f $(INSTALLED)/bin/$$program $(INSTALLED)/share/man/man1/$$program.1 \
			$(INSTALLED)/share/man/man1/$$program.*.1 \
			$(INSTALLED)/share/bash-completion/completions/$$program \
			$(INSTALLED)/share/zsh/site-functions/_$$program \
			$(INSTALLED)/share/fish/vendor_completions.d/$$program.fish; \
	done
	rm -f $(INSTALLED)/lib/systemd/system/confabd.service
	rm -rf $(INSTALLED)/share/doc/confab $(INSTALLED)/share/confab

format: swift ## rewrites the sources in the house's format
	$(SWIFT) format -i -r -p $(SOURCES)

lint: swift ## fails where format would change something
	$(SWIFT) format lint --strict -r -p $(SOURCES)

deps: swift packages-build packages-demo packages-test packages-rig packages-bench ## every Debian package that any target needs

clean: ## what was built
	rm -rf .build

swift:
	@Conf/setup swift

packages-build packages-demo packages-test packages-rig packages-bench: packages-%:
	@Conf/setup packages $*
