package app

import (
	"context"
	"time"

	"namets/internal/auth"
	"namets/internal/namets"
	"namets/internal/secret"
	"namets/internal/store/sqlite"
)

// CreateAPIToken stores a named token with the name, scopes and optional end of t, and returns its
// value, which is stored nowhere. Errors: Problems and Conflict, as [auth.NamedTokens.Create].
func CreateAPIToken(ctx context.Context, db *sqlite.DB, by namets.Actor, t namets.APIToken) (secret.Value, error) {
	return auth.NewNamedTokens(db, time.Now).Create(ctx, by, t)
}

// ReplaceAPIToken gives the named token another value, and returns it. Errors: NotFound; Conflict
// if the token has expired.
func ReplaceAPIToken(ctx context.Context, db *sqlite.DB, by namets.Actor, name string) (secret.Value, error) {
	t, err := db.APITokenByName(ctx, name)
	if err != nil {
		return secret.Value{}, err
	}
	return auth.NewNamedTokens(db, time.Now).Replace(ctx, by, t.ID)
}
