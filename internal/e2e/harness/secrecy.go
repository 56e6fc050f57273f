package harness

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Stored returns the content of all files below a directory.
func Stored(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		all.Write(content)
		return err
	})
	if err != nil || all.Len() < 50_000 {
		t.Fatalf("%d bytes stored, %v", all.Len(), err)
	}
	return all.String()
}

// WantAbsent checks that a text contains no secret, in any case, verbatim, escaped, encoded, or as
// a complete digest.
func WantAbsent(t *testing.T, what, text string, secrets []string) {
	t.Helper()
	text = strings.ToLower(text)
	for _, secret := range secrets {
		digest := sha256.Sum256([]byte(secret))
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret),
			hex.EncodeToString([]byte(secret)),
			base64.StdEncoding.EncodeToString([]byte(secret))[:len(secret)], hex.EncodeToString(digest[:])} {
			if i := strings.Index(text, strings.ToLower(form)); i >= 0 {
				t.Errorf("%s contains %q:\n…%q…", what, form, text[max(0, i-200):min(len(text), i+200)])
			}
		}
	}
}
