package vault

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"namets/internal/secret"
	"namets/internal/token"
)

// source is the location of one credential of the login.
type source struct {
	name  string // what it is, for people
	value secret.Value
	file  string // wins over value unless empty
}

// given reports whether the credential is configured.
func (s source) given() bool { return s.file != "" || !s.value.IsZero() }

// read returns the current credential. Its error wraps [token.ErrConfig] if the file can never
// work, and [token.ErrUnavailable] if it is missing or empty, as it is before an agent has written
// it.
func (s source) read() (secret.Value, error) {
	if s.file == "" {
		value := strings.TrimSpace(s.value.Reveal())
		if !isWord(value) {
			return secret.Value{}, fmt.Errorf("%w: %s: %w", token.ErrConfig, s.name, errNotText)
		}
		return secret.New(value), nil
	}
	content, err := readFile(s.file)
	if err != nil {
		kind := token.ErrUnavailable
		if secret.Lasting(err) || errors.Is(err, errNotText) {
			kind = token.ErrConfig
		}
		return secret.Value{}, fmt.Errorf("%w: read %s from %s: %w", kind, s.name, s.file, err)
	}
	return secret.New(content), nil
}

var (
	errNotText = errors.New("it holds more than one word of printable ASCII: it must hold the credential " +
		"and nothing else")
	errEmpty = errors.New("it is empty")
)

func readFile(path string) (string, error) {
	content, _, err := secret.ReadFile(path)
	if err != nil {
		return "", err
	}
	switch content = bytes.TrimSpace(content); {
	case len(content) == 0:
		return "", errEmpty
	case !isWord(string(content)):
		return "", errNotText
	}
	return string(content), nil
}

// isWord reports whether s is valid in a header.
func isWord(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '!' || r > '~' })
}
