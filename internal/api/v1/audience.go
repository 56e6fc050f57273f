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
	EachRecipient(ctx context.Context, kind namets.NotificationKind, yield func(*namets.AudienceMember) error) error
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
	read(a, operation{id: "getAudience", path: "/audience/{topic}", tag: "Subscribers",
		scopes: namets.Scopes{namets.ScopePeopleRead}, summary: "List the recipients of a topic",
		text: "The people to whom a webhook about the topic would go now: subscribers first, then patrons, each " +
			"address once. The list has no pages.",
		replies: []reply{one[[]Recipient](http.StatusOK, "All recipients")},
	}, func(ctx context.Context, _ *Request, p *getAudience) (*answer, error) {
		kind := audienceKinds()[p.Topic]
		return &answer{status: http.StatusOK, stream: func(w io.Writer) error {
			return a.writeAudience(ctx, kind, w)
		}}, nil
	})
}

// audienceKinds returns the kind of notification whose recipients each audience is.
func audienceKinds() map[string]namets.NotificationKind {
	return map[string]namets.NotificationKind{"announcements": namets.AnnouncementCreated,
		"events": namets.EventCreated, "prayer": namets.PrayerUpdated}
}

// writeAudience writes the recipients of the kind as a JSON list.
func (a *API) writeAudience(ctx context.Context, kind namets.NotificationKind, w io.Writer) error {
	out := bufio.NewWriterSize(w, 32<<10)
	separator := "["
	err := a.store.EachRecipient(ctx, kind, func(m *namets.AudienceMember) error {
		row := Recipient{Email: m.Email, Kind: "patron"}
		if !m.Patron {
			manage, unsubscribe := a.site.Preferences(m.Token), a.site.Unsubscribe(m.Token)
			row.Kind, row.ManageURL, row.UnsubscribeURL = "subscriber", &manage, &unsubscribe
		}
		body, err := json.Marshal(row)
		if err != nil {
			return err
		}
		if _, err := out.WriteString(separator); err != nil {
			return err
		}
		separator = ","
		_, err = out.Write(body)
		return err
	})
	if err != nil {
		return err
	}
	if separator == "[" {
		_, _ = out.WriteString("[") // Flush returns the error
	}
	_, _ = out.WriteString("]")
	return out.Flush()
}
