// Package people contains the admin's pages for people: subscribers and messages to them, users,
// and a user's own account.
package people

import (
	"embed"
	"io/fs"

	"namets/internal/auth"
	"namets/internal/namets"
	"namets/web/admin/page"
)

//go:embed templates
var templates embed.FS

// Templates returns the templates of the pages.
func Templates() fs.FS { return page.Templates(templates) }

// store is the database as the pages use it. Each page declares its methods next to its handlers.
type store interface {
	subscriberStore
	bulkStore
	mailStore
	mergeStore
	tableStore
	messageStore
	accountStore
	userStore
}

// Config is the configuration for [New]; all fields are required.
type Config struct {
	// Store is the database.
	Store store
	// Sessions finds the signed-in user.
	Sessions *auth.Sessions
	// Accounts sets passwords.
	Accounts *auth.Accounts
}

// Admin serves the pages for people. It is safe for concurrent use.
type Admin struct {
	cfg   Config
	store store
	sent  page.Once[sentMessage]
}

// New returns the pages.
func New(cfg Config) *Admin { return &Admin{cfg: cfg, store: cfg.Store} }

// Routes returns the table of the pages and actions.
func (a *Admin) Routes() []page.Route {
	const nobody, viewer, editor, owner = page.Nobody, namets.Viewer, namets.Editor, namets.Owner
	return []page.Route{
		page.Get("/admin/welcome/:secret", nobody, a.welcomeForm),
		page.Post("/admin/welcome/:secret", nobody, a.welcome),
		page.Get("/admin/account", viewer, a.account),
		page.Post("/admin/account/password", viewer, a.changePassword),
		page.Post("/admin/account/theme", viewer, a.changeTheme),
		page.Post("/admin/account/sign-out", viewer, a.signOutEverywhere).Demanding("sessions"),
		page.Get("/admin/users", owner, a.users),
		page.Post("/admin/users", owner, a.addUser),
		page.Get("/admin/users/:id", owner, a.user),
		page.Post("/admin/users/:id/role", owner, a.changeRole).Demanding("role"),
		page.Post("/admin/users/:id/reset", owner, a.resetUser).Demanding("name"),
		page.Post("/admin/users/:id/sign-out", owner, a.signOutUser).Demanding("sessions"),
		page.Get("/admin/users/:id/delete", owner, a.confirmDeleteUser),
		page.Post("/admin/users/:id/delete", owner, a.deleteUser).Demanding("name"),
		page.Get("/admin/subscribers", viewer, a.subscribers),
		page.Get("/admin/subscribers/import", editor, a.importForm),
		page.Post("/admin/subscribers/import", editor, a.importTable).WithTable(),
		page.Get("/admin/subscribers/export", editor, a.exportTable),
		page.Get("/admin/subscribers/new", editor, a.newSubscriber),
		page.Post("/admin/subscribers", editor, a.addSubscriber),
		page.Post("/admin/subscribers/bulk", editor, a.confirmBulk),
		page.Post("/admin/subscribers/bulk/apply", editor, a.applyBulk).Demanding("action", "ids"),
		page.Get("/admin/subscribers/:id", viewer, a.subscriber),
		page.Post("/admin/subscribers/:id", editor, a.saveSubscriber),
		page.Get("/admin/subscribers/:id/merge", editor, a.confirmMerge),
		page.Post("/admin/subscribers/:id/merge", editor, a.merge),
		page.Get("/admin/subscribers/:id/lift", owner, a.confirmLift),
		page.Post("/admin/subscribers/:id/lift", owner, a.lift).Demanding("revision"),
		page.Get("/admin/subscribers/:id/delete", editor, a.confirmDeleteSubscriber),
		page.Post("/admin/subscribers/:id/delete", editor, a.deleteSubscriber).Demanding("revision"),
		page.Get("/admin/message", editor, a.messageForm),
		page.Post("/admin/message", editor, a.confirmMessage),
		page.Post("/admin/message/send", editor, a.sendMessage),
	}
}
