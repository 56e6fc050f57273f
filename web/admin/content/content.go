// Package content holds the pages of the admin about what the community publishes: announcements,
// events and their categories, prayer times, and patrons.
package content

import (
	"embed"
	"io/fs"
	"slices"

	"namets/internal/namets"
	"namets/web/admin/page"
)

//go:embed templates
var templates embed.FS

// Templates returns those of the pages.
func Templates() fs.FS {
	files, err := fs.Sub(templates, "templates")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return files
}

// store is what the pages read and change. Each page declares its part next to its handlers.
type store interface {
	announcementStore
	eventStore
	eventCategoryStore
	patronStore
	prayerStore
	timelineStore
}

// Config is what [New] needs; every field is required.
type Config struct {
	// Store is the database.
	Store store
}

// Admin answers the pages about content. It is safe for concurrent use.
type Admin struct{ store store }

// New makes the pages.
func New(cfg Config) *Admin { return &Admin{store: cfg.Store} }

// Routes returns the table of the pages and actions.
func (a *Admin) Routes() []page.Route {
	const viewer, editor = namets.Viewer, namets.Editor
	return slices.Concat([]page.Route{
		page.Get(announcementsPath, viewer, a.announcements),
		page.Get(eventsPath, viewer, a.events),
		page.Get(eventCategoriesPath, viewer, a.eventCategoryList),
		page.Get(patronsPath, viewer, a.patrons),
		page.Post(patronsPath+"/:id/move", editor, a.movePatron),
		page.Get(prayerTimesPath, viewer, a.prayerTimes),
		page.Post(prayerTimesPath, editor, a.savePrayerTimes),
		page.Get(prayerTimesPath+"/export", viewer, a.exportPrayerTimes),
		page.Get(prayerTimesPath+"/import", editor, a.prayerImportForm),
		page.Post(prayerTimesPath+"/import", editor, a.importPrayerTimes).WithTable(),
	}, a.announcementKind().routes(), a.eventKind().routes(), a.categoryKind().routes(), a.patronKind().routes(),
		a.dayKind().routes())
}
