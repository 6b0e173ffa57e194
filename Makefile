.PHONY: help build train test lint
.DEFAULT_GOAL := help

help:
	@echo 'make train   set up, build, fetch a small encoder, train examples/sample.yaml'
	@echo 'make test    set up, build, then every check and test'
	@echo 'make build   set up, then bin/ringmaster and bin/ringmaster-worker'
	@echo 'make lint    set up, then formatting, go vet, staticcheck, shellcheck'

build:
	@setup/build.sh

train: build
	@bin/ringmaster model fetch minilm
	@bin/ringmaster train examples/sample.yaml

test: build
	-@bin/ringmaster model fetch minilm # without it, tests on the real model skip
	@setup/check.sh

lint: build
	@setup/check.sh lint
