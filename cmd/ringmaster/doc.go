// Command ringmaster is the command-line program: it trains, predicts, checks data and
// fetches models. It is pure Go; for everything that touches a tensor it starts
// ringmaster-worker, from the same folder.
package main
