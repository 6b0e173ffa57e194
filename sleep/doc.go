// Package sleep lets a loop that asks again wait in between, for as long as its context allows.
package sleep
