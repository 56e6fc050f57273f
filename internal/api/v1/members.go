package v1

import (
	"time"

	"namets/internal/namets"
)

// Keyed is the author's key in a body.
type Keyed struct {
	Key Nullable[string] `json:"key,omitzero" minLength:"1" maxLength:"128" pattern:"^([.]*[A-Za-z0-9_~:-][A-Za-z0-9._~:-]*|[.][.][.]+)$" doc:"The author's own key, unique among rows of the kind; it is not removed by null. With the key in the path it must be the same. Default: null, none"`
}

// apply sets the key of a row.
func (k Keyed) apply(e *edited, m *namets.Meta) {
	switch {
	case !k.Key.Set, k.Key.Null && m.Key == "":
	case k.Key.Null:
		e.blame("key", "cannot be removed: a row keeps its key")
	case e.path != "" && k.Key.Value != e.path:
		e.blame("key", "must be the key in the path")
	case k.Key.Value == "":
		e.blame("key", "takes 1 to 128 of the characters A-Z a-z 0-9 . _ ~ : -")
	default:
		m.Key = k.Key.Value
	}
}

// set sets a member that was sent.
func set[T any](to, sent *T) {
	if sent != nil {
		*to = *sent
	}
}

// setTime sets a time that was sent. What the row shows keeps the time as it is stored.
func (e *edited) setTime(member string, to *time.Time, sent *string) {
	if sent == nil || e.shows(member, *sent) {
		return
	}
	at, err := time.Parse(time.RFC3339, *sent)
	if err != nil || !namets.InRange(at) {
		e.blame(member, "must be a time with an offset, such as 2026-03-01T18:00:00+01:00")
		return
	}
	*to = namets.Micro(at)
}

// setClock sets a time of day that was sent.
func (e *edited) setClock(member string, to *namets.TimeOfDay, sent *string) {
	if sent == nil {
		return
	}
	clock, err := namets.ParseTimeOfDay(*sent)
	if err != nil {
		e.blame(member, "must be a time of the form HH:MM or HH:MM:SS")
		return
	}
	*to = clock
}

// setStatus carries out a status that was sent: active says whether the row is no draft, cancel,
// unless nil, cancels or revives it.
func (e *edited) setStatus(sent *string, active *bool, cancel func(cancelled bool)) {
	if sent == nil || e.shows("status", *sent) {
		return
	}
	words := "draft or published"
	if cancel != nil {
		words = "draft, published or cancelled"
	}
	switch status := namets.Stage(*sent); {
	case status == namets.Draft || status == namets.Published:
		*active = status == namets.Published
		if cancel != nil {
			cancel(false)
		}
	case status == namets.Cancelled && cancel != nil:
		cancel(true)
	default:
		e.blame("status", "takes "+words+"; scheduled and expired only where the row shows them")
	}
}
