package web

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics counts requests. Its labels are few and fixed: a label that a caller
// could choose would grow without bound.
type metrics struct {
	registry *prometheus.Registry
	handler  http.Handler
	running  prometheus.Gauge
	took     [len(methods)][6]prometheus.Observer // by method and first digit of the status
}

var methods = [...]string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "other"}

// methodName is the method, or "other" for one that nobody knows.
func methodName(m string) string { return methods[methodIndex(m)] }

func methodIndex(m string) int {
	for i, n := range methods {
		if m == n {
			return i
		}
	}
	return len(methods) - 1
}

func newMetrics() *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	m.running = prometheus.NewGauge(prometheus.GaugeOpts{Name: "bevan_http_requests_running", Help: "Requests that are being answered."})
	took := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "bevan_http_request_seconds", Help: "Time from the header of a request to the end of its answer.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60},
	}, []string{"method", "status"})
	for i, method := range methods {
		for digit, class := range [...]string{"other", "1xx", "2xx", "3xx", "4xx", "5xx"} {
			m.took[i][digit] = took.WithLabelValues(method, class)
		}
	}
	m.registry.MustRegister(m.running, took, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
	return m
}

func (m *metrics) begin() { m.running.Inc() }

func (m *metrics) end(method string, status int, took time.Duration) {
	m.running.Dec()
	digit := status / 100
	if digit > 5 {
		digit = 0
	}
	m.took[methodIndex(method)][digit].Observe(took.Seconds())
}

// Gauge shows a number of another room under /metrics, such as the bytes of
// the store. The name begins with bevan_; read is called at every scrape and
// must be quick and safe to call from several goroutines.
func (s *Server) Gauge(name, help string, read func() float64) error {
	return s.metrics.registry.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}
