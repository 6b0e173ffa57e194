// Command ringmaster-chaos hurts runs and sees whether they hold; package chaos says how. It is a
// program of its own, for those who develop Ringmaster or want to know it before they trust
// it: what breaks processes and links has no place in the program that people train with,
// and neither have toxiproxy and what it brings.
//
//	make chaos SEED=7 FAULTS=200
//	bin/ringmaster-chaos --seed 1,2,3 --faults 50 --json
package main
