package secret_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"namets/internal/secret"
)

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	at := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(at("target", "behind a link"), link); err != nil {
		t.Skip(err)
	}
	for _, tt := range []struct {
		path, want string
		err        error
		lasting    bool
	}{
		{at("plain", " two lines\nof it\n"), " two lines\nof it\n", nil, false},
		{at("mark", "\ufeffafter a mark"), "after a mark", nil, false},
		{at("full", strings.Repeat("x", 64<<10)), strings.Repeat("x", 64<<10), nil, false},
		{link, "behind a link", nil, false},
		{at("large", strings.Repeat("x", 64<<10+1)), "", secret.ErrTooLarge, true},
		{dir, "", secret.ErrNotRegular, true},
		{filepath.Join(dir, "missing"), "", fs.ErrNotExist, false},
	} {
		content, changed, err := secret.ReadFile(tt.path)
		if string(content) != tt.want || !errors.Is(err, tt.err) || secret.Lasting(err) != tt.lasting {
			t.Errorf("%s: %.20q, %v, lasting %t", tt.path, content, err, secret.Lasting(err))
		}
		if err != nil && strings.Contains(err.Error(), dir) {
			t.Errorf("the error contains the path: %v", err)
		}
		if err == nil && (time.Since(changed) > time.Hour || changed.Location() != time.UTC) {
			t.Errorf("%s: changed at %v", tt.path, changed)
		}
	}
}
