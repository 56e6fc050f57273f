package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"

	"namets/internal/namets"
)

// The purposes of the instance's key. Hashes for different purposes are never equal.
const (
	forAddresses = "address\x00"
	forClients   = "client\x00"
	forBrowsers  = "browser\x00"
	forReports   = "report\x00"
)

// keyed is the key for hashes of values that must be recognised but not stored.
type keyed []byte

// key returns the instance's own key, and creates it if there is none.
func (t *tx) key(ctx context.Context) (keyed, error) {
	candidate := make([]byte, 32)
	rand.Read(candidate) // never fails (crypto/rand)
	if _, err := t.ExecContext(ctx, `insert into instance (id, key) values (1, $1) on conflict do nothing`,
		candidate); err != nil {
		return nil, err
	}
	var key []byte
	err := t.QueryRowContext(ctx, `select key from instance`).Scan(&key)
	return key, err
}

// instanceKey returns the instance's own key for a reader; nil if there is none, and so no hash
// either.
func instanceKey(ctx context.Context, q querier) (keyed, error) {
	var key []byte
	err := q.QueryRowContext(ctx, `select key from instance`).Scan(&key)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return key, q.wrap(err)
}

// address hashes the mailbox of an e-mail address.
func (k keyed) address(email string) []byte { return k.hash(forAddresses, namets.EmailKey(email)) }

// addresses returns the hash of the mailbox, followed by the hashes under which earlier versions
// may have stored it.
func (k keyed) addresses(email string) [][]byte {
	keys := namets.EmailKeys(email)
	hashes := make([][]byte, len(keys))
	for i, key := range keys {
		hashes[i] = k.hash(forAddresses, key)
	}
	return hashes
}

// client hashes a client's network address.
func (k keyed) client(address string) []byte { return k.hash(forClients, address) }

// browser hashes the identity of a browser in which a user has signed in.
func (k keyed) browser(text string) []byte { return k.hash(forBrowsers, text) }

// reportText hashes the webhook-id of a delivery, as 43 characters base64url. They allow a program
// to report on the delivery.
func (k keyed) reportText(webhookID string) string {
	return base64.RawURLEncoding.EncodeToString(k.hash(forReports, webhookID))
}

func (k keyed) hash(use, text string) []byte {
	h := hmac.New(sha256.New, k)
	h.Write([]byte(use + text))
	return h.Sum(nil)
}
