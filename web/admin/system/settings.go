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

// Setting is a variable of the configuration with its current value.
type Setting struct {
	Name string
	// Value contains no secret: for a secret it says whether it is set, with its fingerprint.
	// Empty: not set.
	Value   string
	Meaning string
}

// Backup is a stored copy of the database.
type Backup struct {
	Name string
	Kind string // its purpose as text
	// Replaced means that this is not a backup but the database that a restore has replaced.
	Replaced bool
	Made     time.Time
	Size     int64 // bytes
}

// backups makes and lists copies of the database.
type backups interface {
	// Off means that there are no automatic backups, and none are stored.
	Off() bool
	// List returns the stored backups, and the databases that restores have replaced, newest first.
	List() ([]Backup, error)
	// Save makes a backup and stores it. Errors: Conflict if backups are off.
	Save(context.Context) error
	// Copy makes a copy that is removed when it is closed, and returns its size in bytes.
	Copy(context.Context) (io.ReadCloser, int64, error)
}

// downloadStore records downloads.
type downloadStore interface {
	// RecordDownload records what was downloaded: rows of the kind, or [namets.KindDatabase] for a
	// copy of the database.
	RecordDownload(ctx context.Context, by namets.Actor, what namets.Kind) error
}

// settingsPage shows the configuration and the backups.
type settingsPage struct {
	page.Base
	Version  string
	Settings []Setting
	Backups  []backupRow
	InAll    string // the size of all backups
	Off      bool   // backups are off
	Last     *lastRestore
}

// backupRow is a backup in the list.
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

// backupNow makes a backup that stays on the server.
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

// download sends a new copy of the whole database.
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
