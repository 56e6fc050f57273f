package transfer

import (
	"crypto/sha256"

	"namets/internal/namets"
)

// Mailboxes are those that the rows of an import have used. The zero value contains none.
type Mailboxes struct {
	taken map[[16]byte]mailbox // by the hash of its key, or of one of its spellings
}

// mailbox is a mailbox that a row of a table has used.
type mailbox struct {
	line  int32 // of the first such row; at most 32 million lines fit into a file that is taken
	plain bool  // one of the rows has written it as its key
}

// Taken returns the line of the row that already used the mailbox of a row, and false if none did.
func (t *Mailboxes) Taken(row *namets.SubscriberRow) (line int, twice bool) {
	first, twice, _ := t.takenIn(row)
	return int(first), twice
}

// takenIn returns the line that already used the row's mailbox, and reports whether a taken row has
// spelled it in the same way.
func (t *Mailboxes) takenIn(row *namets.SubscriberRow) (line int32, twice, same bool) {
	key := namets.EmailKey(*row.Patch.Email)
	m, twice := t.taken[hashed(key)]
	if same = m.plain; row.Written.Email != key {
		_, same = t.taken[hashed(spelled(row))]
	}
	return m.line, twice, same
}

// Take marks a bad row as imported. Later rows for the same mailbox are bad, but rows for another
// subscriber who is stored with exactly that address can be taken, too.
func (t *Mailboxes) Take(row *TableRow) {
	if t.taken == nil {
		t.taken = map[[16]byte]mailbox{}
	}
	key := namets.EmailKey(*row.Patch.Email)
	m, known := t.taken[hashed(key)]
	if !known {
		m.line = int32(row.Line)
	}
	if row.Written.Email == key {
		m.plain = true
	} else {
		t.taken[hashed(spelled(&row.SubscriberRow))] = mailbox{line: int32(row.Line)}
	}
	t.taken[hashed(key)] = m
}

// spelled stands for an address that differs from its key. No key begins like that.
func spelled(row *namets.SubscriberRow) string { return "written\x00" + row.Written.Email }

func hashed(s string) [16]byte {
	sum := sha256.Sum256([]byte(s))
	return [16]byte(sum[:16])
}
