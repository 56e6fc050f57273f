package v1

import (
	"time"

	"github.com/danielgtaylor/huma/v2"

	"namets/internal/namets"
)

// Duration is an ISO 8601 duration in a body: PT30M. A negative one stands for a text that is none:
// no member takes it.
type Duration time.Duration

// Schema describes the member. The rest of the rules are those of [namets.ParseDuration].
func (Duration) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Examples: []any{"PT30M"},
		Pattern: `^P(\d{1,9}W|(\d{1,9}D)?(T(\d{1,9}H)?(\d{1,9}M)?(\d{1,9}S)?)?)$`}
}

// UnmarshalText reads a duration. It leaves a wrong one to the rules of its member.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := namets.ParseDuration(string(text))
	if err != nil {
		parsed = -1
	}
	*d = Duration(parsed)
	return nil
}

// or returns the duration, or absent if it is not there.
func (d *Duration) or(absent time.Duration) time.Duration {
	if d == nil {
		return absent
	}
	return time.Duration(*d)
}
