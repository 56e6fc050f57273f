package admin_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"namets/internal/namets"
	"namets/web/admin/system"
)

// copies makes backups of the world's database in a directory of the test.
type copies struct {
	w    *world
	list []system.Backup // newest first
	// none means that backups are off.
	none bool
}

func (c *copies) Off() bool { return c.none }

func (c *copies) List() ([]system.Backup, error) { return c.list, nil }

func (c *copies) Save(context.Context) error {
	if c.none {
		return &namets.Error{Code: namets.Conflict, Message: "no backups are kept"}
	}
	c.list = append([]system.Backup{{Name: fmt.Sprintf("namets-%d.db", len(c.list)), Kind: "by hand", Made: c.w.now,
		Size: 1_400_000}}, c.list...)
	return nil
}

func (c *copies) Copy(ctx context.Context) (io.ReadCloser, int64, error) {
	path := filepath.Join(c.w.TempDir(), "copy.db")
	if err := c.w.db.Backup(ctx, path); err != nil {
		return nil, 0, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	return file, info.Size(), err
}

// restores records the calls.
type restores struct {
	room      int64
	asked     []string
	restarted int
	last      *system.Restored
}

func (r *restores) Room() (int64, error) { return r.room, nil }

func (r *restores) AskBackup(_ context.Context, by namets.Actor, name string, keepDeletes bool) error {
	if name == "damaged.db" {
		return &namets.Error{Code: namets.Invalid, Field: "backup", Message: "is damaged"}
	}
	r.asked = append(r.asked, fmt.Sprint(by.Name, " ", name, " ", keepDeletes))
	return nil
}

func (r *restores) AskFile(_ context.Context, by namets.Actor, path string, keepDeletes bool) error {
	text, err := os.ReadFile(path)
	if string(text) == "no database" {
		return &namets.Error{Code: namets.Invalid, Field: "file", Message: "is no database"}
	}
	r.asked = append(r.asked, fmt.Sprint(by.Name, " file ", len(text), " ", keepDeletes))
	return errors.Join(err, os.Remove(path))
}

func (r *restores) Restart() { r.restarted++ }

func (r *restores) Last() (system.Restored, bool) {
	if r.last == nil {
		return system.Restored{}, false
	}
	return *r.last, true
}
