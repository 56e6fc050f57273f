package auth

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"namets/internal/namets"
)

const (
	// maxFolded is how many different refusals are kept apart until they are written.
	maxFolded = 256
	// writePause is the interval between two writes of refusals, so that an attack causes at most
	// one commit a second.
	writePause = time.Second
	// lastWrite limits the final write.
	lastWrite = 2 * time.Second
)

// refusalStore stores refusals in the audit.
type refusalStore interface {
	RecordRefusals(context.Context, []namets.Refusal) error
}

// refusals counts refused requests and folds equal ones into one log line and one audit row. Its
// memory is bounded. Safe for concurrent use.
type refusals struct {
	store  refusalStore
	now    func() time.Time
	wake   chan struct{} // capacity 1: there is something to write
	counts map[namets.RefusalKind]*atomic.Int64

	mu     sync.Mutex
	folded map[refusalKey]*folded
	added  int // how many were added to folded, ever
}

// refusalKey is what folded refusals have in common.
type refusalKey struct {
	kind    namets.RefusalKind
	user    int64
	network string
	route   string
}

// folded is a refusal, with how much of its count has been logged.
type folded struct {
	namets.Refusal
	logged int
	order  int // of being added, for those of the same instant
}

func newRefusals(store refusalStore, now func() time.Time) *refusals {
	r := &refusals{store: store, now: now, wake: make(chan struct{}, 1), folded: map[refusalKey]*folded{},
		counts: map[namets.RefusalKind]*atomic.Int64{}}
	for _, kind := range namets.RefusalKinds() {
		r.counts[kind] = new(atomic.Int64)
	}
	return r
}

// count counts a refusal. It does not wait for the database.
func (r *refusals) count(kind namets.RefusalKind, user namets.User, address, route string) {
	r.counts[kind].Add(1)
	now := r.now()
	r.add(&folded{Refusal: namets.Refusal{
		Kind: kind, UserID: user.ID, User: user.Name, Network: RegionKey(address), Address: address, Route: route,
		Count: 1, First: now, Last: now,
	}})
	r.wakeUp()
}

// add folds f into the refusals that wait to be written.
func (r *refusals) add(f *folded) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := refusalKey{f.Kind, f.UserID, f.Network, f.Route}
	have := r.folded[key]
	if have == nil && len(r.folded) >= maxFolded { // what is left of them: that it happened
		key = refusalKey{kind: f.Kind}
		f.UserID, f.User, f.Network, f.Address, f.Route = 0, "", "", "", ""
		have = r.folded[key]
	}
	if have == nil {
		r.added++
		f.order = r.added
		r.folded[key] = f
		return
	}
	have.Count += f.Count
	have.logged += f.logged
	if f.First.Before(have.First) {
		have.First = f.First
	}
	if f.Last.After(have.Last) {
		have.Last = f.Last
	}
	if f.Address != have.Address {
		have.Address = have.Network
	}
}

// write logs and stores the refusals since the last write. What cannot be stored is kept for the
// next write.
func (r *refusals) write(ctx context.Context, log *slog.Logger) error {
	r.mu.Lock()
	list := make([]*folded, 0, len(r.folded))
	for _, f := range r.folded {
		list = append(list, f)
	}
	clear(r.folded)
	r.mu.Unlock()
	if len(list) == 0 {
		return nil
	}
	slices.SortFunc(list, func(a, b *folded) int {
		return cmp.Or(a.First.Compare(b.First), cmp.Compare(a.order, b.order))
	})
	batch := make([]namets.Refusal, len(list))
	for i, f := range list {
		if n := f.Count - f.logged; n > 0 {
			log.Warn("refused at the admin", "reason", f.Kind, "user", cmp.Or(f.User, namets.UnknownName),
				"from", f.Address,
				"route", f.Route, "count", n)
			f.logged = f.Count
		}
		batch[i] = f.Refusal
	}
	err := r.store.RecordRefusals(ctx, batch)
	if err != nil {
		for _, f := range list {
			r.add(f)
		}
	}
	return err
}

// run writes until ctx ends, and then once more.
func (r *refusals) run(ctx context.Context, log *slog.Logger) error {
	pause := time.NewTimer(0)
	defer pause.Stop()
	failing := false
	for ctx.Err() == nil {
		select {
		case <-pause.C:
		case <-ctx.Done():
		}
		select {
		case <-r.wake:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		err := r.write(ctx, log)
		if err != nil && !failing && ctx.Err() == nil {
			log.Error("refusals at the admin cannot be written to the audit; they are kept until they can",
				"error", err)
		}
		if failing = err != nil; failing {
			r.wakeUp()
		}
		pause.Reset(writePause)
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrite)
	defer cancel()
	return r.write(last, log)
}

// wakeUp makes run write again after its pause.
func (r *refusals) wakeUp() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}
