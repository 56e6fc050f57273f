package store

import (
	"context"
	"database/sql"
	"sync"
)

// prepared is a reader query that runs so often that parsing it would take longer than running it.
// It is prepared at its first use, because its tables may be created later, and closed with the
// database.
type prepared struct {
	mu   sync.Mutex
	stmt *sql.Stmt
}

// on returns the prepared statement. It blocks only while the statement is being prepared.
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
