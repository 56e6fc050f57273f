// Package content holds the pages of the admin about what the community publishes: announcements,
// events and their categories, prayer times, and patrons.
package content

import (
	"embed"
	"io/fs"

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
	return []page.Route{
		page.Get("/admin/announcements", viewer, a.announcements),
		page.Get("/admin/announcements/new", editor, a.newAnnouncement),
		page.Post("/admin/announcements", editor, a.addAnnouncement),
		page.Get("/admin/announcements/:id", viewer, a.announcement),
		page.Post("/admin/announcements/:id", editor, a.saveAnnouncement),
		page.Get("/admin/announcements/:id/delete", editor, a.confirmDeleteAnnouncement),
		page.Post("/admin/announcements/:id/delete", editor, a.deleteAnnouncement).Demanding("revision"),
		page.Get("/admin/events", viewer, a.events),
		page.Get("/admin/events/new", editor, a.newEvent),
		page.Post("/admin/events", editor, a.addEvent),
		page.Get("/admin/events/:id", viewer, a.event),
		page.Post("/admin/events/:id", editor, a.saveEvent),
		page.Get("/admin/events/:id/delete", editor, a.confirmDeleteEvent),
		page.Post("/admin/events/:id/delete", editor, a.deleteEvent).Demanding("revision"),
		page.Get("/admin/event-categories", viewer, a.eventCategoryList),
		page.Get("/admin/event-categories/new", editor, a.newEventCategory),
		page.Post("/admin/event-categories", editor, a.addEventCategory),
		page.Get("/admin/event-categories/:id", viewer, a.eventCategory),
		page.Post("/admin/event-categories/:id", editor, a.saveEventCategory),
		page.Get("/admin/event-categories/:id/delete", editor, a.confirmDeleteEventCategory),
		page.Post("/admin/event-categories/:id/delete", editor, a.deleteEventCategory).Demanding("revision"),
		page.Get("/admin/prayer-times", viewer, a.prayerTimes),
		page.Post("/admin/prayer-times", editor, a.savePrayerTimes),
		page.Get("/admin/prayer-times/export", viewer, a.exportPrayerTimes),
		page.Get("/admin/prayer-times/import", editor, a.prayerImportForm),
		page.Post("/admin/prayer-times/import", editor, a.importPrayerTimes).WithTable(),
		page.Get("/admin/prayer-times/:id", viewer, a.prayerDay),
		page.Post("/admin/prayer-times/:id", editor, a.savePrayerDay),
		page.Get("/admin/prayer-times/:id/delete", editor, a.confirmDeletePrayerDay),
		page.Post("/admin/prayer-times/:id/delete", editor, a.deletePrayerDay).Demanding("revision"),
		page.Get("/admin/patrons", viewer, a.patrons),
		page.Get("/admin/patrons/new", editor, a.newPatron),
		page.Post("/admin/patrons", editor, a.addPatron),
		page.Get("/admin/patrons/:id", viewer, a.editPatron),
		page.Post("/admin/patrons/:id", editor, a.savePatron),
		page.Post("/admin/patrons/:id/move", editor, a.movePatron),
		page.Get("/admin/patrons/:id/delete", editor, a.confirmDeletePatron),
		page.Post("/admin/patrons/:id/delete", editor, a.deletePatron).Demanding("revision"),
	}
}
