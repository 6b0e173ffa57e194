// Command ringmaster-chaos injects faults into runs and verifies that nothing is lost; see
// package chaos. It is a program of its own, for developers of Ringmaster and for users who
// want to test it first: code that breaks processes and links does not belong in the program
// that people train with, nor do toxiproxy and its dependencies.
//
//	make chaos SEED=7 FAULTS=200
//	bin/ringmaster-chaos --seed 1,2,3 --faults 50 --json
package main
