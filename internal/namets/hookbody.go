package namets

import (
	"encoding/json"
	"time"
)

// MaxPart is the maximum number of recipients in one delivery in the form of the open API.
const MaxPart = 50

// Site is what webhooks say about the site itself.
type Site struct {
	Name   string `json:"name"`
	URL    string `json:"url"` // without a slash at the end
	Colour string `json:"colour"`
	Logo   string `json:"logo"`
}

// HookContent is what a webhook in the form of the open API says, apart from what differs at each
// attempt.
type HookContent struct {
	Type EventType
	// ID, Key and Path are those of the row that it is about. Path is its public page on the site.
	// They are 0 and empty without a row; Key and Path may be empty with one.
	ID        int64
	Key, Path string
	// Row returns the row as JSON, and for what has none what else there is to say.
	Row  func(*RowForm) []byte
	Mail Mail
	// Recipients are at most [MaxPart], unless the delivery was queued in the legacy form.
	Recipients  []HookRecipient
	Part, Parts int
	// ReportPath is the path, with the key, at which the target reports on its e-mails. It is a
	// secret; empty if there is nothing to report.
	ReportPath string
}

// HookRecipient is a recipient. Token is nil unless it is a subscriber.
type HookRecipient struct {
	Email string
	Token *UUID
}

// Body returns the body of an attempt. attempt counts from 1; the time is written in its own zone.
func (c *HookContent) Body(site Site, webhookID string, at time.Time, attempt int) ([]byte, error) {
	type recipient struct {
		Email       string  `json:"email"`
		ManageURL   *string `json:"manage_url"`
		Unsubscribe *string `json:"unsubscribe_url"`
	}
	type data struct {
		ID         *int64          `json:"id"`
		Key        *string         `json:"key"`
		URL        *string         `json:"url"`
		Row        json.RawMessage `json:"row"`
		Site       Site            `json:"site"`
		Mail       Mail            `json:"mail"`
		Recipients []recipient     `json:"recipients"`
		Part       int             `json:"part"`
		Parts      int             `json:"parts"`
		ReportURL  *string         `json:"report_url"`
	}
	form := RowForm{Zone: at.Location(), Site: Links(site.URL), Now: at}
	d := data{Row: c.Row(&form), Site: site, Mail: c.Mail, Recipients: make([]recipient, len(c.Recipients)),
		Part: c.Part, Parts: c.Parts}
	if c.ID != 0 {
		d.ID = &c.ID
	}
	if c.Key != "" {
		d.Key = &c.Key
	}
	if c.Path != "" {
		d.URL = new(site.URL + c.Path)
	}
	if c.ReportPath != "" {
		d.ReportURL = new(site.URL + c.ReportPath)
	}
	links := Links(site.URL)
	for i, r := range c.Recipients {
		d.Recipients[i].Email = r.Email
		if r.Token != nil {
			d.Recipients[i].ManageURL = new(links.Preferences(*r.Token))
			d.Recipients[i].Unsubscribe = new(links.Unsubscribe(*r.Token))
		}
	}
	return encodeJSON(struct {
		ID      string    `json:"id"`
		Type    EventType `json:"type"`
		Time    string    `json:"time"`
		Attempt int       `json:"attempt"`
		Data    data      `json:"data"`
	}{webhookID, c.Type, at.Truncate(time.Second).Format(time.RFC3339), attempt, d})
}

// ReportPath is the path at which a program with the key reports on the e-mails of the delivery.
func ReportPath(webhookID, key string) string {
	return "/api/v1/deliveries/" + webhookID + "/report?key=" + key
}
