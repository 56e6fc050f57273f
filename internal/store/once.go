package store

import (
	"context"
	"database/sql"
	"errors"

	"namets/internal/namets"
)

// Once carries out a request that its caller may send again: write changes data and makes the
// answer, and both are committed together, or neither. A request with the same key and the same
// digest gets that answer for [namets.AnswerKept], and replayed is true; write is not called then.
// A failed request may be sent again. Requests at the same time wait for each other, so one of them
// is carried out.
//
// All methods of the DB that write and that write calls with its context belong to the transaction
// of Once; if one of them fails, nothing is written. Methods that read do not see what the
// transaction has written. write must not wait for anything but the DB: nobody else can write
// meanwhile.
//
// Errors: Invalid with the cause [namets.ErrOtherRequest] for another digest; those of write.
func (db *DB) Once(ctx context.Context, request namets.RequestKey,
	write func(context.Context) (namets.Answer, error)) (a namets.Answer, replayed bool, err error) {
	err = db.write(ctx, func(t *tx) error {
		a, replayed, err = t.answered(ctx, request)
		if err != nil || replayed {
			return err
		}
		a, err = write(context.WithValue(ctx, inProgress{db}, t))
		if err = errors.Join(err, t.failed); err != nil {
			return err
		}
		return t.keepAnswer(ctx, request, a)
	})
	if err != nil {
		return namets.Answer{}, false, err
	}
	return a, replayed, nil
}

// answered returns the kept answer to the request, and whether there is one. Errors: those of
// [DB.Once].
func (t *tx) answered(ctx context.Context, request namets.RequestKey) (a namets.Answer, found bool, err error) {
	var digest []byte
	err = t.QueryRowContext(ctx, `
		select digest, status, etag, body from answers
		where token_id = $1 and operation = $2 and key = $3 and at > $4`,
		request.TokenID, request.Operation, request.Key, t.now.Add(-namets.AnswerKept).UnixMicro()).
		Scan(&digest, &a.Status, &a.ETag, &a.Body)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return a, false, nil
	case err != nil:
		return a, false, err
	case [32]byte(digest) != request.Digest:
		return a, false, &namets.Error{Code: namets.Invalid, Field: "Idempotency-Key",
			Message: "was used for another request already: each request needs a key of its own",
			Err:     namets.ErrOtherRequest}
	}
	return a, true, nil
}

// keepAnswer stores the answer to the request.
func (t *tx) keepAnswer(ctx context.Context, request namets.RequestKey, a namets.Answer) error {
	_, err := t.ExecContext(ctx, `
		insert into answers (token_id, operation, key, digest, status, etag, body, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict (token_id, operation, key) do update set digest = excluded.digest, status = excluded.status,
			etag = excluded.etag, body = excluded.body, at = excluded.at`,
		request.TokenID, request.Operation, request.Key, request.Digest[:], a.Status, a.ETag, a.Body,
		t.now.UnixMicro())
	return err
}

// PruneAnswers removes the answers older than [namets.AnswerKept]. Each call removes a limited
// number and returns it: call it again until that is 0.
func (db *DB) PruneAnswers(ctx context.Context) (n int, err error) {
	old := db.now().Add(-namets.AnswerKept).UnixMicro()
	var any bool
	err = db.reader.QueryRowContext(ctx, `select exists (select 1 from answers where at <= $1)`, old).Scan(&any)
	if err != nil || !any {
		return 0, db.wrap(err)
	}
	err = db.write(ctx, func(t *tx) error {
		n, err = t.exec(ctx, `
			delete from answers where (token_id, operation, key) in
				(select token_id, operation, key from answers where at <= $1 order by at limit $2)`, old, pruneBatch)
		return err
	})
	return n, err
}

// carryAnswers copies the answers given after the backup: a request that was carried out, and whose
// e-mails may have been sent, is not carried out again.
func (r *restorer) carryAnswers(ctx context.Context) error {
	columns := r.common("answers")
	if columns == "" {
		return nil
	}
	_, err := r.exec(ctx, "insert into main.answers ("+columns+") select "+columns+
		" from old.answers where "+r.ofSameToken()+" on conflict do nothing")
	return err
}
