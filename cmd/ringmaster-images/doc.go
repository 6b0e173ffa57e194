// Command ringmaster-images writes the container images as docker-archives, with a bill of
// materials beside each. `make images` builds what it needs and runs it.
package main
