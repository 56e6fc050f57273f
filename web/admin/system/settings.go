package system

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// Setting is one variable of the configuration as it is.
type Setting struct {
	Name string
	// Value holds no secret: of one it says whether it is set, and its fingerprint. Empty: nothing
	// is set.
	Value   string
	Meaning string
}

// Backup is a copy of the database that is kept.
type Backup struct {
	Name string
	Kind string // what it was made for, for people
	// Replaced says that it is no backup but the database that a restore has put aside.
	Replaced bool
	Made     time.Time
	Size     int64 // bytes
}

// backups makes and lists copies of the database.
type backups interface {
	// Off says that none is made by itself, and none is kept.
	Off() bool
	// List returns those that are kept, and the databases that restores have put aside, the newest
	// first.
	List() ([]Backup, error)
	// Save makes one and keeps it. Errors: Conflict when none is to be kept.
	Save(context.Context) error
	// Copy makes one that is gone when it is closed, and returns its size in bytes.
	Copy(context.Context) (io.ReadCloser, int64, error)
}

// downloadStore notes that somebody took data along.
type downloadStore interface {
	// RecordDownload notes what was taken: rows of the kind, or
	// [namets.KindDatabase] for a copy of all.
	RecordDownload(ctx context.Context, by namets.Actor, what namets.Kind) error
}

// settingsPage shows the configuration and the backups.
type settingsPage struct {
	page.Base
	Version  string
	Settings []Setting
	Backups  []backupRow
	InAll    string // the size of all backups
	Off      bool   // no backups are kept
	Last     *lastRestore
}

// backupRow is a backup as the page shows it.
type backupRow struct {
	Name, Kind, Size string
	Made             page.When
}

const settingsPath = "/admin/settings"

func (a *Admin) settings(v *page.Visit) error {
	files, err := a.cfg.Backups.List()
	if err != nil {
		return err
	}
	p := &settingsPage{Base: v.Page("Settings"), Version: a.cfg.Version, Settings: a.cfg.Settings,
		Off: a.cfg.Backups.Off()}
	var size int64
	for _, f := range files {
		p.Backups = append(p.Backups, backupRow{f.Name, page.Capital(f.Kind), page.SizeText(f.Size), v.When(f.Made)})
		size += f.Size
	}
	p.InAll, p.Last = page.SizeText(size), a.lastRestore(v)
	return v.Render(http.StatusOK, "settings", p)
}

// backupNow makes a backup that is kept on the server.
func (a *Admin) backupNow(v *page.Visit) error {
	err := a.cfg.Backups.Save(v.Request().Context())
	if namets.CodeOf(err) == namets.Conflict {
		return v.Failed(settingsPath, "No backup was made: BACKUP_KEEP is 0, so none is kept. Download a copy instead.")
	}
	if err != nil {
		return err
	}
	return v.Done(settingsPath, "The backup is made.")
}

// download sends a fresh copy of the whole database.
func (a *Admin) download(v *page.Visit) error {
	ctx := v.Request().Context()
	if err := a.store.RecordDownload(ctx, v.Actor(), namets.KindDatabase); err != nil {
		return err
	}
	file, size, err := a.cfg.Backups.Copy(ctx)
	if err != nil {
		return err
	}
	defer file.Close()
	h := v.Response().Header()
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="namets-%s.db"`, v.Now().Format("20060102-150405")))
	h.Set(echo.HeaderContentLength, strconv.FormatInt(size, 10))
	return v.Stream(http.StatusOK, "application/vnd.sqlite3", file)
}
