// Package sleep is a delay for retry loops that ends early when the context does.
package sleep
