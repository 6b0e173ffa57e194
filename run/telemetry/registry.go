package telemetry

import (
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"ringmaster/refusals"
)

const (
	prefix       = "ringmaster_"
	workerPrefix = prefix + "worker_"
)

// stepBuckets are the upper bounds of histograms of times, in seconds: from a millisecond to two
// minutes, each twice the one before, since steps of small and large models differ by that much.
var stepBuckets = prometheus.ExponentialBuckets(0.001, 2, 18)

// newRegistry makes a process's registry, with what every process has.
func newRegistry(version string, refused *refusals.Counter) *prometheus.Registry {
	r := prometheus.NewRegistry()
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: prefix + "build_info", Help: "Always 1; the labels are the version of Ringmaster and of Go.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
	})
	build.Set(1)
	r.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), build, refusalCollector{refused},
	)
	return r
}

var refusedDesc = prometheus.NewDesc(prefix+"refused_messages_total",
	"Messages, connections and requests from the network that were refused, by kind.", []string{"kind"}, nil)

// refusalCollector exports a counter of refusals.
type refusalCollector struct{ counter *refusals.Counter }

// Describe implements prometheus.Collector.
func (refusalCollector) Describe(to chan<- *prometheus.Desc) { to <- refusedDesc }

// Collect implements prometheus.Collector.
func (c refusalCollector) Collect(to chan<- prometheus.Metric) {
	for _, kind := range refusals.Kinds {
		to <- prometheus.MustNewConstMetric(refusedDesc, prometheus.CounterValue, float64(c.counter.Count(kind)), string(kind))
	}
}

// registered makes a collector known to a registry.
func registered[C prometheus.Collector](r *prometheus.Registry, c C) C {
	r.MustRegister(c)
	return c
}

func counters(r *prometheus.Registry, name, help string, labels ...string) *prometheus.CounterVec {
	return registered(r, prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels))
}

func gauges(r *prometheus.Registry, name, help string, labels ...string) *prometheus.GaugeVec {
	return registered(r, prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels))
}

func histograms(r *prometheus.Registry, name, help string, labels ...string) *prometheus.HistogramVec {
	return registered(r, prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: stepBuckets}, labels))
}

func counter(r *prometheus.Registry, name, help string) prometheus.Counter {
	return registered(r, prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help}))
}
