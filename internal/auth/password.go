package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"namets/internal/namets"
)

// HashCost is how expensive it is to compute the hash (argon2id) of a password.
type HashCost struct {
	// Memory is in KiB.
	Memory uint32
	// Passes is the number of passes over the memory.
	Passes uint32
}

// RecommendedCost returns the cost that OWASP recommends, in the variant with the least memory:
// 19 MiB and about 50 ms of CPU time.
func RecommendedCost() HashCost { return HashCost{Memory: 19 * 1024, Passes: 2} }

// The other parameters of a hash.
const (
	hashLanes = 1
	saltBytes = 16
	keyBytes  = 32
)

// The length limits of a password.
const (
	minPassword = 12   // characters
	maxPassword = 1024 // bytes
)

// ErrBusy means that too many passwords are being checked.
var ErrBusy = errors.New("too many sign-ins at once")

//go:embed common.txt
var commonWords string

// CheckNewPassword returns a [namets.Error] for the field password if the password is too weak or
// has the wrong length.
func CheckNewPassword(password, userName string) error {
	refuse := func(message string) error {
		return &namets.Error{Code: namets.Invalid, Field: "password", Message: message}
	}
	switch {
	case !utf8.ValidString(password):
		return refuse("is not valid UTF-8")
	case utf8.RuneCountInString(password) < minPassword:
		return refuse("must have at least 12 characters: three or four words that do not belong together are " +
			"easy to remember")
	case len(password) > maxPassword:
		return refuse("must not be longer than 1024 bytes")
	case isCommon(password, userName):
		return refuse("is one of those that are tried first: choose words that do not belong together")
	}
	return nil
}

// isCommon reports whether the password is a well-known word, the user's name or a repeated short
// piece, with or without digits and punctuation around it.
func isCommon(password, userName string) bool {
	lower := strings.ToLower(password)
	core := strings.TrimFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) })
	if core == "" || repeats(lower) || repeats(core) {
		return true
	}
	words := strings.Fields(commonWords)
	plain := strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!",
		"i").Replace(core)
	for _, candidate := range []string{lower, core, plain} {
		if slices.Contains(words, candidate) || candidate == strings.ToLower(userName) {
			return true
		}
	}
	return false
}

// repeats reports whether s repeats a piece of at most four characters.
func repeats(s string) bool {
	runes := []rune(s)
	for length := 1; length <= 4 && length*2 <= len(runes); length++ {
		same := true
		for i := length; i < len(runes) && same; i++ {
			same = runes[i] == runes[i-length]
		}
		if same {
			return true
		}
	}
	return false
}

// passwords hashes and compares passwords, at most two at a time: each takes 19 MiB and 50 ms of
// CPU time. Strangers share one of the two slots, and pause after each hash for as long as it took,
// so that known users and the rest of the program do not wait for them. Safe for concurrent use.
type passwords struct {
	cost           HashCost
	all, strangers queue
	nobody         string // the hash of no password
	hashed         atomic.Int64
}

func newPasswords(cost HashCost) *passwords {
	return &passwords{cost: cost, all: newQueue(2), strangers: newQueue(1),
		nobody: cost.encode(make([]byte, saltBytes), make([]byte, keyBytes))}
}

// collectEvery is the number of hashes after which the garbage collector runs.
const collectEvery = 3

// derive computes a hash. Each hash leaves 19 MiB of garbage, and an attack causes many, so the
// heap would grow far before the collector runs by itself: derive calls it regularly. The caller
// holds a slot of a queue.
func (p *passwords) derive(password string, salt []byte) []byte {
	if p.hashed.Add(1)%collectEvery == 0 {
		defer runtime.GC()
	}
	return p.cost.derive(password, salt)
}

// hash returns the stored form of a password. Errors: [ErrBusy].
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	rand.Read(salt) // never fails (crypto/rand)
	if err := p.all.enter(ctx); err != nil {
		return "", err
	}
	defer p.all.leave()
	return p.cost.encode(salt, p.derive(password, salt)), nil
}

// matches reports whether the password matches the hash that stored returns. No password matches an
// empty hash, which takes the same time. stored is called once the password has a slot. Errors:
// [ErrBusy].
func (p *passwords) matches(ctx context.Context, password string, stranger bool,
	stored func() (string, error)) (bool, error) {
	var took time.Duration
	if stranger {
		if err := p.strangers.enter(ctx); err != nil {
			return false, err
		}
		defer func() { p.strangers.leaveAfter(took) }()
	}
	if err := p.all.enter(ctx); err != nil {
		return false, err
	}
	defer p.all.leave()
	hash, err := stored()
	if err != nil {
		return false, err
	}
	known := hash != ""
	if !known {
		hash = p.nobody
	}
	salt, key, err := p.cost.decode(hash)
	if err != nil {
		return false, err
	}
	began := time.Now()
	same := subtle.ConstantTimeCompare(p.derive(password, salt), key) == 1
	took = time.Since(began)
	return same && known, nil
}

func (c HashCost) derive(password string, salt []byte) []byte {
	if len(password) > maxPassword {
		password = password[:maxPassword] // which no stored one has: it must not cost more than others
	}
	return argon2.IDKey([]byte(password), salt, c.Passes, c.Memory, hashLanes, keyBytes)
}

// encode returns the usual text form of an argon2id hash.
func (c HashCost) encode(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Passes, hashLanes,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

// decode returns salt and key of a hash that encode has made.
func (c HashCost) decode(hash string) (salt, key []byte, err error) {
	prefix := strings.TrimSuffix(c.encode(nil, nil), "$")
	rest, ok := strings.CutPrefix(hash, prefix)
	saltText, keyText, found := strings.Cut(rest, "$")
	if !ok || !found {
		return nil, nil, errors.New("read password hash: it was not made by this version of namets")
	}
	b64 := base64.RawStdEncoding
	if salt, err = b64.DecodeString(saltText); err == nil {
		key, err = b64.DecodeString(keyText)
	}
	if err != nil || len(key) != keyBytes {
		return nil, nil, errors.New("read password hash: it is damaged")
	}
	return salt, key, nil
}
