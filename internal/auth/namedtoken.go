package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"namets/internal/namets"
	"namets/internal/secret"
)

// namedPrefix begins every named token, so that people and scanners for leaked secrets recognize
// one. 256 random bits follow, in base64url without padding.
const (
	namedPrefix = "nmt_"
	namedLength = len(namedPrefix) + 43
)

// tokenStore stores the named tokens and the rights of the shared one. The store documents the
// errors of its methods.
type tokenStore interface {
	Generation(namets.Kind) func() uint64
	APIAccess(context.Context) (namets.APIAccess, error)
	APITokens(context.Context) ([]namets.APIToken, error)
	CreateAPIToken(ctx context.Context, by namets.Actor, t namets.APIToken) (int64, error)
	ReplaceAPIToken(ctx context.Context, by namets.Actor, id int64, hash [32]byte) error
	EndExpiredAPITokens(context.Context) (ended bool, err error)
	AddAPITokenUses(context.Context, map[int64]namets.APITokenUse) error
}

// NamedTokens are the named tokens in the store. Those that work are kept in memory, and are read
// again when they have changed: a request that begins after a token was revoked, by this process or
// 50 ms after another one has revoked it, is refused. Safe for concurrent use.
type NamedTokens struct {
	store      tokenStore
	generation func() uint64 // of namets.KindAPITokens
	now        func() time.Time

	known atomic.Pointer[knownTokens] // nil until the first check
	mu    sync.Mutex                  // held while known is being replaced
	uses  map[int64]*tokenUse         // guarded by mu: by the id of each token that was known here
}

// NewNamedTokens returns the named tokens in the store.
func NewNamedTokens(store tokenStore, now func() time.Time) *NamedTokens {
	return &NamedTokens{store: store, generation: store.Generation(namets.KindAPITokens), now: now,
		uses: map[int64]*tokenUse{}}
}

// Create stores a token with the name, scopes and optional end of t, and returns its value, which
// is stored nowhere. Errors: Problems with the fields name, scopes and expires_at; Conflict with
// Field name.
func (n *NamedTokens) Create(ctx context.Context, by namets.Actor, t namets.APIToken) (secret.Value, error) {
	if err := namets.CheckAPIToken(t, n.now()); err != nil {
		return secret.Value{}, err
	}
	value, hash := newNamedToken()
	t.Hash = hash
	if _, err := n.store.CreateAPIToken(ctx, by, t); err != nil {
		return secret.Value{}, err
	}
	return value, nil
}

// Replace gives the token another value, which is stored nowhere, and returns it. The previous one
// is refused from now on. Errors: NotFound; Conflict if the token has ended.
func (n *NamedTokens) Replace(ctx context.Context, by namets.Actor, id int64) (secret.Value, error) {
	value, hash := newNamedToken()
	if err := n.store.ReplaceAPIToken(ctx, by, id, hash); err != nil {
		return secret.Value{}, err
	}
	return value, nil
}

// newNamedToken returns a new value and its SHA-256.
func newNamedToken() (value secret.Value, hash [32]byte) {
	random := make([]byte, 32)
	rand.Read(random) // never fails (crypto/rand)
	text := namedPrefix + base64.RawURLEncoding.EncodeToString(random)
	return secret.New(text), sha256.Sum256([]byte(text))
}

// knownTokens are the tokens that work, at one generation. They never change.
type knownTokens struct {
	generation uint64
	named      map[[sha256.Size]byte]*knownToken // by hash
	shared     Caller
}

// knownToken is a token that has not ended when it was read.
type knownToken struct {
	caller  Caller
	hash    [sha256.Size]byte
	expires int64 // microseconds since 1970; 0: never
	use     *tokenUse
}

// find returns the named token in the values of the header if it is accepted at now, or nil:
// exactly one value which, without blanks and tabs at both ends, is the token. What cannot be one
// is not hashed. find does not allocate.
func (k *knownTokens) find(values []string, now time.Time) *knownToken {
	if len(values) != 1 {
		return nil
	}
	value := strings.Trim(values[0], " \t")
	if len(value) != namedLength || !strings.HasPrefix(value, namedPrefix) {
		return nil
	}
	var buf [namedLength]byte // on the stack: a conversion would allocate
	copy(buf[:], value)
	hash := sha256.Sum256(buf[:])
	t := k.named[hash]
	if t == nil || subtle.ConstantTimeCompare(t.hash[:], hash[:]) != 1 ||
		t.expires != 0 && now.UnixMicro() >= t.expires {
		return nil
	}
	return t
}

// current returns the tokens as of every write acknowledged before the call. It blocks only if they
// have changed.
func (n *NamedTokens) current(ctx context.Context) (*knownTokens, error) {
	if k := n.known.Load(); k != nil && k.generation >= n.generation() {
		return k, nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	generation := n.generation() // before the read, which then has every write that it counts
	if k := n.known.Load(); k != nil && k.generation >= generation {
		return k, nil
	}
	access, err := n.store.APIAccess(ctx)
	if err != nil {
		return nil, err
	}
	k := &knownTokens{generation: generation, named: map[[sha256.Size]byte]*knownToken{},
		shared: Caller{Name: namets.SharedTokenName, Scopes: access.SharedScopes()}}
	for i := range access.Tokens {
		t := &access.Tokens[i]
		known := &knownToken{Caller{t.ID, t.Name, t.Scopes}, t.Hash, 0, n.useLocked(t.ID)}
		if t.ExpiresAt != nil {
			known.expires = t.ExpiresAt.UnixMicro()
		}
		k.named[t.Hash] = known
	}
	n.known.Store(k)
	return k, nil
}
