//go:build unix

package sqlite_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gofrs/flock"

	"namets/internal/store/sqlite"
)

func TestClaimPartial_locksAPrivateFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copy.db.part")
	if err := os.WriteFile(path, []byte("left behind"), 0o644); err != nil {
		t.Fatal(err)
	}
	claim, err := sqlite.ClaimPartial(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != 0 || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	other := flock.New(path)
	defer other.Close()
	if got, err := other.TryLock(); got || err != nil {
		t.Errorf("while it is held: %v, %v", got, err)
	}
	if err := claim.Close(); err != nil {
		t.Error(err)
	}
	if got, err := other.TryLock(); !got || err != nil {
		t.Errorf("afterwards: %v, %v", got, err)
	}
}
