package datadir_test

import (
	"path/filepath"
	"testing"

	"namets/internal/datadir"
)

func TestSpace_isThatOfTheDisk(t *testing.T) {
	dir, err := datadir.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	space, err := dir.Space()
	if err != nil || space.Free <= 0 || space.Total < space.Free {
		t.Errorf("%+v, %v", space, err)
	}
	planned, err := datadir.Planned(filepath.Join(dir.Path(), "a", "b"))
	if err != nil {
		t.Fatal(err)
	}
	if above, err := planned.Space(); err != nil || above.Total != space.Total {
		t.Errorf("of a directory that is to be made: %+v, %v", above, err)
	}
}

func TestSpace_isLowBeforeItIsFull(t *testing.T) {
	const mb, gb = 1 << 20, 1 << 30
	for _, tt := range []struct {
		space     datadir.Space
		database  int64
		low, full bool
	}{
		{datadir.Space{Free: 0, Total: gb}, mb, true, true},
		{datadir.Space{Free: 5 * mb, Total: gb}, mb, true, false},
		{datadir.Space{Free: 63 * mb, Total: gb}, mb, true, false},
		{datadir.Space{Free: 65 * mb, Total: gb}, mb, false, false},
		{datadir.Space{Free: 65 * mb, Total: gb}, 40 * mb, true, false}, // the next backup and a migration
		{datadir.Space{Free: 400 * mb, Total: 10 * gb}, mb, true, false},
		{datadir.Space{Free: 2 * gb, Total: 1000 * gb}, mb, false, false},
	} {
		if low, full := tt.space.Low(tt.database), tt.space.Full(); low != tt.low || full != tt.full {
			t.Errorf("%+v with a database of %d: low %v, full %v", tt.space, tt.database, low, full)
		}
	}
}
