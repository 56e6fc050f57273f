package datadir_test

import (
	"os"
	"path/filepath"
	"testing"

	"namets/internal/datadir"
)

func TestClearUploads_removesWhatWasLeftAndNothingElse(t *testing.T) {
	d := openDir(t, t.TempDir())
	if err := d.ClearUploads(); err != nil {
		t.Errorf("where there are none: %v", err)
	}
	if err := os.Mkdir(d.Uploads(), 0o700); err != nil {
		t.Fatal(err)
	}
	left, err := os.CreateTemp(d.Uploads(), datadir.UploadPattern)
	if err != nil {
		t.Fatal(err)
	}
	left.Close()
	other := filepath.Join(d.Uploads(), "notes.txt")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.ClearUploads(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left.Name()); !os.IsNotExist(err) {
		t.Errorf("it is there still: %v", err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Error(err)
	}
}
