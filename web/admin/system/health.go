package system

import (
	"time"

	"namets/web/admin/page"
)

// Health is the state of the service itself.
type Health struct {
	// Replaced means that the database's files were replaced or removed while they were open,
	// Damaged that its structure is corrupt.
	Replaced, Damaged bool
	Disk              DiskState
	DiskFree          int64 // bytes
	// BackupFailed is the reason why the last attempt to make a backup failed, and BackupTried its
	// time; empty: it did not fail.
	BackupFailed string
	BackupTried  time.Time
}

// DiskState is the level of free space on the disk.
type DiskState string

// The levels of free disk space.
const (
	DiskRoomy   DiskState = ""
	DiskLow     DiskState = "low"
	DiskFull    DiskState = "full"
	DiskUnknown DiskState = "unknown"
)

// ill reports whether a problem may prevent the pages from being rendered.
func (h Health) ill() bool { return h.Replaced || h.Damaged || h.Disk == DiskFull }

// aboutHealth returns the problems of the service itself. It does not read the database, which may
// be the problem.
func (a *Admin) aboutHealth(v *page.Visit) (list []concern) {
	h := a.cfg.Health()
	if h.Replaced {
		list = append(list, concern{"bad", "The database files were replaced or removed while namets was running. " +
			"Nothing can be saved.",
			"The operator has to restart namets.", ""})
	}
	if h.Damaged {
		list = append(list, concern{"bad", "The database is damaged.", "The operator has to restore a backup with " +
			"namets restore.", settingsPath})
	}
	const room = "The operator has to free space or enlarge the volume."
	switch h.Disk {
	case DiskFull:
		list = append(list, concern{"bad", "The disk is full (" + page.SizeText(h.DiskFree) +
			" left): changes may fail.", room, ""})
	case DiskLow:
		list = append(list, concern{"warn", "The disk is nearly full: " + page.SizeText(h.DiskFree) + " left.", room,
			""})
	case DiskUnknown:
		list = append(list, concern{"warn", "The free disk space is unknown.", "The log says why.", ""})
	case DiskRoomy:
	}
	if h.BackupFailed != "" {
		list = append(list, concern{"bad", "The last backup failed " + page.Relative(h.BackupTried, v.Now()) +
			": " + h.BackupFailed + ".",
			"Make one under Settings once the problem is fixed.", settingsPath})
	}
	return list
}

func (a *Admin) aboutBackups(v *page.Visit) ([]concern, error) {
	c := concern{"bad", "The backups cannot be read.", "Check that the directory of backups is still there and that " +
		"namets may read it.", settingsPath}
	if files, err := a.cfg.Backups.List(); err == nil {
		now := v.Now()
		var newest *Backup
		for _, f := range files {
			if f.Replaced {
				continue
			}
			if age := now.Sub(f.Made); age >= 0 && age < backupAfter {
				return nil, nil
			}
			if newest == nil {
				newest = &f
			}
		}
		c = concern{"warn", "There is no backup of the database.", "Make one under Settings, and download it now " +
			"and then.", settingsPath}
		switch {
		case a.cfg.Backups.Off():
			c.What, c.Do = "No backups are made, because BACKUP_KEEP is 0.", "Download a copy of the database under "+
				"Settings now and then."
		case newest != nil:
			c.What = "The last backup of the database was made " + page.Relative(newest.Made, now) + "."
		}
	}
	return []concern{c}, nil
}
