package backup

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// Kind is the reason for a backup. It is a word in the file's name, except for daily ones. Each
// kind is counted and pruned separately.
type Kind string

// The kinds of backups.
const (
	Daily           Kind = ""
	ByHand          Kind = "by-hand"
	BeforeMigration Kind = "before-migration"
	BeforeRestore   Kind = "before-restore"
	// Other is a backup that a person has renamed. It is listed and never removed.
	Other Kind = "other"
	// Replaced is a database that a restore has replaced. It is next to the database, not among the
	// backups.
	Replaced Kind = "replaced"
)

// guardsRetained is the maximum number of backups to keep from before migrations, and from before
// restores: they serve to undo a recent act, not one of last year.
const guardsRetained = 3

// Keeps returns how many backups of the kind are kept if keep daily ones are; negative means all.
func (k Kind) Keeps(keep int) int {
	switch k {
	case Daily, ByHand:
		return keep
	case BeforeMigration, BeforeRestore:
		return min(keep, guardsRetained)
	}
	return -1
}

// Text is the name of the kind for people.
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

// kindOf reads the kind from the label in a file's name. A label can contain more than the kind:
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

// File is a backup, or a database that a restore has replaced.
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

// Copies returns all complete copies of the database in the data directory, newest first: the
// backups and the replaced databases.
func (k *Keeper) Copies() ([]File, error) {
	files, err := k.List()
	if err != nil {
		return nil, err
	}
	replaced, err := k.Replaced()
	files = append(files, replaced...)
	sort.SliceStable(files, func(i, j int) bool { return files[i].Made.After(files[j].Made) })
	return files, err
}

func sortNewestFirst(files []File) {
	sort.Slice(files, func(i, j int) bool {
		return cmp.Or(files[i].Made.Compare(files[j].Made), strings.Compare(files[i].Path, files[j].Path)) > 0
	})
}
