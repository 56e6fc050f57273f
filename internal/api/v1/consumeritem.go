package v1

import (
	stdjson "encoding/json"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"namets/internal/namets"
)

// rowOf returns the row of an item as JSON, nil if it has none.
func rowOf(form *namets.RowForm, i *namets.ConsumerItem) any {
	var b []byte
	switch row := i.Row.(type) {
	case *namets.Subscriber:
		b = form.AppendSubscriber(nil, row, i.Revision, false)
	case *namets.Announcement:
		b = form.AppendAnnouncement(nil, row, i.Revision)
	case *namets.EventCategory:
		b = form.AppendCategory(nil, row, i.Revision)
	case *namets.Event:
		b = form.AppendEvent(nil, row, i.Revision)
	case *namets.Patron:
		b = form.AppendPatron(nil, row, i.Revision, false)
	case *namets.PrayerSchedule:
		b = form.AppendPrayerDay(nil, row, i.Revision)
	default:
		return nil
	}
	return stdjson.RawMessage(b)
}

// RewindTo is where a consumer begins again: beginning, the number of a change, or a time.
type RewindTo namets.Rewinding

// rewindTo says what a [RewindTo] may be.
const rewindTo = `beginning, the seq of the first change to get again, or a time with an offset, such as ` +
	`2026-03-01T18:00:00+01:00`

// Schema describes the member.
func (RewindTo) Schema(huma.Registry) *huma.Schema {
	zero := 0.0
	return &huma.Schema{OneOf: []*huma.Schema{
		{Type: huma.TypeString, Pattern: `^(beginning|\d{1,15}|\d{4}-.*)$`, Examples: []any{"beginning"}},
		{Type: huma.TypeInteger, Minimum: &zero},
	}, Description: rewindTo}
}

// UnmarshalJSONFrom reads the member.
func (to *RewindTo) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() != jsontext.KindString {
		if json.UnmarshalDecode(d, &to.Seq) != nil {
			return wrongValue("must be " + rewindTo)
		}
		return nil
	}
	var text string
	if err := json.UnmarshalDecode(d, &text); err != nil {
		return err
	}
	if text == "beginning" {
		return nil
	}
	if seq, err := strconv.ParseInt(text, 10, 64); err == nil {
		to.Seq = seq
		return nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || !namets.InRange(at) {
		return wrongValue("must be " + rewindTo)
	}
	to.At = at
	return nil
}
