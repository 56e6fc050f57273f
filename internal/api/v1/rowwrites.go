package v1

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"namets/internal/namets"
)

// writable describes how rows of the domain type R are written with bodies of the type B. The
// operations are the same for all kinds.
type writable[R, B any] struct {
	api  *API
	body rowBody
	// path is that of the kind, one the name of a row, in lower case, and id its name in the ids of
	// operations.
	path, one, id, tag string
	scopes             namets.Scopes
	// reads is the scope that reads the rows.
	reads namets.Scope
	// required are the members that a new row needs.
	required []string
	// found is the answer with the row, gone that to its deletion. upserted is the body of the
	// answer to a PUT.
	found, gone reply
	upserted    reflect.Type
	change      func(store, context.Context, namets.Change[R]) (namets.Changed[R], error)
	remove      func(store, context.Context, namets.Removal) (namets.Changed[R], error)
	// blank returns a new row with the defaults of the form. It may read.
	blank func(context.Context, namets.RowRef) (R, error)
	// meta returns the Meta of a row.
	meta func(*R) *namets.Meta
	// apply sets the members that the body has.
	apply func(*B, *R, *edited)
	// validate checks a row whose stored one is was, nil for a new one.
	validate func(row, was *R) error
	// mails reports whether storing row, which was was, nil if it is new, may send e-mails. Nil: it
	// never does.
	mails func(was, row *R) bool
	// write returns the row as JSON, and its ETag. full, unless nil, returns the row with all that
	// a read may show.
	write func(row *R, revision int64) (body []byte, etag string)
	full  func(row *R, revision int64) []byte
}

// The parameters of the operations.
type (
	addParameters struct {
		Idempotent
		Notifying
	}
	putByKey struct {
		ByKey
		Matching
		Notifying
	}
	writeByID struct {
		ByID
		Matching
		Notifying
	}
)

// addByID registers the operations POST, PATCH and DELETE.
func (w *writable[R, B]) addByID() {
	register(w.api, w.operation(http.MethodPost, "create"+w.id, w.path, "Add one "+w.one,
		w.found.with(http.StatusCreated, "Idempotent-Replayed")), w.bodies(http.MethodPost), w.post)
	register(w.api, w.operation(http.MethodPatch, "update"+w.id, w.path+"/{id}", "Change one "+w.one, w.found),
		w.bodies(http.MethodPatch), func(ctx context.Context, r *Request, p *writeByID) (*answer, error) {
			return w.patch(ctx, r, namets.RowRef{ID: p.ID}, p.IfMatch, p.Quiet())
		})
	act(w.api, w.operation(http.MethodDelete, "delete"+w.id, w.path+"/{id}", "Delete one "+w.one, w.gone),
		func(ctx context.Context, r *Request, p *writeByID) (*answer, error) {
			return w.delete(ctx, r, namets.RowRef{ID: p.ID}, p.IfMatch)
		})
}

// addByKey registers the operation PUT by the author's key.
func (w *writable[R, B]) addByKey() {
	register(w.api, w.operation(http.MethodPut, "put"+w.id+"ByKey", w.path+"/by-key/{key}",
		"Create or update one "+w.one+" by its key", w.puts()...), w.bodies(http.MethodPut),
		func(ctx context.Context, r *Request, p *putByKey) (*answer, error) {
			return w.put(ctx, r, namets.RowRef{Key: p.Key}, p.IfMatch, p.Quiet())
		})
}

// operation describes one operation.
func (w *writable[R, B]) operation(method, id, path, summary string, replies ...reply) operation {
	texts := map[string]string{
		http.MethodPost: "An absent member takes its default. Send an Idempotency-Key if you may have to send the " +
			"request again.",
		http.MethodPut: "A row that exists keeps what the body does not have; a new one takes the defaults. What a " +
			"GET shows may be sent back. Sending the same again changes nothing: outcome is then unchanged.",
		http.MethodPatch: "A JSON merge patch (RFC 7396): what the body does not have stays as it is, and null " +
			"empties a member that may be null.",
		http.MethodDelete: "The answer is the row as it was. For a row that is gone already it is the outcome " +
			"absent, also with 200.",
	}
	return operation{id: id, method: method, path: path, tag: w.tag, scopes: w.scopes, shows: w.reads, summary: summary,
		text: texts[method], replies: replies}
}

// bodies describes the bodies of a method.
func (w *writable[R, B]) bodies(method string) *huma.RequestBody {
	schema := w.body.schema
	if method == http.MethodPost {
		schema = w.body.requiring(w.required)
	}
	return describeBody(bodyTypes(method), schema)
}

func (w *writable[R, B]) post(ctx context.Context, r *Request, p *addParameters) (*answer, error) {
	c, err := w.changeOf(ctx, r, namets.RowRef{}, p.Quiet())
	if err != nil {
		return nil, err
	}
	return r.once(ctx, p.IdempotencyKey, func(ctx context.Context) (*answer, error) {
		done, err := w.change(w.api.store, ctx, c)
		if err != nil {
			return nil, err
		}
		body, etag := w.write(&done.Row, done.Revision)
		return written(body, etag, true), nil
	})
}

func (w *writable[R, B]) put(ctx context.Context, r *Request, ref namets.RowRef, match Revisions,
	quiet bool) (*answer, error) {
	c, err := w.changeOf(ctx, r, ref, quiet)
	if err != nil {
		return nil, err
	}
	c.Create, c.Accepts = true, match.Accept
	done, err := w.change(w.api.store, ctx, c)
	if err != nil {
		return nil, err
	}
	body, etag := w.write(&done.Row, done.Revision)
	body = append(body[:len(body)-1], `,"outcome":"`+string(done.Outcome)+`"}`...)
	return written(body, etag, done.Outcome == namets.WasCreated), nil
}

func (w *writable[R, B]) patch(ctx context.Context, r *Request, ref namets.RowRef, match Revisions,
	quiet bool) (*answer, error) {
	c, err := w.changeOf(ctx, r, ref, quiet)
	if err != nil {
		return nil, err
	}
	c.Accepts = match.Accept
	done, err := w.change(w.api.store, ctx, c)
	if err != nil {
		return nil, err
	}
	body, etag := w.write(&done.Row, done.Revision)
	return written(body, etag, false), nil
}

// delete deletes a row. It answers the same when the row is gone, so that a program which got no
// answer may ask again.
func (w *writable[R, B]) delete(ctx context.Context, r *Request, ref namets.RowRef,
	match Revisions) (*answer, error) {
	gone, err := w.remove(w.api.store, ctx, namets.Removal{By: r.Actor(), Row: ref, Accepts: match.Accept})
	if err != nil {
		return nil, err
	}
	if gone.Outcome == namets.WasAbsent {
		return object(http.StatusOK, Absent{Outcome: string(gone.Outcome)})
	}
	body, _ := w.write(&gone.Row, gone.Revision)
	return ok(body), nil
}

// changeOf returns the change that the body of a request asks for.
func (w *writable[R, B]) changeOf(ctx context.Context, r *Request, ref namets.RowRef,
	quiet bool) (c namets.Change[R], err error) {
	b, readOnly, err := readRow[B](r, &w.body)
	if err != nil {
		return c, err
	}
	blank, err := w.blank(ctx, ref)
	if err != nil {
		return c, err
	}
	edit := func(row *R, revision int64) error {
		e, was := &edited{path: ref.Key}, (*R)(nil)
		if revision == 0 {
			key := w.meta(row).Key
			*row = blank
			w.meta(row).Key = key
		} else if was, err = w.shown(row, revision, e); err != nil {
			return err
		}
		e.keepReadOnly(readOnly, setByNamets)
		w.apply(b, row, e)
		if w.mails != nil && !quiet && w.mails(was, row) {
			if err := r.Need(namets.ScopeSend); err != nil {
				return err
			}
		}
		return e.result(w.validate(row, was))
	}
	return namets.Change[R]{By: r.Actor(), Row: ref, Quiet: quiet, Edit: edit}, nil
}

// shown returns a copy of a stored row, and sets what it shows.
func (w *writable[R, B]) shown(row *R, revision int64, e *edited) (was *R, err error) {
	copied := *row
	body, _ := w.write(row, revision)
	if w.full != nil {
		body = w.full(row, revision)
	}
	return &copied, e.show(body)
}
