package webhook

import (
	"sync"
	"time"
)

// An attempt delays the start of the next one until it ends, but no longer than this. The first
// attempts of a series wait long enough that they arrive in order even if receiver and machine are
// busy; those of a long backlog hardly wait.
const (
	strictFirst     = 4
	strictPatience  = 100 * time.Millisecond
	orderedFirst    = 16 * parallel
	orderPatience   = 25 * time.Millisecond
	backlogPatience = 500 * time.Microsecond
)

// line starts attempts one after the other, in the order of their claims. A receiver that responds
// quickly gets them in that order; a slow or stuck one still gets many concurrent attempts. Call
// join from one goroutine.
type line struct {
	last   chan struct{} // closed when the last one that joined has passed; nil: nobody has joined
	length int           // how many have joined since there was nobody
}

// position is a position in a [line].
type position struct {
	ready    <-chan struct{} // closed when it is this place's turn
	patience time.Duration   // when its holder calls pass at the latest
	pass     func()          // lets the next one go; it may be called more than once
}

// join takes the next position. alone reports whether all attempts before it have ended.
func (l *line) join(alone bool) position {
	before, own := l.last, make(chan struct{})
	if before == nil {
		before = make(chan struct{})
		close(before)
	}
	if alone {
		l.length = 0
	}
	l.last = own
	l.length++
	p := position{before, orderPatience, sync.OnceFunc(func() { close(own) })}
	switch {
	case l.length <= strictFirst:
		p.patience = strictPatience
	case l.length > orderedFirst:
		p.patience = backlogPatience
	}
	return p
}
