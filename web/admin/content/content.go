// Package content contains the admin's pages for the community's content: announcements, events and
// their categories, prayer times, and patrons.
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

// Templates returns the templates of the pages.
func Templates() fs.FS { return page.Templates(templates) }

// store is the database as the pages use it. Each page declares its methods next to its handlers.
type store interface {
	announcementStore
	eventStore
	eventCategoryStore
	patronStore
	prayerStore
	timelineStore
}

// Config is the configuration for [New]; all fields are required.
type Config struct {
	// Store is the database.
	Store store
}

// Admin serves the pages for content. It is safe for concurrent use.
type Admin struct{ store store }

// New returns the pages.
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
	}, a.announcementKind().routes(), a.eventKind().routes(), a.cancelRoutes(), a.categoryKind().routes(),
		a.patronKind().routes(), a.dayKind().routes())
}
