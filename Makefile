.PHONY: help build train test bench chaos lint fuzz images e2e-k8s
.DEFAULT_GOAL := help

help:
	@echo 'make train   set up, build, download a small encoder, train examples/sample.yaml'
	@echo 'make test    set up, build, run all checks and tests'
	@echo 'make build   set up, build bin/ringmaster and bin/ringmaster-worker'
	@echo 'make bench   set up, build, measure training and the ring all-reduce; compare with PyTorch if RINGMASTER_PEER_PYTHON names a Python with torch, transformers and accelerate'
	@echo 'make chaos   set up, build, inject faults into a run and verify that nothing is lost; options: SEED=1,2,3 FAULTS=200'
	@echo 'make lint    set up, run golangci-lint (formatting, go vet, staticcheck and more), govulncheck and shellcheck'
	@echo 'make fuzz    set up, fuzz whatever reads files and messages from elsewhere; options: FUZZTIME=1m (each) FUZZ=pattern'
	@echo 'make images  set up, build, write the container images to bin/images (docker-archives); options: TORCH=DIR PREFIX=NAME/'
	@echo 'make e2e-k8s set up, build, test on a Kubernetes cluster: that of KUBECONFIG, or the test cluster of TESTCLUSTER; see e2ek8s/doc.go'

build:
	@setup/build.sh

train: build
	@bin/ringmaster model fetch minilm
	@bin/ringmaster train examples/sample.yaml

test: build
	-@bin/ringmaster model fetch minilm # without it, tests on the real model skip
	@setup/check.sh

bench: build
	@bin/ringmaster model fetch minilm
	@bin/ringmaster bench step --rounds 3
	@bin/ringmaster bench train --rounds 3 --steps 15
	@bin/ringmaster bench pretrain --rounds 3
	@bin/ringmaster bench allreduce $(if $(RINGMASTER_PEER_PYTHON),--peer-python '$(RINGMASTER_PEER_PYTHON)')

chaos: build
	@eval "$$(setup/env.sh)" && CGO_ENABLED=0 go build -buildvcs=false -trimpath -o bin/ringmaster-chaos ./cmd/ringmaster-chaos
	@bin/ringmaster-chaos --seed $(or $(SEED),1) --faults $(or $(FAULTS),200) $(CHAOS)

images: build
	@TORCH='$(TORCH)' PREFIX='$(PREFIX)' setup/images.sh

e2e-k8s: images
	@eval "$$(setup/env.sh)" && RINGMASTER_E2E_K8S=1 go test -buildvcs=false -count=1 -v -timeout 60m ./e2ek8s

lint: build
	@setup/check.sh lint

fuzz: build
	@FUZZTIME=$(or $(FUZZTIME),1m) setup/fuzz.sh $(FUZZ)
