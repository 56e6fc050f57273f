package store

import (
	"context"
	"database/sql"
	"sync"
)

// prepared is a query of the reader that is asked all the time: the database takes longer to read
// the question than to answer it. It is prepared when it is first asked, for the tables may be
// made later, and closed with the database.
type prepared struct {
	mu   sync.Mutex
	stmt *sql.Stmt
}

// on returns the statement on the database. It blocks for no longer than preparing takes.
func (p *prepared) on(ctx context.Context, db reader, query func(Dialect) string) (*sql.Stmt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stmt == nil {
		stmt, err := db.PrepareContext(ctx, query(db.dialect))
		if err != nil {
			return nil, err
		}
		p.stmt = stmt
	}
	return p.stmt, nil
}
