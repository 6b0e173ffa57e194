// Command probe is what the tests of e2ek8s put into a cluster's pods: it follows a file, kills a
// container's first process from outside, and knocks at the doors of a run as a stranger does.
package main
