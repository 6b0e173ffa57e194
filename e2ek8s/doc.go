// Package e2ek8s holds the tests of the product on a real Kubernetes cluster: real pods, nodes that are
// cut off, and strangers in the same namespace.
//
//	make e2e-k8s                                   # a cluster of the test machine's own, see below
//	KUBECONFIG=… make e2e-k8s                      # any cluster of at least two nodes
//	go test ./e2ek8s -run TestTwoRuns -v           # one test; RINGMASTER_E2E_K8S=1 must be set
//
// With KUBECONFIG the tests use kubectl from the PATH, and these variables:
//
//	RINGMASTER_E2E_LOAD      a command that makes images known to the nodes; the archives are appended
//	                         (kind load image-archive). Without it the images must be there.
//	RINGMASTER_E2E_NODE_OFF  a command that cuts a node off; the node's name is appended. Without it
//	                         no node is cut off, and the test says so.
//
// Without KUBECONFIG they use the tool that TESTCLUSTER names, or ../shared/testcluster/testcluster beside
// the work tree, and skip where there is neither.
//
// One run is hurt in many ways, one after another ([TestARunOutlivesItsCluster]): the time from each fault to
// the next committed step is taken from the run's own events.jsonl, which a pod follows, and from the time
// that the fault was done. All nodes' clocks should therefore agree to some milliseconds.
package e2ek8s
