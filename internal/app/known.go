package app

import (
	"context"
	"errors"

	"namets/internal/config"
	"namets/internal/datadir"
	"namets/internal/store/sqlite"
	"namets/internal/token"
)

// validToken is [token.Validate] for a token in the environment that getenv reads, but accepts a
// token that the database in DATA_DIR knows: stricter rules must not prevent a start. The source
// warns about it.
func validToken(ctx context.Context, getenv func(string) string) func(string) error {
	return func(value string) error {
		_, dataDir := config.RunAs(getenv)
		_, err := overlook(ctx, dataDir, token.Set{}, token.Validate(value))
		return err
	}
}

// overlook returns the set in err, and no error, if err is a [token.Doubt] about a token that the
// database in dataDir knows; otherwise set and err.
func overlook(ctx context.Context, dataDir string, set token.Set, err error) (token.Set, error) {
	doubt, ok := errors.AsType[*token.Doubt](err)
	if !ok || !knownTokens(ctx, dataDir).Has(doubt.Set.Token) {
		return set, err
	}
	set = doubt.Set
	set.Doubt = doubt.Why()
	return set, nil
}

// knownTokens returns the tokens that are or were in force according to the database in dataDir.
func knownTokens(ctx context.Context, dataDir string) token.Known {
	saved, _ := readHistory{dataDir}.Load(ctx)
	known := token.Known{}
	for _, r := range saved {
		known[r.Fingerprint] = r.Digest
	}
	return known
}

// readHistory reads the history of the process that serves or served dataDir. It changes nothing.
type readHistory struct{ dataDir string }

// Load implements token.History. It returns nothing if the database cannot be read.
func (l readHistory) Load(ctx context.Context) ([]token.Generation, error) {
	dir, err := datadir.Existing(l.dataDir)
	if err != nil {
		return nil, nil //nolint:nilerr // checking the directory reports it
	}
	generations, err := sqlite.ReadTokenHistory(ctx, dir.Database())
	if err != nil {
		return nil, nil //nolint:nilerr // likewise
	}
	return generations, nil
}

// Save implements token.History.
func (readHistory) Save(context.Context, token.Status) error { return nil }

// DoubtText is the sentence about a token that is in use although it would be refused if it were
// new.
func DoubtText(doubt string) string {
	return "the API token would be refused if it were new, and stays in force only because it was before: " + doubt
}
