package sqlite

import (
	"database/sql"
	"io"
)

// ClaimPartial is claimPartial.
func ClaimPartial(path string) (io.Closer, error) { return claimPartial(path) }

// Writer returns the writer pool.
func (db *DB) Writer() *sql.DB { return db.engine.writer }

// Reader returns the reader pool.
func (db *DB) Reader() *sql.DB { return db.reader }
