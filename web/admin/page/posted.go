package page

import (
	"errors"
	"io"
	"net/http"
	"net/url"

	"namets/web"
)

// posted is what a POST has brought.
type posted struct {
	form  url.Values         // the fields of the body
	files map[string]*Upload // of a route that takes one, by field
	known bool               // it comes from a browser with a session that the database knows; only before a sign-in
	free  func()             // to be called when it is worked off; nil: nothing is to be done
}

// drop lets go of everything.
func (p *posted) drop() {
	for _, f := range p.files {
		f.Drop()
	}
	p.release()
}

// release gives back what of the admin's bounds the request has taken up.
func (p *posted) release() {
	if p.free != nil {
		p.free()
		p.free = nil
	}
}

// maxPost is the largest body of a form without a file, in bytes.
const maxPost = 1 << 20

// receive reads what the request has brought, all of it, before the handler sees any of it. What
// is no form, is broken or too large, is an error with its own status.
func (v *Visit) receive() (err error) {
	switch {
	case v.route.Needs == Nobody:
		if err := v.receiveAtTheDoor(); err != nil {
			return err
		}
	case v.route.largest > 0:
		return v.receiveFile()
	}
	v.sent.form, err = web.ReadForm(v.Request())
	return err
}

// receiveAtTheDoor bounds the body of a form before the sign-in.
func (v *Visit) receiveAtTheDoor() (err error) {
	limit := int64(maxStranger)
	if v.sent.known, err = v.kit.cfg.Sessions.Known(v.Context); err != nil {
		return err
	}
	if v.sent.known && v.route.Path == LoginPath {
		limit = maxSignIn
		if !v.kit.keeping.enter() {
			return errManySaved()
		}
		v.sent.free = v.kit.keeping.leave
	}
	return v.limitBody(limit)
}

// limitBody lowers how much of the body can be read. Errors: [http.MaxBytesError].
func (v *Visit) limitBody(bytes int64) error {
	req := v.Request()
	if b, ok := req.Body.(interface{ Limit(bytes int64) error }); ok { // of package server
		return b.Limit(bytes)
	}
	if req.ContentLength > bytes {
		return &http.MaxBytesError{Limit: bytes}
	}
	req.Body = http.MaxBytesReader(v.Response().Writer, req.Body, bytes)
	return nil
}

// discardBody reads the body to its end, so that a broken or too large one is told, and returns
// its size in bytes.
func (v *Visit) discardBody() (int64, error) {
	return io.Copy(io.Discard, v.Request().Body)
}

func isTooLarge(err error) bool {
	_, ok := errors.AsType[*http.MaxBytesError](err)
	return ok
}

// missing returns the fields that the route demands and that the form does not have.
func (v *Visit) missing() (list []string) {
	for _, name := range v.route.Demands {
		if !v.sent.form.Has(name) {
			list = append(list, name)
		}
	}
	return list
}
