//go:build unix

package token_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"namets/internal/secret"
	"namets/internal/token"
)

const rotatedFileToken = "9b2e57d1c4f8a06e3d7b1f94"

func TestRotateFile_keepsOwnerGroupAndMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	for _, mode := range []fs.FileMode{0o600, 0o640, 0o444, 0o604} {
		if err := os.WriteFile(path, []byte("an-old-token-of-the-test\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if os.Geteuid() == 0 {
			if err := os.Chown(path, 65532, 12345); err != nil {
				t.Fatal(err)
			}
		}
		before := stat(t, path)
		if err := token.RotateFile(path, secret.New(" "+rotatedFileToken+"\n")); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(path)
		if string(content) != rotatedFileToken+"\n" || err != nil {
			t.Errorf("%v: it holds %q, %v", mode, content, err)
		}
		after := stat(t, path)
		if after.Mode != before.Mode || after.Uid != before.Uid || after.Gid != before.Gid {
			t.Errorf("was %o %d:%d, is %o %d:%d", before.Mode, before.Uid, before.Gid, after.Mode, after.Uid, after.Gid)
		}
		if after.Ino == before.Ino {
			t.Error("the file was written in place: who reads it may find half a token")
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		wantNothingElse(t, filepath.Dir(path))
	}
}

func stat(t *testing.T, path string) *syscall.Stat_t {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t)
}

// wantNothingElse wants the folder to hold the named files only.
func wantNothingElse(t *testing.T, folder string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, e := range entries {
		found = append(found, e.Name())
	}
	if strings.Join(found, " ") != strings.Join(names, " ") {
		t.Errorf("the folder holds %v, want %v", found, names)
	}
}

func TestRotateFile_changesNothingAndSaysWhy(t *testing.T) {
	const old = "an-old-token-of-the-test\n"
	for _, tt := range []struct {
		name  string
		make  func(t *testing.T, folder string) (path string)
		next  string
		kind  error
		why   string
		after []string
	}{
		{"no file", func(_ *testing.T, folder string) string { return filepath.Join(folder, "token") },
			rotatedFileToken, token.ErrConfig, "namets token generate >", nil},
		{"no folder", func(_ *testing.T, folder string) string { return filepath.Join(folder, "a", "token") },
			rotatedFileToken, token.ErrConfig, "no such file", nil},
		{"a folder", func(t *testing.T, folder string) string {
			must(t, os.Mkdir(filepath.Join(folder, "token"), 0o700))
			return filepath.Join(folder, "token")
		}, rotatedFileToken, token.ErrConfig, "not a regular file", []string{"token"}},
		{"a token that is none", func(t *testing.T, folder string) string {
			must(t, os.WriteFile(filepath.Join(folder, "token"), []byte(old), 0o600))
			return filepath.Join(folder, "token")
		}, "changeme-changeme", token.ErrInvalid, "placeholder", []string{"token"}},
		{"links as Kubernetes makes them", func(t *testing.T, folder string) string {
			must(t, os.Mkdir(filepath.Join(folder, "..2026"), 0o700))
			must(t, os.WriteFile(filepath.Join(folder, "..2026", "token"), []byte(old), 0o600))
			must(t, os.Symlink("..2026", filepath.Join(folder, "..data")))
			must(t, os.Symlink("..data/token", filepath.Join(folder, "token")))
			return filepath.Join(folder, "token")
		}, rotatedFileToken, token.ErrConfig, "change the Secret", []string{"..2026", "..data", "token"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder := t.TempDir()
			path := tt.make(t, folder)
			err := token.RotateFile(path, secret.New(tt.next))
			if !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.why) ||
				strings.Contains(err.Error(), tt.next) {
				t.Errorf("error %v, want one of kind %v that says %q", err, tt.kind, tt.why)
			}
			if content, err := os.ReadFile(path); err == nil && string(content) != old {
				t.Errorf("the file holds %q", content)
			}
			wantNothingElse(t, folder, tt.after...)
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestRotateFile_leavesAloneWhatBelongsToOthers runs itself once more as a user who may not do it.
func TestRotateFile_leavesAloneWhatBelongsToOthers(t *testing.T) {
	if path := os.Getenv("NAMETS_TEST_ROTATE"); path != "" {
		err := token.RotateFile(path, secret.New(rotatedFileToken))
		if !errors.Is(err, token.ErrConfig) {
			t.Fatalf("error %v", err)
		}
		t.Log(err)
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can become somebody else")
	}
	folder, err := os.MkdirTemp("", "namets-rotate-") // unlike t.TempDir, everybody may enter it
	must(t, err)
	defer os.RemoveAll(folder)
	program := filepath.Join(folder, "program")
	content, err := os.ReadFile(os.Args[0])
	must(t, err)
	must(t, os.WriteFile(program, content, 0o755))
	closed, open := filepath.Join(folder, "closed"), filepath.Join(folder, "open")
	must(t, os.Mkdir(closed, 0o755))
	must(t, os.Mkdir(open, 0o700))
	must(t, os.Chmod(open, 0o777))
	must(t, os.Chmod(folder, 0o755))
	for where, why := range map[string]string{closed: "may not write the folder", open: "it belongs to uid 0"} {
		path := filepath.Join(where, "token")
		must(t, os.WriteFile(path, []byte("an-old-token-of-the-test\n"), 0o644))
		cmd := exec.CommandContext(t.Context(), program, "-test.v", "-test.run=^"+t.Name()+"$")
		cmd.Env = []string{"NAMETS_TEST_ROTATE=" + path}
		cmd.Dir = folder
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), why) || !strings.Contains(string(out), "nothing was changed") {
			t.Errorf("%v: it does not say %q:\n%s", err, why, out)
		}
		if content, _ := os.ReadFile(path); string(content) != "an-old-token-of-the-test\n" {
			t.Errorf("it holds %q", content)
		}
		wantNothingElse(t, where, "token")
	}
}

func TestRotateFile_isSeenByTheProviderAtItsNextFetch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	must(t, os.WriteFile(path, []byte("an-old-token-of-the-test\n"), 0o600))
	provider := token.NewFile(path)
	next := token.Generate()
	must(t, token.RotateFile(path, next))
	set, err := provider.Fetch(t.Context())
	if err != nil || !set.Token.Equal(next) {
		t.Errorf("fetched %s, %v; want %s", set.Token.Fingerprint(), err, next.Fingerprint())
	}
}
