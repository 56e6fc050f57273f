package api

import (
	"bytes"
	"context"
	"slices"
	"strconv"

	"namets/internal/namets"
)

// Once a chunk has chunkLeast bytes of rows, it ends before a row whose id marks a boundary, and
// otherwise when it has chunkSize bytes; a single longer row makes a longer chunk. Because the
// boundaries depend on ids, a changed row affects only the chunks around it, and a new snapshot
// shares all others with the previous one.
const (
	chunkLeast = 160 << 10 // a community's list is sent in one piece
	chunkSize  = 320 << 10
)

// mayBegin reports whether a chunk may begin with the row: about one in five hundred may. The id is
// multiplied so that this also works for ids with gaps.
func mayBegin(id int64) bool { return uint64(id)*0x9e3779b97f4a7c15>>55 == 0 }

// subscribers is the snapshot for P1 and P5: the active subscribers by id. The chunks are the
// unfiltered response to P1, including its brackets. Every other response is assembled from them
// while it is sent, so that each address is in memory once, however long the list is.
type subscribers struct {
	chunks []chunk
	// groups counts the rows with the same preferences, so that the length of every response is
	// known in advance.
	groups [allFlags + 1]group
	// length is the Content-Length of the unfiltered response to P1.
	length []string
}

// chunk is a run of rows. Its data starts with the bracket of the list or with the comma before its
// first row; commas separate rows; the last chunk ends with the closing bracket.
type chunk struct {
	first  int64 // the id of the first row
	data   []byte
	ends   []uint32      // row number → where its object ends in data
	flags  []flags       // row number → preferences and whether there is a phone
	tokens []namets.UUID // row number → the secret of the personal link
	phones rows          // the phones of those rows that have one, as JSON, in the same order
}

// group is the number and the total size of rows with the same preferences.
type group struct {
	rows   int
	bytes  int // of their objects in P1
	phones int // bytes that their phones in P5 take beyond those of a null
}

// flags are the preferences of a subscriber.
type flags uint8

const (
	wantsAnnouncements flags = 1 << iota
	wantsEvents
	wantsPrayer
	hasPhone
	allFlags = wantsAnnouncements | wantsEvents | wantsPrayer
)

func flagsOf(p namets.Preferences) (f flags) {
	if p.Announcements {
		f |= wantsAnnouncements
	}
	if p.Events {
		f |= wantsEvents
	}
	if p.PrayerChanges {
		f |= wantsPrayer
	}
	return f
}

// preferencesTail is the end of a row of P1, after the address.
func preferencesTail(f flags) string {
	return `,"notify_announcements":` + strconv.FormatBool(f&wantsAnnouncements != 0) +
		`,"notify_events":` + strconv.FormatBool(f&wantsEvents != 0) +
		`,"notify_prayer_changes":` + strconv.FormatBool(f&wantsPrayer != 0) + `}`
}

// equal reports whether both chunks contain the same rows.
func (c *chunk) equal(d *chunk) bool {
	return bytes.Equal(c.data, d.data) && slices.Equal(c.ends, d.ends) && slices.Equal(c.flags, d.flags) &&
		slices.Equal(c.tokens, d.tokens) && bytes.Equal(c.phones.data, d.phones.data) &&
		slices.Equal(c.phones.ends, d.phones.ends)
}

func (a *API) readSubscribers(ctx context.Context) (*subscribers, error) {
	b := subscribersBuilder{tails: &a.tails}
	if t := a.subscribers.current.Load(); t != nil {
		b.before = t.data.chunks
	}
	b.begin('[')
	if err := a.store.Recipients(ctx, b.add); err != nil {
		return nil, err
	}
	return b.finish(), nil
}

// subscribersBuilder builds a snapshot row by row. A chunk grows in a shared buffer and is then
// copied into memory of its exact size, so that building leaves little garbage. If a chunk has not
// changed, the one of the previous snapshot is used, so that readers of old snapshots need little
// more memory.
type subscribersBuilder struct {
	tails  *[allFlags + 1]string
	before []chunk // of the snapshot before, from the one that comes next
	data   subscribers
	open   chunk // the chunk that is being filled, in shared memory
	size   int   // of what the chunks hold
}

// begin starts a chunk with first.
func (b *subscribersBuilder) begin(first byte) {
	o := &b.open
	if o.data == nil {
		o.data = make([]byte, 0, 4<<10)
	}
	*o = chunk{data: append(o.data[:0], first), ends: o.ends[:0], flags: o.flags[:0], tokens: o.tokens[:0],
		phones: rows{data: o.phones.data[:0], ends: o.phones.ends[:0]}}
}

// add adds one row; it never fails.
func (b *subscribersBuilder) add(row *namets.Recipient) error {
	o := &b.open
	switch n := len(o.data); {
	case n >= chunkSize, n >= chunkLeast && mayBegin(row.ID):
		b.close()
		b.begin(',')
		o.first = row.ID
	case len(o.ends) > 0:
		o.data = append(o.data, ',')
	default:
		o.first = row.ID
	}
	start := len(o.data)
	f := flagsOf(row.Notify)
	o.data = appendInt(append(o.data, `{"id":`...), row.ID)
	o.data = namets.AppendString(append(o.data, `,"email":`...), row.Email)
	o.data = append(o.data, b.tails[f]...)

	g := &b.data.groups[f]
	g.rows++
	g.bytes += len(o.data) - start
	if row.Phone != "" {
		f |= hasPhone
		n := len(o.phones.ends)
		o.phones.add(func(b []byte) []byte { return namets.AppendString(b, row.Phone) })
		g.phones += len(o.phones.window(n, n+1)) - len("null")
	}
	o.ends = append(o.ends, uint32(len(o.data)))
	o.flags = append(o.flags, f)
	o.tokens = append(o.tokens, row.Token)
	return nil
}

// close adds the open chunk to the snapshot.
func (b *subscribersBuilder) close() {
	o := &b.open
	b.size += len(o.data)
	for len(b.before) > 0 && b.before[0].first < o.first {
		b.before = b.before[1:]
	}
	if len(b.before) > 0 && b.before[0].equal(o) {
		b.data.chunks = append(b.data.chunks, b.before[0])
		return
	}
	b.data.chunks = append(b.data.chunks, chunk{
		first: o.first,
		data:  bytes.Clone(o.data), ends: slices.Clone(o.ends), flags: slices.Clone(o.flags),
		tokens: slices.Clone(o.tokens),
		phones: rows{data: slices.Clone(o.phones.data), ends: slices.Clone(o.phones.ends)},
	})
}

func (b *subscribersBuilder) finish() *subscribers {
	b.open.data = append(b.open.data, ']')
	b.close()
	b.data.length = []string{strconv.Itoa(b.size)}
	return &b.data
}
