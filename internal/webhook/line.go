package webhook

import (
	"sync"
	"time"
)

// An attempt that has begun holds the next one back until it ends, but no longer than this: the
// very first ones for long enough that they arrive in order even when receiver and machine are
// busy, those of a long backlog hardly.
const (
	strictFirst     = 4
	strictPatience  = 100 * time.Millisecond
	orderedFirst    = 16 * parallel
	orderPatience   = 25 * time.Millisecond
	backlogPatience = 500 * time.Microsecond
)

// line lets attempts begin one after the other, in the order of their claims: a receiver that
// answers quickly gets them in that order, and one that is slow or stuck still has many under way
// at once. One goroutine calls join.
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

// join takes the next place. alone says that everybody who joined before has come to an end.
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
