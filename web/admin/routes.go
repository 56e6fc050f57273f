package admin

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"namets/internal/namets"
)

// nobody is the role that a route needs which is open to those who have not signed in.
const nobody namets.Role = ""

const (
	get  = http.MethodGet
	post = http.MethodPost
)

// route is one row of the table: who may do what.
type route struct {
	method, path string
	needs        namets.Role
	handle       func(*visit) error
}

// String names the route in logs and in the audit; it holds nothing of a request.
func (r route) String() string { return r.method + " " + r.path }

// routes is the table of all pages and actions.
func (a *Admin) routes() []route { return append(a.contentRoutes(), a.operatorRoutes()...) }

// contentRoutes is the part of the table about accounts and content.
func (a *Admin) contentRoutes() []route {
	const viewer, editor, owner = namets.Viewer, namets.Editor, namets.Owner
	return []route{
		{get, "/admin/login", nobody, a.loginForm},
		{post, "/admin/login", nobody, a.login},
		{get, "/admin/welcome/:secret", nobody, a.welcomeForm},
		{post, "/admin/welcome/:secret", nobody, a.welcome},
		{post, "/admin/logout", viewer, a.logout},
		{get, "/admin/", viewer, a.overview},
		{get, "/admin/account", viewer, a.account},
		{post, "/admin/account/password", viewer, a.changePassword},
		{post, "/admin/account/theme", viewer, a.changeTheme},
		{post, "/admin/account/sign-out", viewer, a.signOutEverywhere},
		{get, "/admin/users", owner, a.users},
		{post, "/admin/users", owner, a.addUser},
		{get, "/admin/users/:id", owner, a.user},
		{post, "/admin/users/:id/role", owner, a.changeRole},
		{post, "/admin/users/:id/reset", owner, a.resetUser},
		{post, "/admin/users/:id/sign-out", owner, a.signOutUser},
		{get, "/admin/users/:id/delete", owner, a.confirmDeleteUser},
		{post, "/admin/users/:id/delete", owner, a.deleteUser},
		{get, "/admin/announcements", viewer, a.announcements},
		{get, "/admin/announcements/new", editor, a.newAnnouncement},
		{post, "/admin/announcements", editor, a.addAnnouncement},
		{get, "/admin/announcements/:id", viewer, a.announcement},
		{post, "/admin/announcements/:id", editor, a.saveAnnouncement},
		{get, "/admin/announcements/:id/delete", editor, a.confirmDeleteAnnouncement},
		{post, "/admin/announcements/:id/delete", editor, a.deleteAnnouncement},
		{get, "/admin/events", viewer, a.events},
		{get, "/admin/events/new", editor, a.newEvent},
		{post, "/admin/events", editor, a.addEvent},
		{get, "/admin/events/:id", viewer, a.event},
		{post, "/admin/events/:id", editor, a.saveEvent},
		{get, "/admin/events/:id/delete", editor, a.confirmDeleteEvent},
		{post, "/admin/events/:id/delete", editor, a.deleteEvent},
		{get, "/admin/event-categories", viewer, a.eventCategoryList},
		{get, "/admin/event-categories/new", editor, a.newEventCategory},
		{post, "/admin/event-categories", editor, a.addEventCategory},
		{get, "/admin/event-categories/:id", viewer, a.eventCategory},
		{post, "/admin/event-categories/:id", editor, a.saveEventCategory},
		{get, "/admin/event-categories/:id/delete", editor, a.confirmDeleteEventCategory},
		{post, "/admin/event-categories/:id/delete", editor, a.deleteEventCategory},
		{get, "/admin/prayer-times", viewer, a.prayerTimes},
		{post, "/admin/prayer-times", editor, a.savePrayerTimes},
		{get, "/admin/prayer-times/export", viewer, a.exportPrayerTimes},
		{get, "/admin/prayer-times/import", editor, a.prayerImportForm},
		{post, "/admin/prayer-times/import", editor, a.importPrayerTimes},
		{get, "/admin/prayer-times/:id", viewer, a.prayerDay},
		{post, "/admin/prayer-times/:id", editor, a.savePrayerDay},
		{get, "/admin/prayer-times/:id/delete", editor, a.confirmDeletePrayerDay},
		{post, "/admin/prayer-times/:id/delete", editor, a.deletePrayerDay},
	}
}

// operatorRoutes is the part of the table about people, deliveries, the token and the service
// itself.
func (a *Admin) operatorRoutes() []route {
	const viewer, editor, owner = namets.Viewer, namets.Editor, namets.Owner
	return []route{
		{get, "/admin/deliveries", viewer, a.deliveries},
		{get, "/admin/deliveries/retry", editor, a.confirmRetryFailed},
		{post, "/admin/deliveries/retry", editor, a.retryFailed},
		{post, "/admin/deliveries/test", editor, a.pingDelivery},
		{get, heldPath, editor, a.held},
		{post, heldPath, editor, a.decideHeld},
		{get, "/admin/deliveries/:id", viewer, a.delivery},
		{post, "/admin/deliveries/:id/retry", editor, a.retryDelivery},
		{get, "/admin/deliveries/:id/resend", editor, a.resendForm},
		{post, "/admin/deliveries/:id/resend", editor, a.confirmResend},
		{post, "/admin/deliveries/:id/resend/send", editor, a.resend},
		{get, tokenPath, viewer, a.token},
		{post, tokenPath + "/reload", owner, a.reloadToken},
		{get, tokenPath + "/rotate", owner, a.confirmRotate},
		{post, tokenPath + "/rotate", owner, a.rotateToken},
		{get, "/admin/activity", viewer, a.activity},
		{get, "/admin/settings", viewer, a.settings},
		{post, "/admin/settings/backup", owner, a.backupNow},
		{post, "/admin/settings/download", owner, a.download},
		{get, restorePath, owner, a.confirmRestore},
		{post, restorePath, owner, a.restore},
		{get, "/admin/patrons", viewer, a.patrons},
		{get, "/admin/patrons/new", editor, a.newPatron},
		{post, "/admin/patrons", editor, a.addPatron},
		{get, "/admin/patrons/:id", viewer, a.editPatron},
		{post, "/admin/patrons/:id", editor, a.savePatron},
		{post, "/admin/patrons/:id/move", editor, a.movePatron},
		{get, "/admin/patrons/:id/delete", editor, a.confirmDeletePatron},
		{post, "/admin/patrons/:id/delete", editor, a.deletePatron},
		{get, "/admin/subscribers", viewer, a.subscribers},
		{get, "/admin/subscribers/import", editor, a.importForm},
		{post, "/admin/subscribers/import", editor, a.importTable},
		{get, "/admin/subscribers/export", editor, a.exportTable},
		{get, "/admin/subscribers/new", editor, a.newSubscriber},
		{post, "/admin/subscribers", editor, a.addSubscriber},
		{post, "/admin/subscribers/bulk", editor, a.confirmBulk},
		{post, "/admin/subscribers/bulk/apply", editor, a.applyBulk},
		{get, "/admin/subscribers/:id", viewer, a.subscriber},
		{post, "/admin/subscribers/:id", editor, a.saveSubscriber},
		{get, "/admin/subscribers/:id/merge", editor, a.confirmMerge},
		{post, "/admin/subscribers/:id/merge", editor, a.merge},
		{get, "/admin/subscribers/:id/delete", editor, a.confirmDeleteSubscriber},
		{post, "/admin/subscribers/:id/delete", editor, a.deleteSubscriber},
		{get, "/admin/message", editor, a.messageForm},
		{post, "/admin/message", editor, a.confirmMessage},
		{post, "/admin/message/send", editor, a.sendMessage},
	}
}

// demands returns, by path, the fields without which a form does nothing, for what is dangerous: a
// form that has lost its fields, or that something else than the page has sent, must not do it.
// What a route does not name here must do no harm when its form is empty.
func demands() map[string][]string {
	const revision, name, sessions = "revision", "name", "sessions"
	return map[string][]string{
		"/admin/account/sign-out":            {sessions},
		"/admin/users/:id/role":              {"role"},
		"/admin/users/:id/reset":             {name},
		"/admin/users/:id/sign-out":          {sessions},
		"/admin/users/:id/delete":            {name},
		"/admin/announcements/:id/delete":    {revision},
		"/admin/events/:id/delete":           {revision},
		"/admin/event-categories/:id/delete": {revision},
		"/admin/prayer-times/:id/delete":     {revision},
		"/admin/patrons/:id/delete":          {revision},
		"/admin/subscribers/:id/delete":      {revision},
		"/admin/subscribers/bulk/apply":      {"action", "ids"},
		"/admin/deliveries/retry":            {"state"},
		rotatePath:                           {"once", "current"},
		restorePath:                          {"password"},
	}
}

// Mount adds the pages to e.
func (a *Admin) Mount(e *echo.Echo) {
	for _, r := range a.table {
		e.Add(r.method, r.path, a.guard(r))
	}
	e.GET("/admin", func(c echo.Context) error { return c.Redirect(http.StatusMovedPermanently, "/admin/") })
}

// Paths returns the patterns of all pages: what GET answers.
func Paths() []string {
	var list []string
	for _, r := range new(Admin).routes() {
		if r.method == get {
			list = append(list, r.path)
		}
	}
	return list
}
