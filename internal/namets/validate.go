package namets

import (
	"errors"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// CheckEmail returns an [Error] when address, which is trimmed, cannot be one that mail is sent to. Its domain may be in
// Unicode or in ASCII (Punycode). It asks nobody.
func CheckEmail(address string) error {
	local, domain, found := cutLast(address, '@')
	if found && len(address) <= maxTypedAddress && !isASCII(domain) {
		ascii, ok := plainASCII(domain)
		if !ok {
			return emailError("has a part after the @ that is not a domain such as example.org")
		}
		domain, address = ascii, local+"@"+ascii
	}
	switch {
	case address == "":
		return emailError("must not be empty")
	case !found || local == "" || domain == "":
		return emailError("is not an address of the form name@example.org")
	case len(address) > 254 || len(local) > 64:
		return emailError("is too long for an e-mail address")
	case strings.ContainsFunc(address, func(r rune) bool { return r > unicode.MaxASCII || r <= ' ' || r == 0x7f }):
		return emailError("must consist of plain letters, digits and signs, without blanks")
	case strings.ContainsAny(local, `"(),:;<>@[\]`) || dotted(local):
		return emailError("has a part before the @ that no mail server takes")
	case !validDomain(domain):
		return emailError("has a part after the @ that is not a domain such as example.org")
	}
	return nil
}

// maxTypedAddress is the longest text, in bytes, that may be an address with a domain in Unicode.
const maxTypedAddress = 1024

// plainASCII returns the ASCII form of a domain that is typed in letters of other scripts, and false when it holds
// anything but letter case that this form would silently replace: full-width letters, dots of other scripts, invisible
// characters.
func plainASCII(domain string) (ascii string, ok bool) {
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", false
	}
	text, err := idna.Lookup.ToUnicode(ascii)
	return ascii, err == nil && text == folded(domain)
}

func emailError(message string) error { return &Error{Code: Invalid, Field: "email", Message: message} }

func cutLast(s string, sep byte) (before, after string, found bool) {
	if i := strings.LastIndexByte(s, sep); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// dotted reports whether s has a dot where none may be.
func dotted(s string) bool {
	return strings.HasPrefix(s, ".") || strings.HasSuffix(s, ".") || strings.Contains(s, "..")
}

// validDomain reports whether s is a host name of at least two labels and no network address.
func validDomain(s string) bool {
	labels := strings.Split(s, ".")
	for _, l := range labels {
		wrong := strings.ContainsFunc(l, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
		})
		if wrong || l == "" || len(l) > 63 || strings.HasPrefix(l, "-") || strings.HasSuffix(l, "-") {
			return false
		}
	}
	return len(labels) > 1 && strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

// Validate returns [Problems] when a form must not store s.
func (s *Subscriber) Validate() error {
	var p Problems
	p.email("email", s.Email)
	p.line("phone", s.Phone, false)
	return p.err()
}

func (p *Problems) email(field, address string) {
	if bad, ok := errors.AsType[*Error](CheckEmail(address)); ok {
		p.add(field, bad.Message)
	}
}

// Validate returns [Problems] when a form must not store a.
func (a *Announcement) Validate() error {
	var p Problems
	p.line("title", a.Title, true)
	p.slug("slug", a.Slug)
	p.text("content", a.Content, true)
	if !a.Category.Valid() {
		p.add("category", "must be one of general, ramadan, taaleem, sale")
	}
	if a.PublishAt.IsZero() || !InRange(a.PublishAt) {
		p.add("publish_at", "must be a date and a time")
	}
	if a.ExpireAt != nil && (!InRange(*a.ExpireAt) || !a.ExpireAt.After(a.PublishAt)) {
		p.add("expire_at", "must lie after the time of publication")
	}
	return p.err()
}

// Validate returns [Problems] when a form must not store c.
func (c *EventCategory) Validate() error {
	var p Problems
	p.line("name", c.Name, true)
	p.slug("slug", c.Slug)
	p.text("description", c.Description, false)
	return p.err()
}

// Validate returns [Problems] when a form must not store e.
func (e *Event) Validate() error {
	var p Problems
	p.line("title", e.Title, true)
	p.slug("slug", e.Slug)
	p.text("description", e.Description, false)
	p.line("location", e.Location, false)
	if e.Start.IsZero() || !InRange(e.Start) {
		p.add("start_datetime", "must be a date and a time")
	}
	if e.End.IsZero() || !InRange(e.End) {
		p.add("end_datetime", "must be a date and a time")
	} else if e.End.Before(e.Start) {
		p.add("end_datetime", "must not lie before the start")
	}
	return p.err()
}

// Validate returns [Problems] when a form must not store t.
func (t *Patron) Validate() error {
	var p Problems
	p.line("name", t.Name, true)
	p.line("designation", t.Designation, false)
	p.text("bio", t.Bio, false)
	if t.Email != "" {
		p.email("email", t.Email)
	}
	return p.err()
}

// Validate returns [Problems] when a form must not store s: each iqama comes no earlier than its adhan, and the prayers
// follow each other through the day. The night prayer's iqama may lie after midnight.
func (s *PrayerSchedule) Validate() error {
	var p Problems
	if s.Date == (Date{}) {
		p.add("date", "must be a date")
	}
	last, lastIqama := TimeOfDay(-1), TimeOfDay(-1)
	for _, prayer := range s.Prayers() {
		switch {
		case !prayer.Adhan.Valid():
			p.add(prayer.Name+"_adhan", "must be a time of the form HH:MM")
		case prayer.Adhan <= last:
			p.add(prayer.Name+"_adhan", "must come after the prayer before it")
		case lastIqama.Valid() && prayer.Adhan < lastIqama:
			p.add(prayer.Name+"_adhan", "must not come before the iqama of the prayer before it")
		}
		switch {
		case !prayer.Iqama.Valid():
			p.add(prayer.Name+"_iqama", "must be a time of the form HH:MM")
		case prayer.Iqama < prayer.Adhan && prayer.Name != "isha":
			p.add(prayer.Name+"_iqama", "must not come before the call to prayer")
		}
		last, lastIqama = prayer.Adhan, prayer.Iqama
	}
	return p.err()
}

// Validate returns [Problems] when a form must not send m. Whether anybody receives it, storage knows.
func (m *Message) Validate() error {
	var p Problems
	p.line("subject", m.Subject, true)
	p.text("body", m.Body, true)
	return p.err()
}
