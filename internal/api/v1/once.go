package v1

import (
	"context"

	"namets/internal/namets"
)

// onceStore carries out requests with an Idempotency-Key once.
type onceStore interface {
	// Once documents its errors.
	Once(ctx context.Context, request namets.RequestKey,
		write func(context.Context) (namets.Answer, error)) (a namets.Answer, replayed bool, err error)
}

// once carries out write, unless the caller has sent the request before: it then answers as write
// did, for [namets.AnswerKept]. What write changes through the store with its context is committed
// together with the answer, or not at all. An empty key carries out every request.
func (r *Request) once(ctx context.Context, key string,
	write func(context.Context) (*answer, error)) (*answer, error) {
	if key == "" {
		return write(ctx)
	}
	request := namets.RequestKey{TokenID: r.Caller.TokenID, Operation: r.Operation(), Key: key, Digest: r.Digest()}
	stored, replayed, err := r.api.store.Once(ctx, request, func(ctx context.Context) (namets.Answer, error) {
		a, err := write(ctx)
		if err != nil {
			return namets.Answer{}, err
		}
		return namets.Answer{Status: a.status, ETag: a.etag, Body: a.body}, nil
	})
	if err != nil {
		return nil, err
	}
	return &answer{status: stored.Status, body: stored.Body, etag: stored.ETag, replayed: replayed}, nil
}
