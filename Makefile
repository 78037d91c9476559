# Everything a newcomer needs: `make demo` and `make test`.
# Each target installs what is missing (Go modules by themselves, Debian packages by apt-get).

GO       ?= go
LINT     := bin/golangci-lint
LINT_VER := v2.15.0
PACKAGES := bind9 bind9-utils bind9-dnsutils unbound pdns-recursor nftables iproute2 haproxy nginx-light yara clamav chromium curl openssl unzip python3-cryptography

NFPM     := bin/nfpm
NFPM_VER := v2.43.4
SBOM     := bin/cyclonedx-gomod
SBOM_VER := v1.10.0

.PHONY: build demo test lint fuzz bench soak chaos screenshots outbreak-doc packages dist dist-check clean dist-install dist-image

build: ## the one binary
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/tocsin ./cmd/tocsin

demo: build ## day one, told on the terminal and on a live page
	bin/tocsin demo

test: packages ## every test, with the race detector
	$(GO) vet ./...
	$(GO) test -race -timeout 30m ./...

lint: $(LINT)
	$(LINT) run ./...

$(LINT):
	GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VER)

FUZZTIME ?= 30s
fuzz: ## each fuzz target in turn, FUZZTIME each
	@for p in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
	    echo "== $$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5x $$p || exit 1; \
	  done; \
	done

BENCH_OBJECTS ?= 1000000
BENCH_SCALE ?= 1000000
BENCH_INDICATORS ?= 10000000
BENCH_EVENTS ?= 1000000
BENCH_COLD ?= 1000000
bench: ## the benchmarks; last, the whole hub and the matcher, each figure beside its floor, limit or peer in the same run
	$(GO) test -run '^$$' -bench . -benchmem $$($(GO) list ./... | grep -v /internal/bench$$)
	TOCSIN_BENCH_OBJECTS=$(BENCH_OBJECTS) TOCSIN_BENCH_SCALE=$(BENCH_SCALE) TOCSIN_BENCH_INDICATORS=$(BENCH_INDICATORS) TOCSIN_BENCH_EVENTS=$(BENCH_EVENTS) TOCSIN_BENCH_COLD=$(BENCH_COLD) \
	  $(GO) test -run '^$$' -bench . -benchtime 1x -timeout 3h ./internal/bench

SOAK_REQUESTS ?= 100000
SOAK_MINUTES ?= 10
SOAK_RECORDS ?= 3000000
SOAK_FEDERATED ?= 1000000
soak: ## mutated requests, slow clients and clients that vanish, against a live hub; an edge at full rate; a month without an outbreak; the oracle on millions of records; every byte of a dossier changed; a million objects from hub to hub, interrupted
	TOCSIN_SOAK_REQUESTS=$(SOAK_REQUESTS) $(GO) test -count=1 -v -timeout 2h -run '^Test(Soak|SlowAndVanishing)$$' ./internal/bench
	TOCSIN_SOAK_MINUTES=$(SOAK_MINUTES) $(GO) test -count=1 -v -timeout 2h -run '^TestMatchingSoak$$' ./internal/bench
	TOCSIN_SOAK_FEDERATED=$(SOAK_FEDERATED) $(GO) test -count=1 -v -timeout 2h -run '^TestFederationSoak$$' ./internal/bench
	TOCSIN_SOAK_BENIGN=1 $(GO) test -count=1 -v -timeout 2h -run '^TestBenign$$' ./internal/published
	TOCSIN_MUTATE_ALL=1 $(GO) test -count=1 -v -timeout 2h -run '^TestMutations$$' ./internal/dossier
	TOCSIN_ORACLE_RECORDS=$(SOAK_RECORDS) $(GO) test -count=1 -v -timeout 2h -run '^TestMatchEqualsTheOracle$$' ./cmd/tocsin

CHAOS_SECONDS ?= 60
CHAOS_SEED ?= 0
CHANGED = $(shell git diff --quiet HEAD -- cmd internal stix taxii go.mod ':!internal/chaos' || echo +)
chaos: build packages ## hubs are killed, stopped, cut off and filled up for CHAOS_SECONDS while clients write and read; the last line says what was lost
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/chaos ./internal/chaos
	@bin/chaos -program bin/tocsin -commit $(COMMIT)$(CHANGED) -seconds $(CHAOS_SECONDS) -seed $(CHAOS_SEED) -runs internal/chaos/runs.tsv

screenshots: packages ## the pages of a demo's end, for the README
	TOCSIN_SCREENSHOTS=$(CURDIR)/docs/images $(GO) test -count=1 -timeout 10m -run '^TestScreenshots$$' ./internal/demo

outbreak-doc: ## docs/outbreak.md and its pictures: what was published beside what this code does, computed anew
	TOCSIN_OUTBREAK_DOC=$(CURDIR)/docs $(GO) test -count=1 -timeout 6h -run '^TestDocument$$' ./internal/published

packages: ## what the tests run against for real; a test whose engine is missing says so and is skipped
	@missing=""; for p in $(PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if ! command -v apt-get >/dev/null; then echo "not Debian: install by hand:$$missing" >&2; exit 0; fi; \
	sudo=""; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	echo "installing$$missing"; \
	$$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing >/dev/null \
	  || echo "could not install$$missing: the tests that need them will be skipped" >&2

# Two builds of one commit have the same bytes: no paths, no time but the commit's.
DIST  := out/dist
BUILD  = CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -buildid='
EPOCH  = $(shell git log -1 --format=%ct)
STAMP  = $(shell TZ=UTC git log -1 --format=%cd --date=format-local:%Y%m%d%H%M%S)
COMMIT = $(shell git rev-parse --short=12 HEAD)
dist: $(NFPM) $(SBOM) ## what is given to others: binary, .deb, .rpm, SBOM, sums
	rm -rf $(DIST) && mkdir -p $(DIST)
	$(BUILD) -o $(DIST)/tocsin ./cmd/tocsin
	for p in deb rpm; do \
	  SOURCE_DATE_EPOCH=$(EPOCH) ARCH=$$($(GO) env GOARCH) VERSION=0.0.0-$(STAMP).$(COMMIT) \
	  $(NFPM) package --config contrib/packaging/nfpm.yaml --packager $$p --target $(DIST)/ || exit 1; \
	done
	$(SBOM) bin -json -noserial -output $(DIST)/tocsin.cdx.json $(DIST)/tocsin
	sed -i 's/"timestamp": "[^"]*"/"timestamp": "$(shell TZ=UTC git log -1 --format=%cd --date=format-local:%Y-%m-%dT%H:%M:%SZ)"/' $(DIST)/tocsin.cdx.json
	cd $(DIST) && sha256sum tocsin *.deb *.rpm *.json > SHA256SUMS && cat SHA256SUMS

dist-install: dist ## the packages really installed, started, upgraded and removed, in a root that is thrown away
	contrib/packaging/check.sh $(DIST)/*.deb $(DIST)/*.rpm

dist-image: dist ## a container image of the binary, by buildah, without fetching another image
	rm -rf $(DIST)/image && mkdir -p $(DIST)/image/etc/ssl/certs && mkdir -m 0700 $(DIST)/image/data
	cp $(DIST)/tocsin $(DIST)/image/ && cp /etc/ssl/certs/ca-certificates.crt $(DIST)/image/etc/ssl/certs/
	buildah bud --isolation chroot --build-context build=$(CURDIR)/$(DIST)/image -t tocsin -f contrib/container/Containerfile .

dist-check: ## the commit built twice, in two directories, once with nothing built before: the same bytes?
	@a=$$(mktemp -d) && b=$$(mktemp -d)/elsewhere && trap 'rm -rf "$$a" "$$(dirname $$b)"' EXIT && \
	git clone -q . "$$a/src" && git clone -q . "$$b" && \
	(cd "$$a/src" && $(BUILD) -o tocsin ./cmd/tocsin) && (cd "$$b" && GOCACHE="$$a/cache" $(BUILD) -o tocsin ./cmd/tocsin) && \
	sha256sum "$$a/src/tocsin" "$$b/tocsin" && cmp "$$a/src/tocsin" "$$b/tocsin"

$(NFPM):
	GOBIN=$(CURDIR)/bin $(GO) install github.com/goreleaser/nfpm/v2/cmd/nfpm@$(NFPM_VER)

$(SBOM):
	GOBIN=$(CURDIR)/bin $(GO) install github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$(SBOM_VER)

clean:
	rm -rf bin out
