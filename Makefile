# make build         the program, one static file
# make dist          what is given to others, in dist/: the program for amd64 and arm64, a .deb of each, their digests
# make test          everything, against real servers, which it installs where they are missing (Debian); each fuzz test for some seconds
# make lint          gofmt and go vet
# make demo          the portal with a directory and a mailbox inside, nothing to install
# make fuzz          every fuzz test for FUZZTIME
# make bench         complete resets a second, beside the floor of the machine, in many settings: few people and a million, one
#                    server and followers, OpenLDAP and Active Directory, a state file and Redis; what grows; the helpdesk beside the
#                    directory alone; the dearest answers, beside the first page; the hot parts of the program. It takes the better part of an hour:
#                    BENCH=Resets is the main part of it alone, in one
# make attack        the attacks of others' portals, on this one: a line for each, and what came of it
# make faults        processes killed, servers and disks away, while people reset their passwords: a line for each, and what
#                    came of it
# make directories   the table in docs/directories.md, from the suite's runs on every directory
# make findings      docs/findings.md, from the codes of ssprd check
# make reference     docs/configuration.md, from the settings' types, checks and comments
# make screenshots   the pictures in docs/screenshots

GO       ?= go
FUZZTIME ?= 30s
TAGS     := nomsgpack
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null)
OUTPUT   ?= ssprd
BENCH    ?= .
PARTS    := $(addprefix ./internal/,web policy breached redisstate code limit locale mail secret)

# A domain controller needs ports below 1024: whoever is not root runs the tests' programs by sudo.
ifneq ($(shell id -u),0)
SUDO    := sudo
AS_ROOT := -exec 'sudo -E'
endif

.PHONY: build test lint demo fuzz bench attack faults directories findings screenshots reference dist

# The same source, version and Go give the same bytes, in whatever folder: neither paths nor the state of git are in them.
build:
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -tags $(TAGS) -ldflags "-s -w -buildid= -X main.version=$(VERSION)" \
		-o $(OUTPUT) ./cmd/ssprd

dist:
	GO="$(GO)" scripts/dist

# Most tests start the program, of which the cache of go test knows nothing: -count=1. It is built once for all packages, and
# once more without the race detector, for those with a browser. A domain of Active Directory is made once as well.
test: lint
	scripts/install-test-servers
	dir=$$(mktemp -d) && trap '$(SUDO) rm -rf "$$dir"' EXIT && $(GO) build -race -tags $(TAGS) -o "$$dir/ssprd" ./cmd/ssprd && \
	$(GO) build -tags $(TAGS) -o "$$dir/plain" ./cmd/ssprd && \
	TESTED_PROGRAM="$$dir/ssprd" TESTED_PLAIN_PROGRAM="$$dir/plain" TESTED_DOMAIN="$$dir/domain" TEST_EVERYTHING=1 $(GO) test -count=1 -race -tags $(TAGS) -timeout 20m $(AS_ROOT) ./...
	GO="$(GO)" TAGS=$(TAGS) FUZZTIME=3s FUZZCACHE=none scripts/fuzz

lint:
	@unformatted=$$(gofmt -l $$(find . -name '*.go' -not -path '*/node_modules/*')); \
	if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet -tags $(TAGS) ./...

demo: build
	./ssprd demo

fuzz:
	GO="$(GO)" TAGS=$(TAGS) FUZZTIME=$(FUZZTIME) scripts/fuzz

# BENCH selects parts of it by a regular expression; docs/performance.md has their names, and how long each takes. Samba needs
# root, and a domain is made once.
bench:
	$(GO) test -tags $(TAGS) -run '^$$' -bench '$(BENCH)' -benchmem -benchtime 3000x ./internal/flow ./internal/metrics
	$(GO) test -tags $(TAGS) -run '^$$' -bench '$(BENCH)' -benchmem -benchtime 100x ./cmd/ssprd
	$(GO) test -tags $(TAGS) -run '^$$' -bench '$(BENCH)' -benchmem -benchtime 200x $(PARTS)
	$(GO) test -tags $(TAGS) -run '^$$' -bench '$(BENCH)' -benchmem -benchtime 20x ./internal/state ./internal/audit
	dir=$$(mktemp -d) && trap '$(SUDO) rm -rf "$$dir"' EXIT && TESTED_DOMAIN="$$dir/domain" TEST_EVERYTHING=1 \
	$(GO) -C internal/bench test -tags $(TAGS) -run '^$$' -bench '$(BENCH)' -benchtime 1x -timeout 120m $(AS_ROOT)

# In its own folder, go test prints as it goes along.
attack:
	ATTACK=full $(GO) -C internal/attack test -tags $(TAGS) -count=1 -timeout 20m

# The same; a disk of a few kilobytes is mounted and filled, which needs root.
faults:
	FAULTS=full $(GO) -C internal/faults test -tags $(TAGS) -count=1 -timeout 40m $(AS_ROOT)

# A column whose points fail is left as it is.
directories:
	WRITE_DIRECTORIES=$(CURDIR)/docs/directories.md $(GO) test -tags $(TAGS) -count=1 -parallel 1 $(AS_ROOT) \
		-run '^Test(Demo|OpenLDAP|ActiveDirectory|389DS|Generic|ResultsAreDocumented)$$' ./internal/ldapx

findings:
	WRITE_FINDINGS=$(CURDIR)/docs/findings.md $(GO) test -tags $(TAGS) -count=1 -run TestFindingsAreDocumented ./internal/check

reference:
	WRITE_CONFIGURATION=$(CURDIR)/docs/configuration.md $(GO) test -tags $(TAGS) -count=1 -run '^TestReference$$' ./internal/config

screenshots:
	SCREENSHOTS=$(CURDIR)/docs/screenshots $(GO) test -tags $(TAGS) -count=1 -run 'TestTour$$|TestHelpdesk$$' ./internal/browsertest
