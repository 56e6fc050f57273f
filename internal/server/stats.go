package server

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// Stats is what the server has counted since it was made.
type Stats struct {
	Requests        []RequestCount
	Durations       []RouteDuration
	InFlight        int64 // requests that are being answered now
	LogLinesDropped uint64
}

// RequestCount counts the answers of one route, method and status.
type RequestCount struct {
	Route  string // the pattern, or "unmatched"
	Method string // "OTHER" for a method that HTTP does not define
	Status int
	Count  uint64
}

// RouteDuration says how long the answers of one route took, from the request's headers to the end
// of the handler.
type RouteDuration struct {
	Route   string
	Count   uint64
	Sum     time.Duration
	Buckets []uint64 // parallel to [DurationBounds]: how many answers took at most that long (cumulative)
}

// numBounds is the number of buckets of a duration histogram.
const numBounds = 11

// durationBounds are the upper bounds of the buckets, ascending.
func durationBounds() [numBounds]time.Duration {
	return [numBounds]time.Duration{
		100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond,
		time.Millisecond, 5 * time.Millisecond, 25 * time.Millisecond, 100 * time.Millisecond, 500 * time.Millisecond,
		time.Second, 5 * time.Second, 30 * time.Second,
	}
}

// DurationBounds returns the upper bounds of the buckets of [RouteDuration], ascending.
func DurationBounds() []time.Duration {
	b := durationBounds()
	return b[:]
}

// methodNames are the methods that are counted by name; the last one stands for all others.
func methodNames() [10]string {
	return [10]string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions, http.MethodConnect, http.MethodTrace, "OTHER",
	}
}

func methodIndex(method string) int {
	switch method {
	case http.MethodGet:
		return 0
	case http.MethodHead:
		return 1
	case http.MethodPost:
		return 2
	case http.MethodPut:
		return 3
	case http.MethodPatch:
		return 4
	case http.MethodDelete:
		return 5
	case http.MethodOptions:
		return 6
	case http.MethodConnect:
		return 7
	case http.MethodTrace:
		return 8
	default:
		return 9
	}
}

// statusCounts holds a counter for each status from 100 to 599; the last one also counts what lies
// outside.
type statusCounts [500]atomic.Uint64

// route is what is known of a route pattern beforehand, and its counters. Counting takes no lock.
type route struct {
	pattern   string
	quoted    string // the pattern as a JSON string
	probe     bool   // a health check
	bodyLimit int64

	counts  [10]atomic.Pointer[statusCounts] // by methodIndex; nil: none yet
	bounds  [numBounds]time.Duration
	buckets [numBounds + 1]atomic.Uint64 // not cumulative
	sum     atomic.Int64                 // nanoseconds
}

func newRoute(pattern string, bodyLimit int64) *route {
	return &route{
		pattern:   pattern,
		quoted:    quote(pattern),
		probe:     pattern == "/healthz" || pattern == "/readyz",
		bodyLimit: bodyLimit,
		bounds:    durationBounds(),
	}
}

func (rt *route) count(method string, status int, took time.Duration) {
	slot := &rt.counts[methodIndex(method)]
	counts := slot.Load()
	if counts == nil {
		slot.CompareAndSwap(nil, new(statusCounts))
		counts = slot.Load()
	}
	i := status - 100
	if i < 0 || i >= len(counts) {
		i = len(counts) - 1
	}
	counts[i].Add(1)

	b := 0
	for b < numBounds && took > rt.bounds[b] {
		b++
	}
	rt.buckets[b].Add(1)
	rt.sum.Add(int64(took))
}

// Answers returns how many requests have been answered since the server was made.
func (s *Server) Answers() (n uint64) {
	n = s.unknown.answers()
	for _, rt := range s.routes {
		n += rt.answers()
	}
	return n
}

func (rt *route) answers() (n uint64) {
	for i := range rt.buckets {
		n += rt.buckets[i].Load()
	}
	return n
}

// Stats returns the counters. It may be called at any time; counters that move meanwhile may
// disagree by a few. The order is that of the patterns, then methods, then statuses. A route that
// was never asked for is left out.
func (s *Server) Stats() Stats {
	st := Stats{InFlight: s.inFlight.Load()}
	if s.access != nil {
		st.LogLinesDropped = s.access.dropped.Load()
	}
	routes := []*route{s.unknown}
	for _, rt := range s.routes {
		routes = append(routes, rt)
	}
	slices.SortFunc(routes, func(a, b *route) int { return strings.Compare(a.pattern, b.pattern) })
	for _, rt := range routes {
		requests := rt.requests()
		if len(requests) > 0 {
			st.Requests = append(st.Requests, requests...)
			st.Durations = append(st.Durations, rt.duration())
		}
	}
	return st
}

func (rt *route) requests() []RequestCount {
	var all []RequestCount
	for m, name := range methodNames() {
		counts := rt.counts[m].Load()
		if counts == nil {
			continue
		}
		for i := range counts {
			if n := counts[i].Load(); n > 0 {
				all = append(all, RequestCount{rt.pattern, name, i + 100, n})
			}
		}
	}
	return all
}

func (rt *route) duration() RouteDuration {
	d := RouteDuration{Route: rt.pattern, Sum: time.Duration(rt.sum.Load()), Buckets: make([]uint64, numBounds)}
	for i := range rt.buckets {
		d.Count += rt.buckets[i].Load()
		if i < numBounds {
			d.Buckets[i] = d.Count
		}
	}
	return d
}
