package namets

import (
	"errors"
	"time"
)

// AnswerKept is how long the answer to a request with an Idempotency-Key is kept.
const AnswerKept = 24 * time.Hour

// MaxRequestKey is the maximum length of an Idempotency-Key in bytes.
const MaxRequestKey = 255

// ErrOtherRequest is the cause of an [Invalid] error: the same token has used an Idempotency-Key
// for another request to the same operation.
var ErrOtherRequest = errors.New("the key belongs to another request")

// RequestKey identifies a request that is carried out once, however often its caller sends it.
type RequestKey struct {
	TokenID   int64  // of the caller, 0 for the shared token
	Operation string // the name of the operation
	// Key is the caller's Idempotency-Key, and Digest the SHA-256 of everything that the request
	// asks for.
	Key    string
	Digest [32]byte
}

// Answer is the response to a request that was carried out.
type Answer struct {
	Status int
	ETag   string // the header; may be empty
	Body   []byte
}
