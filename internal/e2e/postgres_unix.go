//go:build unix

package e2e

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Postgres starts a PostgreSQL server that runs until the test ends, and returns the address of an
// empty database whose user is a superuser. The server listens on a socket in its own directory and
// on no port. Its collation is English, as in the databases of most providers. Its data is removed
// with it.
func Postgres(t testing.TB) string {
	t.Helper()
	program := part{name: "postgres", variable: "NAMETS_POSTGRES"}.find(t)
	// The path of a socket has at most 107 bytes: the test's own directory is too deep.
	dir, err := os.MkdirTemp("", "namets-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // after the server has ended
	attr := ownGroup()
	if os.Getuid() == 0 {
		attr.Credential = unprivileged(t)
		if err := os.Chown(dir, int(attr.Credential.Uid), int(attr.Credential.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	data := filepath.Join(dir, "data")
	cmd := exec.CommandContext(t.Context(), filepath.Join(filepath.Dir(program), "initdb"),
		"--pgdata="+data, "--no-sync", "--username=namets", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
		"--locale-provider=icu", "--icu-locale=en")
	cmd.Dir, cmd.SysProcAttr = dir, attr
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	log := newOutput("ready to accept connections")
	server := startAs(t, attr, log, os.Environ(), program,
		"-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	select {
	case <-log.seen:
	case <-server.exited:
		t.Fatalf("postgres did not start:\n%s", log)
	case <-ctx.Done():
		t.Fatalf("postgres is not ready after a minute:\n%s", log)
	}
	return "postgres:///postgres?" + url.Values{"host": {dir}, "user": {"namets"}}.Encode()
}

// unprivileged returns the user for a server that refuses to run as root.
func unprivileged(t testing.TB) *syscall.Credential {
	t.Helper()
	account, err := user.Lookup("postgres")
	if err != nil {
		account, err = user.Lookup("nobody")
	}
	if err != nil {
		t.Fatal(err)
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}
