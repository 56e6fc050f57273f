package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"namets/internal/store/sqlite"
)

func TestClaimPartial_holdsAFileThatIsItsOwnersOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copy.db.part")
	if err := os.WriteFile(path, []byte("left behind"), 0o644); err != nil {
		t.Fatal(err)
	}
	claim, err := sqlite.ClaimPartial(path)
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if info, err := other.Stat(); err != nil || info.Size() != 0 || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	take := func() error { return syscall.Flock(int(other.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }
	if err := take(); !errors.Is(err, syscall.EWOULDBLOCK) {
		t.Errorf("while it is held: %v", err)
	}
	if err := errors.Join(claim.Close(), take()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
