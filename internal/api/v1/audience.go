package v1

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"

	"namets/internal/namets"
)

// audienceStore reads audiences.
type audienceStore interface {
	AudienceMembers(ctx context.Context, kind namets.NotificationKind) ([]namets.AudienceMember, error)
}

// getAudience are the parameters of an audience.
type getAudience struct {
	Topic string `path:"topic" enum:"announcements,events,prayer" doc:"What the people want"`
}

// Recipient is a row of an audience.
type Recipient struct {
	Email          string  `json:"email" doc:"The address" example:"amina@example.org"`
	Kind           string  `json:"kind" enum:"subscriber,patron" doc:"Whose it is"`
	ManageURL      *string `json:"manage_url" nullable:"true" doc:"The personal link to the preferences, a secret; null for patrons"`
	UnsubscribeURL *string `json:"unsubscribe_url" nullable:"true" doc:"The personal link to unsubscribe, a secret; null for patrons"`
}

// addAudience registers the audiences.
func (a *API) addAudience() {
	read(a, operation{id: "getAudience", path: "/audience/{topic}", tag: tagSubscribers,
		scopes: readPeople(), summary: "List the recipients of a topic",
		text: "The people to whom a webhook about the topic would go now: subscribers first, then patrons, each " +
			"address once. The list has no pages.",
		replies: []reply{one[[]Recipient](http.StatusOK, "All recipients")},
	}, func(ctx context.Context, _ *Request, p *getAudience) (*answer, error) {
		members, err := a.store.AudienceMembers(ctx, audienceKinds()[p.Topic])
		if err != nil {
			return nil, err
		}
		stream := func(w io.Writer) error { return a.writeAudience(w, members) }
		return &answer{status: http.StatusOK, stream: stream}, nil
	})
}

// audienceKinds returns the kind of notification whose recipients each audience is.
func audienceKinds() map[string]namets.NotificationKind {
	return map[string]namets.NotificationKind{"announcements": namets.AnnouncementCreated,
		"events": namets.EventCreated, "prayer": namets.PrayerUpdated}
}

// writeAudience writes the recipients as a JSON list. It takes as long as the client: nothing of
// the database is held meanwhile.
func (a *API) writeAudience(w io.Writer, members []namets.AudienceMember) error {
	out := bufio.NewWriterSize(w, 32<<10)
	_ = out.WriteByte('[') // Flush returns the error
	for i := range members {
		m := &members[i]
		row := Recipient{Email: m.Email, Kind: "patron"}
		if !m.Patron {
			manage, unsubscribe := a.site.Preferences(m.Token), a.site.Unsubscribe(m.Token)
			row.Kind, row.ManageURL, row.UnsubscribeURL = "subscriber", &manage, &unsubscribe
		}
		body, err := json.Marshal(row)
		if err != nil {
			return err
		}
		if i > 0 {
			_ = out.WriteByte(',')
		}
		if _, err := out.Write(body); err != nil {
			return err
		}
	}
	_ = out.WriteByte(']')
	return out.Flush()
}
