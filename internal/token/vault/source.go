package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"namets/internal/secret"
	"namets/internal/token"
)

// maxFile is far above the length of any credential.
const maxFile = 64 << 10

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
		for _, definite := range []error{errNotRegular, errTooLarge, errNotText, fs.ErrPermission, syscall.ENOTDIR,
			syscall.ELOOP} {
			if errors.Is(err, definite) {
				kind = token.ErrConfig
			}
		}
		return secret.Value{}, fmt.Errorf("%w: read %s from %s: %w", kind, s.name, s.file, err)
	}
	return secret.New(content), nil
}

var (
	errNotRegular = errors.New("it is not a regular file")
	errTooLarge   = errors.New("it is larger than 64 KiB")
	errNotText    = errors.New("it holds more than one word of printable ASCII: it must hold the credential " +
		"and nothing else")
	errEmpty = errors.New("it is empty")
)

func readFile(path string) (string, error) {
	// O_NONBLOCK, because opening a pipe without a writer would block.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", withoutPath(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", withoutPath(err)
	}
	if !info.Mode().IsRegular() {
		return "", errNotRegular
	}
	content, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch content = bytes.TrimSpace(content); {
	case err != nil:
		return "", withoutPath(err)
	case len(content) > maxFile:
		return "", errTooLarge
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

// withoutPath removes the path that package os puts into its errors, because ours already contain
// it.
func withoutPath(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err
	}
	return err
}
