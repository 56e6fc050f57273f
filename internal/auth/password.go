package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"namets/internal/namets"
)

// The cost of a hash (argon2id): what OWASP recommends, with as little memory as it allows.
const (
	hashMemory = 19 * 1024 // KiB
	hashPasses = 2
	hashLanes  = 1
	saltBytes  = 16
	keyBytes   = 32
)

// The bounds of a password.
const (
	minPassword = 12   // characters
	maxPassword = 1024 // bytes
)

// ErrBusy says that too many passwords are being checked.
var ErrBusy = errors.New("too many sign-ins at once")

// patience is how long a stranger's password waits for its turn.
const patience = 5 * time.Second

//go:embed common.txt
var commonWords string

// CheckNewPassword returns a [namets.Error] for the field password when nobody should use the password.
func CheckNewPassword(password, userName string) error {
	refuse := func(message string) error {
		return &namets.Error{Code: namets.Invalid, Field: "password", Message: message}
	}
	switch {
	case !utf8.ValidString(password):
		return refuse("is not valid UTF-8")
	case utf8.RuneCountInString(password) < minPassword:
		return refuse("must have at least 12 characters: three or four words that do not belong together are easy to remember")
	case len(password) > maxPassword:
		return refuse("must not be longer than 1024 bytes")
	case isCommon(password, userName):
		return refuse("is one of those that are tried first: choose words that do not belong together")
	}
	return nil
}

// isCommon reports whether the password is a well-known word, the user's name or one short piece over and over, be it with
// digits and signs around it.
func isCommon(password, userName string) bool {
	lower := strings.ToLower(password)
	core := strings.TrimFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) })
	if core == "" || repeats(lower) || repeats(core) {
		return true
	}
	words := strings.Fields(commonWords)
	plain := strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i").Replace(core)
	for _, candidate := range []string{lower, core, plain} {
		if slices.Contains(words, candidate) || candidate == strings.ToLower(userName) {
			return true
		}
	}
	return false
}

// repeats reports whether s is a piece of at most four characters over and over.
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

// passwords hashes and compares passwords, two at once at most: each takes 19 MiB. Strangers share one of the two, so that
// those who are known do not wait for them.
type passwords struct {
	all, strangers chan struct{}
	nobody         string // a hash to compare with where there is no user
}

func newPasswords() *passwords {
	return &passwords{
		all: make(chan struct{}, 2), strangers: make(chan struct{}, 1),
		nobody: encodeHash(make([]byte, saltBytes), make([]byte, keyBytes)),
	}
}

// hash returns what to store of a password. It waits for its turn until ctx ends.
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	rand.Read(salt) // never fails (crypto/rand)
	if err := enter(ctx, p.all); err != nil {
		return "", err
	}
	defer leave(p.all)
	return encodeHash(salt, derive(password, salt)), nil
}

// matches reports whether the password is the one that was hashed; no password matches an empty hash, after the same
// time. Errors: [ErrBusy] for a stranger who has waited too long.
func (p *passwords) matches(ctx context.Context, password, hash string, stranger bool) (bool, error) {
	if stranger {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, patience, ErrBusy)
		defer cancel()
		if err := enter(ctx, p.strangers); err != nil {
			return false, err
		}
		defer leave(p.strangers)
	}
	if err := enter(ctx, p.all); err != nil {
		return false, err
	}
	defer leave(p.all)
	known := hash != ""
	if !known {
		hash = p.nobody
	}
	salt, key, err := decodeHash(hash)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(derive(password, salt), key) == 1 && known, nil
}

func enter(ctx context.Context, slots chan struct{}) error {
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func leave(slots chan struct{}) { <-slots }

func derive(password string, salt []byte) []byte {
	if len(password) > maxPassword {
		password = password[:maxPassword] // which no stored one has: it must not cost more than others
	}
	return argon2.IDKey([]byte(password), salt, hashPasses, hashMemory, hashLanes, keyBytes)
}

// encodeHash returns the usual text form of an argon2id hash.
func encodeHash(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashPasses, hashLanes, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// decodeHash returns salt and key of a hash that encodeHash has made.
func decodeHash(hash string) (salt, key []byte, err error) {
	prefix := strings.TrimSuffix(encodeHash(nil, nil), "$")
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
