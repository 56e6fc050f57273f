package server

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Stats is what the server has counted since it was created.
type Stats struct {
	Requests        []RequestCount
	InFlight        int64 // requests that are being answered now
	LogLinesDropped uint64
}

// RequestCount counts the responses of one route, method and status.
type RequestCount struct {
	Route  string // the pattern, or "unmatched"
	Method string // "OTHER" for a method that HTTP does not define
	Status int
	Count  uint64
}

// Observer records one duration at a time, like a Prometheus histogram. It is safe for concurrent
// use and does not block.
type Observer interface{ Observe(seconds float64) }

// unobserved is the Observer of a server without one.
type unobserved struct{}

func (unobserved) Observe(float64) {}

// methodNames are the methods that are counted by name; the last entry counts all others.
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

// statusCounts has a counter for each status from 100 to 599; the last one counts all others.
type statusCounts [500]atomic.Uint64

// route is the precomputed data of a route pattern, and its counters. Counting takes no lock.
type route struct {
	pattern   string
	quoted    string // the pattern as a JSON string
	probe     bool   // a health check
	bodyLimit int64

	counts    [10]atomic.Pointer[statusCounts] // by methodIndex; nil: none yet
	durations func() Observer                  // the route's own, made at its first answer
}

func newRoute(pattern string, bodyLimit int64, durations func(pattern string) Observer) *route {
	return &route{
		pattern:   pattern,
		quoted:    quote(pattern),
		probe:     pattern == "/healthz" || pattern == "/readyz",
		bodyLimit: bodyLimit,
		durations: sync.OnceValue(func() Observer { return durations(pattern) }),
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
	rt.durations().Observe(took.Seconds())
}

// Answers returns how many requests have been served since the server was created.
func (s *Server) Answers() (n uint64) {
	n = s.unknown.answers()
	for _, rt := range s.routes {
		n += rt.answers()
	}
	return n
}

func (rt *route) answers() (n uint64) {
	for _, r := range rt.requests() {
		n += r.Count
	}
	return n
}

// Stats returns the counters. It may be called at any time; counters that change meanwhile may
// disagree slightly. The order is by pattern, then method, then status. Routes that were never
// requested are left out.
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
		st.Requests = append(st.Requests, rt.requests()...)
	}
	return st
}

// AnswersOf is the part of [Server.Stats] about the route with the pattern.
func (s *Server) AnswersOf(pattern string) []RequestCount {
	if rt, ok := s.routes[pattern]; ok {
		return rt.requests()
	}
	return nil
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
