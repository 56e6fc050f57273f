package api

import (
	"time"

	"namets/internal/namets"
)

func ParseSince(value string, zone *time.Location) (time.Time, bool) { return parseSince(value, zone) }

func ParseDays(value string, now time.Time) (time.Time, bool) { return parseDays(value, now) }

func ParseInt(s string) (int, bool) { return parseInt(s) }

func Lookup(rawQuery, name string) (string, bool) { return lookup(rawQuery, name) }

func AppendString(b []byte, s string) []byte { return appendString(b, s) }

func AppendTime(b []byte, t time.Time, zone *time.Location) []byte { return appendTime(b, t, zone) }

func AppendUUID(b []byte, u namets.UUID) []byte { return appendUUID(b, u) }

const ChunkSize = chunkSize
