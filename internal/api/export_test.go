package api

import (
	"context"
	"time"

	"namets/internal/namets"
)

func ParseSince(value string, zone *time.Location) (time.Time, bool) { return parseSince(value, zone) }

func ParseDays(value string, now time.Time) (time.Time, bool) { return parseDays(value, now) }

func ParseInt(s string) (int, bool) { return parseInt(s) }

func Lookup(rawQuery, name string) (string, bool) { return lookup(rawQuery, name) }

func AppendTime(b []byte, t time.Time, zone *time.Location) []byte { return appendTime(b, t, zone) }

func AppendUUID(b []byte, u namets.UUID) []byte { return appendUUID(b, u) }

const ChunkSize = chunkSize

// SharedChunks rebuilds the snapshot of the subscribers and returns how many of its chunks are
// those of the snapshot before.
func (a *API) SharedChunks(ctx context.Context) (shared, all int, err error) {
	before := a.subscribers.current.Load().data
	after, err := a.subscribers.latest(ctx)
	if err != nil {
		return 0, 0, err
	}
	held := map[*byte]bool{}
	for _, c := range before.chunks {
		held[&c.data[0]] = true
	}
	for _, c := range after.chunks {
		if held[&c.data[0]] {
			shared++
		}
	}
	return shared, len(after.chunks), nil
}
