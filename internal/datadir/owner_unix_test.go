//go:build unix

package datadir_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"namets/internal/datadir"
)

// helper returns what this binary does as a helper process of that name, nil when it is none.
func helper(name string) func(path string) {
	switch name {
	case "hold":
		return hold
	case "own":
		return own
	case "visit":
		return visit
	}
	return nil
}

// own becomes uid 65532 and tries what it may.
func own(path string) {
	if err := datadir.BecomeOwner(path, 65532); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	_, err := datadir.Open(path)
	fmt.Println(os.Geteuid(), os.Getegid(), err)
	_, err = datadir.Open("/root-only-" + filepath.Base(path))
	fmt.Println(err)
	os.Exit(0)
}

// visit becomes uid 65532 without becoming the owner of anything.
func visit(path string) {
	if err := syscall.Setuid(65532); err != nil {
		panic(err)
	}
	_, err := datadir.Open(path)
	fmt.Println(err)
	_, err = datadir.Planned(filepath.Join(path, "closed", "a", "b"))
	fmt.Println(err)
	os.Exit(0)
}

func TestOpen_saysWhoOwnsADirectoryThatItCannotWrite(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	path := t.TempDir()
	if err := os.Chmod(path, 0o500); err != nil {
		t.Fatal(err)
	}
	checkRefusal(t, path, os.Geteuid())
}

// checkRefusal opens the directory as this user and looks for what the error must say.
func checkRefusal(t *testing.T, path string, uid int) {
	t.Helper()
	_, err := datadir.Open(path)
	for _, part := range []string{path, fmt.Sprintf("this process is uid %d", uid), "belongs to uid", "chown -R"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v does not say %q", err, part)
		}
	}
}

func TestBecomeOwner_givesTheDirectoryAwayAndLeavesRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	path, err := os.MkdirTemp("", "namets-owner-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(path) })
	inside := filepath.Join(path, "namets.db")
	if err := os.WriteFile(inside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(os.Args[0], "own", path).CombinedOutput()
	got := string(out)
	if err != nil || !strings.HasPrefix(got, "65532 65532 <nil>\n") {
		t.Errorf("%q, %v", got, err)
	}
	missing := "/root-only-" + filepath.Base(path)
	for _, part := range []string{"/ belongs to uid 0", "this process is uid 65532", `"mkdir -p ` + missing +
		" && chown 65532 " + missing + `"`} {
		if !strings.Contains(got, part) {
			t.Errorf("a directory of root's: %q does not say %q", got, part)
		}
	}
	if strings.Contains(got, "chown -R 65532 /") {
		t.Errorf("it tells people to give the whole machine away: %q", got)
	}
}

func TestOpen_namesTheFileThatItCannotWrite(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	path, err := os.MkdirTemp("", "namets-foreign-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(path) })
	inside := filepath.Join(path, "namets.db")
	err = errors.Join(os.Chmod(path, 0o777), os.WriteFile(inside, nil, 0o644),
		os.Mkdir(filepath.Join(path, "closed"), 0o755))
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(os.Args[0], "visit", path).CombinedOutput()
	opened, planned, _ := strings.Cut(string(out), "\n")
	for _, part := range []string{inside + " belongs to uid 0 with mode -rw-r--r--", "this process is uid 65532",
		`"chown -R 65532 ` + path + `"`} {
		if err != nil || !strings.Contains(opened, part) {
			t.Errorf("%q does not say %q (%v)", opened, part, err)
		}
	}
	if !strings.Contains(planned, "b is missing and cannot be made: "+filepath.Join(path, "closed")+
		" belongs to uid 0") {
		t.Errorf("a directory that cannot be made: %q", planned)
	}
}
