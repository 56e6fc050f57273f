package e2e

import "testing"

// Postgres skips the test: the real parts are started by a POSIX shell.
func Postgres(t testing.TB) string {
	t.Helper()
	t.Skip("PostgreSQL is started on Unix only")
	return ""
}
