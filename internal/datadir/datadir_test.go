package datadir_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"namets/internal/datadir"
)

var started = time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)

// TestMain turns this binary into a helper process when its first argument says so.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 {
		switch os.Args[1] {
		case "hold":
			hold(os.Args[2])
		case "own":
			own(os.Args[2])
		case "visit":
			visit(os.Args[2])
		}
	}
	os.Exit(m.Run())
}

// hold locks the directory, says so, and waits to be killed.
func hold(path string) {
	d, err := datadir.Open(path)
	if err != nil {
		panic(err)
	}
	lock, err := d.Lock(started)
	if err != nil {
		panic(err)
	}
	if err := lock.Listening("127.0.0.1:8080"); err != nil {
		panic(err)
	}
	fmt.Println("locked")
	interrupted := make(chan os.Signal, 1) // an empty select would count as a deadlock and end the process
	signal.Notify(interrupted, os.Interrupt)
	<-interrupted
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

func openDir(t *testing.T, path string) datadir.Dir {
	t.Helper()
	d, err := datadir.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestOpen_makesAPrivateDirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b")
	openDir(t, path)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if entries, _ := os.ReadDir(path); len(entries) > 0 {
		t.Errorf("the probe was left behind: %v", entries)
	}
}

func TestOpen_saysThatAFileIsNoDirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, filepath.Join(path, "below")} {
		if _, err := datadir.Open(p); err == nil || !strings.Contains(err.Error(), "is not a directory") {
			t.Errorf("%s: %v", p, err)
		}
	}
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

func TestLock_isOneAtATimeAndNamesItsHolder(t *testing.T) {
	path := t.TempDir()
	d := openDir(t, path)
	if _, serving, err := d.Serving(); serving || err != nil {
		t.Errorf("serving = %v, %v, want nobody", serving, err)
	}
	helper := exec.Command(os.Args[0], "hold", path)
	out, err := helper.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := helper.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	_, err = d.Lock(started)
	locked, ok := errors.AsType[*datadir.LockedError](err)
	want := datadir.Holder{PID: helper.Process.Pid, Namespace: datadir.Namespace(), Address: "127.0.0.1:8080",
		Started: started}
	if !ok || locked.Holder != want {
		t.Errorf("Lock = %v, want a LockedError by %+v", err, want)
	}
	if h, serving, err := d.Serving(); !serving || h != want || err != nil {
		t.Errorf("Serving = %+v, %v, %v, want %+v", h, serving, err, want)
	}

	// After kill -9 the file is still there, and no lock any more.
	if err := helper.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = helper.Wait()
	lock, err := d.Lock(started)
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Release(); err != nil {
		t.Error(err)
	}
	if _, serving, err := d.Serving(); serving || err != nil {
		t.Errorf("after Release: serving = %v, %v", serving, err)
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

func TestOpen_saysThatTheDatabaseIsADirectory(t *testing.T) {
	path := t.TempDir()
	if err := os.Mkdir(filepath.Join(path, "namets.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := datadir.Open(path); err == nil || !strings.Contains(err.Error(), "namets.db is not a file") {
		t.Error(err)
	}
}

func TestPlanned_makesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b")
	d, err := datadir.Planned(path)
	if err != nil || d.Path() != path {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := os.Stat(filepath.Dir(path)); !os.IsNotExist(err) {
		t.Errorf("it made a directory: %v", err)
	}
	if err := d.CheckMounted(); err != nil && !errors.Is(err, datadir.ErrEphemeral) {
		t.Errorf("CheckMounted: %v", err)
	}
}

func TestCheckMounted_refusesTheRootFileSystem(t *testing.T) {
	if err := openDir(t, t.TempDir()).CheckMounted(); err != nil && !errors.Is(err, datadir.ErrEphemeral) {
		t.Error(err)
	}
}
