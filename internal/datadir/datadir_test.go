package datadir_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"namets/internal/datadir"
)

var started = time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)

// TestMain turns this binary into a helper process when its first argument says so.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 {
		if help := helper(os.Args[1]); help != nil {
			help(os.Args[2])
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
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
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
	if err := d.CheckMounted(); runtime.GOOS == "linux" && err != nil && !errors.Is(err, datadir.ErrEphemeral) {
		t.Errorf("CheckMounted: %v", err)
	}
}

func TestCheckMounted_refusesTheRootFileSystem(t *testing.T) {
	err := openDir(t, t.TempDir()).CheckMounted()
	if runtime.GOOS == "linux" {
		if err != nil && !errors.Is(err, datadir.ErrEphemeral) {
			t.Error(err)
		}
	} else if err == nil || !strings.Contains(err.Error(), "cannot tell on "+runtime.GOOS) {
		t.Error(err)
	}
}
