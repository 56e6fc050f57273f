package api

import (
	"bufio"
	"net/http"

	"github.com/labstack/echo/v4"
)

// listForm describes the list to write from the snapshot of the subscribers.
type listForm struct {
	filter flags // the preferences that a row must have, all of them
	long   bool  // P5: with phone and is_active
	// linkKey is the key unsubscribe_url with the constant part of its value, or empty for no
	// links.
	linkKey string
}

const (
	phoneKey  = `,"phone":`
	noPhone   = `null`
	activeKey = `,"is_active":true`
	linkEnd   = `/"`
	uuidSize  = 36
)

// size returns the length of the list in bytes.
func (p *subscribers) size(form listForm) int {
	count, size := 0, len("[]")
	for f, g := range p.groups {
		if flags(f)&form.filter != form.filter {
			continue
		}
		count += g.rows
		size += g.bytes
		if form.long {
			size += g.phones + g.rows*len(phoneKey+noPhone+activeKey)
		}
		if form.linkKey != "" {
			size += g.rows * (len(form.linkKey) + uuidSize + len(linkEnd))
		}
	}
	return size + max(count-1, 0) // commas
}

// writeTo writes the list. It ends early if w fails; the error of w is sticky.
func (p *subscribers) writeTo(w *bufio.Writer, form listForm, tails *[allFlags + 1]string) {
	w.WriteByte('[')
	comma := false
	for i := range p.chunks {
		c := &p.chunks[i]
		start, phones := 0, 0
		for row, end := range c.ends {
			object := c.data[start+1 : end]
			start = int(end)
			f := c.flags[row]
			phone := []byte(nil)
			if f&hasPhone != 0 {
				phone = c.phones.window(phones, phones+1)
				phones++
			}
			if f&form.filter != form.filter {
				continue
			}
			b := w.AvailableBuffer()
			if comma {
				b = append(b, ',')
			}
			comma = true
			if form.long {
				b = appendLong(b, object, phone, tails[f&allFlags])
			} else {
				b = append(b, object[:len(object)-1]...)
			}
			if form.linkKey != "" {
				b = append(b, form.linkKey...)
				b = append(appendUUID(b, c.tokens[row]), linkEnd...)
			}
			if _, err := w.Write(append(b, '}')); err != nil {
				return
			}
		}
	}
	w.WriteByte(']')
	_ = w.Flush() // the client may be gone
}

// appendLong appends a row of P5, made from the row of P1 that ends in tail, without the closing
// brace.
func appendLong(b, object, phone []byte, tail string) []byte {
	b = append(b, object[:len(object)-len(tail)]...)
	b = append(b, phoneKey...)
	if phone == nil {
		b = append(b, noPhone...)
	} else {
		b = append(b, phone...)
	}
	b = append(b, tail[:len(tail)-1]...)
	return append(b, activeKey...)
}

// subscriberList serves P1.
func (a *API) subscriberList(c echo.Context) error {
	return a.answerSubscribers(c, a.listForm(c, false))
}

// subscriberListLong serves P5.
func (a *API) subscriberListLong(c echo.Context) error {
	return a.answerSubscribers(c, a.listForm(c, true))
}

// listForm parses the parameters of P1 and P5 (contract section 5).
func (a *API) listForm(c echo.Context, long bool) listForm {
	form := listForm{long: long}
	query := c.Request().URL.RawQuery
	if query == "" {
		return form
	}
	if value, _ := lookup(query, "announcements"); value != "" {
		form.filter |= wantsAnnouncements
	}
	if value, _ := lookup(query, "events"); value != "" {
		form.filter |= wantsEvents
	}
	if value, _ := lookup(query, "prayer"); value != "" {
		form.filter |= wantsPrayer
	}
	if value, _ := lookup(query, "links"); value == "1" {
		form.linkKey = a.linkKey
	}
	return form
}

func (a *API) answerSubscribers(c echo.Context, form listForm) error {
	p, err := a.subscribers.latest(c.Request().Context())
	if err != nil {
		return err
	}
	if form == (listForm{}) {
		if a.beginSized(c, http.StatusOK, p.length) {
			for i := range p.chunks {
				if _, err := c.Response().Write(p.chunks[i].data); err != nil {
					break // the client is gone
				}
			}
		}
		return nil
	}
	if a.begin(c, http.StatusOK, p.size(form)) {
		w := a.writer(c)
		defer a.release(w)
		p.writeTo(w, form, &a.tails)
	}
	return nil
}
