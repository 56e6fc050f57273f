package v1

import (
	"maps"
	"net/http"
	"net/url"
)

// list collects the rows of a page as JSON.
type list struct {
	body []byte
	rows int
}

// newList returns an empty list with room for n rows.
func newList(n int) *list {
	return &list{body: append(make([]byte, 0, 2+512*min(n, 1000)), '[')}
}

// next returns the buffer to which the next row is to be appended, for the field body.
func (l *list) next() []byte {
	if l.rows > 0 {
		l.body = append(l.body, ',')
	}
	l.rows++
	return l.body
}

// page answers with the rows. last is the cursor of the last one; it does not matter when there is
// none. Each page with rows leads to the next, also the last one, which only an empty page ends:
// n8n would read the same page forever otherwise.
func (r *Request) page(l *list, last string) *answer {
	a := &answer{status: http.StatusOK, body: append(l.body, ']')}
	if l.rows > 0 {
		query := maps.Clone(r.x.query)
		if query == nil {
			query = url.Values{}
		}
		query.Set("after", last)
		a.next = last
		a.link = r.api.origin(r.x.c) + r.x.c.Request().URL.EscapedPath() + "?" + query.Encode()
	}
	return a
}
