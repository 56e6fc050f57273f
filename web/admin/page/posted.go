package page

import (
	"errors"
	"io"
	"net/http"
	"net/url"

	"namets/web"
)

// posted is the content of a POST.
type posted struct {
	form  url.Values         // the fields of the body
	files map[string]*Upload // by field, if the route takes a file
	known bool               // the browser has a known session; set only before a sign-in
	free  func()             // to be called after the request; nil: nothing to do
}

// drop releases everything.
func (p *posted) drop() {
	for _, f := range p.files {
		f.Drop()
	}
	p.release()
}

// release returns the slots that the request occupies.
func (p *posted) release() {
	if p.free != nil {
		p.free()
		p.free = nil
	}
}

// maxPost is the largest body of a form without a file, in bytes.
const maxPost = 1 << 20

// receive reads the whole request before the handler runs. A request that is not a form, is
// malformed or too large returns an error with its own status.
func (v *Visit) receive() (err error) {
	switch {
	case v.route.Needs == Nobody:
		if err := v.receiveAnonymous(); err != nil {
			return err
		}
	case v.route.largest > 0:
		return v.receiveFile()
	}
	v.sent.form, err = web.ReadForm(v.Request())
	return err
}

// receiveAnonymous limits the body of a form before the sign-in.
func (v *Visit) receiveAnonymous() (err error) {
	limit := int64(maxAnonymous)
	if v.sent.known, err = v.kit.cfg.Sessions.Known(v.Context); err != nil {
		return err
	}
	if v.sent.known && v.route.Path == LoginPath {
		limit = maxSignIn
		if !v.kit.savedForms.enter() {
			return errManySaved()
		}
		v.sent.free = v.kit.savedForms.leave
	}
	return v.limitBody(limit)
}

// limitBody lowers the limit of the body. Errors: [http.MaxBytesError].
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

// discardBody reads the body to its end, to detect a malformed or too large one, and returns its
// size in bytes.
func (v *Visit) discardBody() (int64, error) {
	return io.Copy(io.Discard, v.Request().Body)
}

func isTooLarge(err error) bool {
	_, ok := errors.AsType[*http.MaxBytesError](err)
	return ok
}

// missing returns the fields that the route requires and the form lacks.
func (v *Visit) missing() (list []string) {
	for _, name := range v.route.Demands {
		if !v.sent.form.Has(name) {
			list = append(list, name)
		}
	}
	return list
}
