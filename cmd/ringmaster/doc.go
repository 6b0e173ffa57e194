// Command ringmaster is the program a person types: it trains, predicts, checks data
// and fetches models. It is pure Go; for everything that touches a tensor it starts
// ringmaster-worker, which stands beside it.
package main
