package v1_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
	"namets/internal/testlong"
)

// proofLease is the lease of the consumers of the proof.
const proofLease = 10 * time.Second

// proofTables are the tables that are compared.
var proofTables = []string{"subscribers", "announcements", "events", "categories", "patrons"}

// proofItem is an item of a consumer.
type proofItem struct {
	Seq    int64           `json:"seq"`
	Change string          `json:"change"`
	Table  string          `json:"table"`
	ID     int64           `json:"id"`
	Row    json.RawMessage `json:"row"`
	Lease  string          `json:"lease"`
	First  bool            `json:"first"`
}

// follower is a program that copies the tables with the help of one consumer. Its copy survives a
// kill, what it works on does not.
type follower struct {
	s    *site
	t    *testing.T
	name string
	once bool // the consumer of a topic that tells once

	mu      sync.Mutex
	rows    map[string]map[int64]string // table → id → row
	seqs    map[string]int64            // table and id → the number of the copied state
	acked   map[string]bool             // items that are acknowledged
	told    map[int64]int               // of a consumer that is told once: row → acknowledgements
	tick    int                         // counts steps, to order them
	grants  []*grant
	repeats int // items that were handed out again
}

// grant is one lease. It was given between two steps, and between two readings of the clock.
type grant struct {
	asked, got     int
	before, after  time.Time
	acknowledgedAt int // the step of the acknowledgement, later than all others if there was none
}

// heldWith reports whether both leases certainly held at the same time.
func (g *grant) heldWith(h *grant) bool {
	first, last := g.before, g.after
	if h.before.Before(first) {
		first = h.before
	}
	if h.after.After(last) {
		last = h.after
	}
	return g.acknowledgedAt > h.got && h.acknowledgedAt > g.got && last.Before(first.Add(proofLease))
}

// step returns the number of the next step and the time.
func (f *follower) step() (int, time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tick++
	return f.tick, f.s.now()
}

// request sends a request without comparing it with the document, which would be slow.
func (f *follower) request(method, path, body string) (status int, answer []byte) {
	r := httptest.NewRequest(method, "/api/v1/consumers/"+f.name+path, strings.NewReader(body))
	r.Header.Set("X-N8N-Token", goodToken)
	w := httptest.NewRecorder()
	f.s.ServeHTTP(w, r)
	return w.Code, w.Body.Bytes()
}

// run is one run of the program. killed decides after each step whether it ends there. It reports
// whether there was anything to do.
func (f *follower) run(limit int, killed func() bool) bool {
	g := &grant{acknowledgedAt: math.MaxInt}
	g.asked, g.before = f.step()
	status, body := f.request(http.MethodGet, fmt.Sprintf("/next?limit=%d", limit), "")
	g.got, g.after = f.step()
	var items []proofItem
	if err := json.Unmarshal(body, &items); status != http.StatusOK || err != nil {
		f.t.Errorf("next: %d %s", status, body)
		return false
	}
	if len(items) == 0 {
		return false
	}
	f.take(g, items)
	for _, i := range items {
		f.apply(i)
		if killed() {
			return true
		}
	}
	f.acknowledge(g, items)
	return true
}

// take checks what was handed out: nothing comes again that was acknowledged.
func (f *follower) take(g *grant, items []proofItem) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.grants = append(f.grants, g)
	for _, i := range items {
		if f.acked[i.key()] {
			f.t.Errorf("%s: %s comes again after its acknowledgement", f.name, i.key())
		}
		if !i.First {
			f.repeats++
		}
	}
}

func (i *proofItem) key() string { return fmt.Sprint(i.Table, " ", i.ID, " at ", i.Seq) }

// apply stores the row of an item in the copy, unless that has a later one: the clock of the test
// jumps, so that a run may go on after its lease.
func (f *follower) apply(i proofItem) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rows[i.Table] == nil {
		f.rows[i.Table] = map[int64]string{}
	}
	row := fmt.Sprint(i.Table, " ", i.ID)
	if f.seqs[row] > i.Seq {
		return
	}
	f.seqs[row] = i.Seq
	if i.Change == "deleted" {
		delete(f.rows[i.Table], i.ID)
	} else {
		f.rows[i.Table][i.ID] = string(i.Row)
	}
}

func (f *follower) acknowledge(g *grant, items []proofItem) {
	at, _ := f.step()
	f.mu.Lock()
	defer f.mu.Unlock()
	g.acknowledgedAt = at
	status, body := f.request(http.MethodPost, "/ack", fmt.Sprintf(`{"lease":%q}`, items[0].Lease))
	switch status {
	case http.StatusOK:
		for _, i := range items {
			f.acked[i.key()] = true
			f.told[i.ID]++
		}
	case http.StatusConflict: // it took too long
	default:
		f.t.Errorf("ack: %d %s", status, body)
	}
}

// list returns the rows of a table as the API lists them.
func (s *site) list(t *testing.T, table string) map[int64]string {
	t.Helper()
	all := map[int64]string{}
	for after := int64(0); ; {
		query := fmt.Sprintf("/api/v1/%s?limit=1000&after=%d", table, after)
		if table == "subscribers" || table == "patrons" {
			query += "&active=all"
		}
		var rows []json.RawMessage
		r := httptest.NewRequest(http.MethodGet, query, nil)
		r.Header.Set("X-N8N-Token", goodToken)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if err := json.Unmarshal(w.Body.Bytes(), &rows); err != nil {
			t.Fatalf("%s: %s", query, w.Body)
		}
		if len(rows) == 0 {
			return all
		}
		for _, row := range rows {
			var head struct{ ID int64 }
			if err := json.Unmarshal(row, &head); err != nil {
				t.Fatal(err)
			}
			all[head.ID], after = string(row), head.ID
		}
	}
}

// randomWrite makes one random change. Rows that are gone meanwhile are no error.
func (s *site) randomWrite(ctx context.Context, r *rand.Rand) error {
	by := namets.Actor{Kind: namets.System}
	id, now := r.Int64N(60)+1, s.now()
	text := fmt.Sprint("t", r.Int64())
	soon := now.Add(time.Duration(r.Int64N(240)-60) * time.Second)
	var err error
	switch r.IntN(13) {
	case 0, 1:
		_, err = s.db.CreateSubscriber(ctx, by, namets.NewSubscriber(text+"@example.org"))
	case 2:
		err = s.db.UpdateSubscriber(ctx, by, id, 0, namets.SubscriberPatch{Phone: &text})
	case 3:
		err = s.db.DeleteSubscriber(ctx, by, id)
	case 4, 5:
		_, err = s.db.CreateAnnouncement(ctx, by, namets.Announcement{Title: text, Content: "c",
			Category: namets.General, IsActive: r.IntN(4) > 0, PublishAt: soon, ExpireAt: new(soon.Add(time.Minute))})
	case 6:
		var a namets.Announcement
		if a, _, err = s.db.Announcement(ctx, id); err == nil {
			a.IsActive, a.Title = !a.IsActive, text
			err = s.db.UpdateAnnouncement(ctx, by, 0, a)
		}
	case 7:
		err = s.db.DeleteAnnouncement(ctx, by, id)
	case 8:
		_, err = s.db.CreateEvent(ctx, by, namets.Event{Title: text, Start: soon, End: soon.Add(time.Minute),
			IsActive: true})
	case 9:
		err = s.db.CancelEvent(ctx, by, id, 0, r.IntN(2) == 0)
	case 10:
		_, err = s.db.CreatePatron(ctx, by, namets.Patron{Name: text})
	case 11:
		err = s.db.MovePatron(ctx, by, id, r.IntN(9))
	case 12:
		if _, err = s.db.CreateEventCategory(ctx, by, namets.EventCategory{Name: text}); err == nil {
			err = s.db.DeleteEventCategory(ctx, by, id)
		}
	}
	if namets.CodeOf(err) == namets.NotFound {
		return nil
	}
	return err
}

// TestConsumers_followEveryWriteOverKills changes rows at random with several writers while several
// programs follow them, which are killed again and again.
func TestConsumers_followEveryWriteOverKills(t *testing.T) {
	writes, kills := testlong.Size(300, 10_000), int64(testlong.Size(12, 200))
	s := newSite(t)
	var followers []*follower
	for i, topics := range []string{`"subscribers","announcements","events","categories","patrons"`,
		`"subscribers","announcements","events","categories","patrons"`, `"subscribers","announcements","events",
		"categories","patrons"`, `"announcements.published"`} {
		f := &follower{s: s, t: t, name: fmt.Sprint("c", i), once: i == 3, rows: map[string]map[int64]string{},
			seqs: map[string]int64{}, acked: map[string]bool{}, told: map[int64]int{}}
		followers = append(followers, f)
		s.consume(t, f.name, `{"topics":[`+topics+`],"start":"beginning","lease":"PT10S"}`).want(http.StatusCreated)
	}
	var left, killed atomic.Int64
	left.Store(int64(writes))
	var writers, runs sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 1))
			for n := left.Add(-1); n >= 0; n = left.Add(-1) {
				if err := s.randomWrite(t.Context(), r); err != nil {
					t.Error(err)
				}
				if n%20 == 0 {
					s.wait(time.Second)
				}
			}
		})
	}
	for i, f := range followers {
		for run := range 2 {
			runs.Go(func() {
				r := rand.New(rand.NewPCG(uint64(i), uint64(run)+7))
				for left.Load() > 0 || killed.Load() < kills {
					f.run(r.IntN(40)+1, func() bool {
						dies := killed.Load() < kills && r.IntN(60) == 0
						if dies {
							killed.Add(1)
							s.wait(proofLease) // until it is started again
						}
						return dies
					})
					if left.Load() <= 0 && killed.Load() < kills {
						_ = s.randomWrite(t.Context(), r) // so that there is something to be killed at
					}
				}
			})
		}
	}
	writers.Wait()
	runs.Wait()
	s.wait(proofLease)
	repeats := 0
	for _, f := range followers {
		for f.run(100, func() bool { return false }) {
		}
		repeats += f.repeats
		for i, g := range f.grants {
			if slices.ContainsFunc(f.grants[:i], g.heldWith) {
				t.Errorf("%s: two runs had leases at the same time", f.name)
			}
		}
		if f.once {
			for id, n := range f.told {
				if n > 1 {
					t.Errorf("announcement %d was told %d times as published", id, n)
				}
			}
			continue
		}
		for _, table := range proofTables {
			want := s.list(t, table)
			if len(want) == 0 {
				t.Errorf("there are no %s", table)
			}
			if diff := cmp.Diff(want, f.rows[table]); diff != "" && (len(want) > 0 || len(f.rows[table]) > 0) {
				t.Errorf("%s has copied other %s (-database +copy):\n%s", f.name, table, diff)
			}
		}
	}
	t.Logf("%d writes, %d kills, %d items handed out again", writes, killed.Load(), repeats)
	if repeats == 0 || killed.Load() < kills {
		t.Error("the kills have not repeated anything")
	}
}
