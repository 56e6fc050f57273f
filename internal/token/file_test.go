package token_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"namets/internal/token"
	"namets/internal/token/tokentest"
)

func TestFileProvider_keepsTheContract(t *testing.T) {
	tokentest.Run(t, func(t *testing.T, value string) tokentest.Harness {
		path := filepath.Join(t.TempDir(), "token")
		// The clock of a file system is coarse: each write gets a time of its own.
		written := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
		put := func(t *testing.T, value string) {
			written = written.Add(time.Second)
			mustWrite(t, path, value)
			if err := os.Chtimes(path, written, written); err != nil {
				t.Fatal(err)
			}
		}
		put(t, value)
		return tokentest.Harness{
			Provider: token.NewFile(path),
			Put:      put,
			Remove:   func(t *testing.T) { mustRename(t, path, path+".away") },
			Break:    func(t *testing.T) { mustRename(t, path, path+".away") },
			Repair:   func(t *testing.T) { mustRename(t, path+".away", path) },
			Versions: true,
		}
	})
}

func TestFileProvider_tellsWhatIsWrongWithThePath(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	mustWrite(t, at("empty"), "")
	mustWrite(t, at("blank"), "\n \n")
	mustWrite(t, at("two lines"), tokenA+"\n"+tokenB+"\n")
	mustWrite(t, at("large"), strings.Repeat("x", 1<<20))
	mustWrite(t, at("unreadable"), tokenA)
	if err := os.Chmod(at("unreadable"), 0); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(at("loop"), at("loop")); err != nil {
		t.Fatal(err)
	}
	if err := makePipe(at("pipe")); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		path string
		want error
		says string
	}{
		{at("missing"), token.ErrUnavailable, "no such file"},
		{at("missing/token"), token.ErrUnavailable, "no such file"},
		{at("empty"), token.ErrInvalid, "is blank"},
		{at("blank"), token.ErrInvalid, "is blank"},
		{at("two lines"), token.ErrInvalid, "holds a blank"},
		{at("large"), token.ErrConfig, "64 KiB"},
		{at("unreadable"), token.ErrConfig, "permission denied"},
		{at("loop"), token.ErrConfig, "too many levels of symbolic links"},
		{at("pipe"), token.ErrConfig, "not a regular file"},
		{at("empty/token"), token.ErrConfig, "not a directory"},
		{dir, token.ErrConfig, "not a regular file"},
		{"", token.ErrUnavailable, "no such file"},
	} {
		t.Run(filepath.Base(tt.path), func(t *testing.T) {
			if tt.path == at("unreadable") && os.Geteuid() == 0 {
				t.Skip("root may read every file")
			}
			_, err := token.NewFile(tt.path).Fetch(t.Context())
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q with %q", err, tt.want, tt.says)
			}
			if strings.Count(err.Error(), tt.path) > 1 && tt.path != "" {
				t.Errorf("the path is twice in %v", err)
			}
		})
	}
}

func TestFileProvider_takesNothingFromAFileWhoseSizeIsNotWhatItHolds(t *testing.T) {
	const path = "/proc/version" // a regular file with a size of 0, as one that is being written
	if _, err := os.Stat(path); err != nil {
		t.Skip("needs Linux: ", err)
	}
	if _, err := token.NewFile(path).Fetch(t.Context()); !errors.Is(err, token.ErrUnavailable) ||
		!strings.Contains(err.Error(), "changed while it was read") {
		t.Errorf("got %v, want ErrUnavailable because it changed", err)
	}
}

func TestFileProvider_followsASwapOfSymlinks(t *testing.T) {
	dir := t.TempDir()
	for name, value := range map[string]string{"..2026_1": tokenA, "..2026_2": tokenB} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		mustWrite(t, filepath.Join(dir, name, "token"), value+"\n")
	}
	link := func(target string) {
		t.Helper()
		if err := os.Symlink(target, filepath.Join(dir, "..tmp")); err != nil {
			t.Fatal(err)
		}
		mustRename(t, filepath.Join(dir, "..tmp"), filepath.Join(dir, "..data"))
	}
	link("..2026_1")
	if err := os.Symlink("..data/token", filepath.Join(dir, "token")); err != nil {
		t.Fatal(err)
	}
	s := token.New(token.Config{Provider: token.NewFile(filepath.Join(dir, "token")), Name: "file"})
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantAllowed(t, s, true, tokenA)
	link("..2026_2")
	mustRefresh(t, s)
	wantAllowed(t, s, true, tokenB)
	wantAllowed(t, s, false, tokenA)
}

func TestFileProvider_keepsTheTokenWhileTheFileIsRewritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	mustWrite(t, path, tokenA)
	s := token.New(token.Config{Provider: token.NewFile(path), Name: "file"})
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, path, "")
	if err := s.Refresh(t.Context()); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("refresh of the emptied file = %v, want ErrInvalid", err)
	}
	wantAllowed(t, s, true, tokenA)
	mustWrite(t, path, "\ufeff"+tokenB+"\r\n")
	mustRefresh(t, s)
	wantAllowed(t, s, true, tokenB)
}

func TestSource_Start_treatsAMissingFileAsNotThereYet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	s := token.New(token.Config{Provider: token.NewFile(path), Name: "file"})
	if err := s.Start(t.Context()); err != nil {
		t.Fatalf("start = %v, want nil: the service listens and waits for the file", err)
	}
	if s.Check([]string{tokenA}).Available() {
		t.Error("available without a file")
	}
	mustWrite(t, path, tokenA)
	mustRefresh(t, s)
	wantAllowed(t, s, true, tokenA)
}

func mustWrite(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func mustRename(t testing.TB, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}
