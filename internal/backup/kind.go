package backup

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Kind says what a backup was made for. It is a word in the file's name, except for the daily
// ones. Each kind is counted and pruned for itself.
type Kind string

// The kinds of backups.
const (
	Daily           Kind = ""
	ByHand          Kind = "by-hand"
	BeforeMigration Kind = "before-migration"
	BeforeRestore   Kind = "before-restore"
	// Other is a backup that a person has given another name. It is listed and never removed.
	Other Kind = "other"
	// Replaced is a database that a restore has put aside. It is next to the database, not among
	// the backups.
	Replaced Kind = "replaced"
)

// guardsRetained bounds how many backups stay that guard a single act, a migration or a restore:
// one of the last acts is undone with them, not one of last year.
const guardsRetained = 3

// Keeps returns how many backups of the kind stay when keep daily ones do; negative: all.
func (k Kind) Keeps(keep int) int {
	switch k {
	case Daily, ByHand:
		return keep
	case BeforeMigration, BeforeRestore:
		return min(keep, guardsRetained)
	}
	return -1
}

// Text is what people call backups of the kind.
func (k Kind) Text() string {
	switch k {
	case Daily:
		return "daily"
	case ByHand:
		return "by hand"
	case BeforeMigration:
		return "before an upgrade"
	case BeforeRestore:
		return "before a restore"
	case Replaced:
		return "replaced by a restore"
	}
	return "other"
}

// kindOf reads the kind from the label in a file's name. Labels may say more than the kind:
// "before-migration-7".
func kindOf(label string) Kind {
	for _, k := range []Kind{ByHand, BeforeMigration, BeforeRestore} {
		if rest, ok := strings.CutPrefix(label, string(k)); ok && (rest == "" || rest[0] == '-') {
			return k
		}
	}
	if label == "" {
		return Daily
	}
	return Other
}

// File is one backup, or one database that a restore has put aside.
type File struct {
	Path string
	Kind Kind
	Made time.Time // or put aside
	Size int64     // bytes
}

// List returns the backups, newest first. Files with other names are not backups.
func (k *Keeper) List() ([]File, error) {
	entries, err := os.ReadDir(k.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var files []File
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), "namets-")
		rest, isDB := strings.CutSuffix(rest, ".db")
		if !ok || !isDB || len(rest) < len(stamp) {
			continue
		}
		made, err := time.Parse(stamp, rest[:len(stamp)])
		info, infoErr := e.Info()
		if err != nil || infoErr != nil || !info.Mode().IsRegular() {
			continue
		}
		kind := kindOf(strings.TrimPrefix(rest[len(stamp):], "-"))
		files = append(files, File{filepath.Join(k.Dir, e.Name()), kind, made, info.Size()})
	}
	sortNewestFirst(files)
	return files, nil
}

// Copies returns all whole copies of the database that lie in the data directory, the newest first:
// the backups, and what restores have put aside.
func (k *Keeper) Copies() ([]File, error) {
	files, err := k.List()
	if err != nil {
		return nil, err
	}
	replaced, err := k.Replaced()
	files = append(files, replaced...)
	slices.SortStableFunc(files, func(a, b File) int { return b.Made.Compare(a.Made) })
	return files, err
}

func sortNewestFirst(files []File) {
	slices.SortFunc(files, func(a, b File) int {
		return cmp.Or(b.Made.Compare(a.Made), strings.Compare(b.Path, a.Path))
	})
}
