package deploy

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// patches are what the run changes in the objects of base and components.
func (r *Run) patches() ([]object, error) {
	workers := object{"containers": []object{r.workerContainer()}}
	coordinator := r.coordinatorPod()
	if r.PriorityClass != "" {
		workers["priorityClassName"], coordinator["priorityClassName"] = r.PriorityClass, r.PriorityClass
	}
	list := []object{
		inJob("workers", workers, object{"completions": r.Workers, "parallelism": r.Workers}),
		patch("policy/v1", "PodDisruptionBudget", "workers", object{"minAvailable": r.minAvailable()}),
	}
	if len(coordinator) > 0 {
		list = append(list, inJob("coordinator", coordinator, object{}))
	}
	if volume := r.volume(); len(volume) > 0 {
		list = append(list, patch("v1", "PersistentVolumeClaim", "run", volume))
	}
	var patches []object
	for _, p := range list {
		text, err := yaml.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("write a patch: %w", err)
		}
		patches = append(patches, object{"patch": string(text)})
	}
	return append(append(patches, r.queuePatches()...), r.networkPatches()...), nil
}

func patch(version, kind, name string, spec object) object {
	return object{"apiVersion": version, "kind": kind, "metadata": object{"name": name}, "spec": spec}
}

// inJob changes a Job's pods, and what else stands in its spec.
func inJob(name string, pods, spec object) object {
	spec["template"] = object{"spec": pods}
	return patch("batch/v1", "Job", name, spec)
}

func (r *Run) workerContainer() object {
	c := object{"name": "worker"}
	amounts := object{}
	for resource, amount := range map[string]string{"cpu": r.CPU, "memory": r.Memory} {
		if amount != "" {
			amounts[resource] = amount
		}
	}
	if r.GPUs > 0 {
		amounts["nvidia.com/gpu"] = strconv.Itoa(r.GPUs)
	}
	if len(amounts) > 0 { // as many as may be used are reserved: a slow worker holds up all
		c["resources"] = object{"requests": amounts, "limits": maps.Clone(amounts)}
	}
	if r.NATS != "" {
		c["env"] = []object{{"name": "RINGMASTER_NATS", "value": r.NATS}}
	}
	return c
}

// coordinatorPod names the run's NATS server.
func (r *Run) coordinatorPod() object {
	if r.NATS == "" {
		return object{}
	}
	env := []object{{"name": "RINGMASTER_CLUSTER_NATS", "value": r.NATS}}
	return object{"containers": []object{{"name": "coordinator", "env": env}}}
}

func (r *Run) volume() object {
	spec := object{}
	if r.Storage != "" {
		spec["resources"] = object{"requests": object{"storage": r.Storage}}
	}
	if r.StorageClass != "" {
		spec["storageClassName"] = r.StorageClass
	}
	return spec
}

func (r *Run) queuePatches() []object {
	if r.Queue == "" {
		return nil
	}
	change := func(path, value string) string {
		return fmt.Sprintf("- op: add\n  path: %s\n  value: %q\n", path, value)
	}
	return []object{
		{"target": object{"kind": "Job"}, "patch": change("/metadata/labels/kueue.x-k8s.io~1queue-name", r.Queue)},
		{
			"target": object{"kind": "Job", "name": "workers"},
			"patch":  change("/metadata/annotations/kueue.x-k8s.io~1job-min-parallelism", strconv.Itoa(r.minAvailable())),
		},
	}
}

// networkPatches let the pods reach a NATS server that is there already, and no other.
func (r *Run) networkPatches() []object {
	if r.NATS == "" {
		return nil
	}
	peers, port := natsPeers(r.NATS)
	text := func(rule int) string {
		return fmt.Sprintf("- op: replace\n  path: /spec/egress/%d/to\n  value: %s\n- op: replace\n  path: /spec/egress/%d/ports/0/port\n  value: %d\n", rule, peers, rule, port)
	}
	return []object{
		{"target": object{"kind": "NetworkPolicy", "name": "coordinator"}, "patch": text(0)},
		{"target": object{"kind": "NetworkPolicy", "name": "workers"}, "patch": text(1)},
	}
}

// natsPeers are whom a policy has to let through to a server: the pods of a namespace where the
// name is that of a service in it, an address, or all, as names outside are no policy's to know.
func natsPeers(server string) (peers string, port int) {
	first, _, _ := strings.Cut(server, ",")
	host, port := first, 4222
	if u, err := url.Parse(first); err == nil {
		host = u.Hostname()
		if n, err := strconv.Atoi(u.Port()); err == nil {
			port = n
		}
	}
	parts := strings.Split(host, ".")
	switch ip := net.ParseIP(host); {
	case ip.To4() != nil:
		return fmt.Sprintf(`[{"ipBlock": {"cidr": "%s/32"}}]`, ip), port
	case ip != nil:
		return fmt.Sprintf(`[{"ipBlock": {"cidr": "%s/128"}}]`, ip), port
	case len(parts) == 1:
		return `[{"podSelector": {}}]`, port
	case len(parts) == 2 || parts[2] == "svc":
		return fmt.Sprintf(`[{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": %q}}}]`, parts[1]), port
	default:
		return `[]`, port
	}
}
