package system

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"namets/internal/namets"
	"namets/web"
	"namets/web/admin/page"
)

// activityStore reads the audit.
type activityStore interface {
	// Activity returns audit entries, newest first.
	Activity(context.Context, namets.AuditFilter) ([]namets.AuditEntry, error)
}

const activityPath = "/admin/activity"

// activityPage lists the audit, newest first.
type activityPage struct {
	page.Base
	Actor, Entity, Day page.Field
	Rows               []activityRow
	Empty              page.Empty
	Pager              page.Pager
}

type activityRow struct {
	Who, From string
	What      string
	Subject   string // its title
	Path      string // path of the subject's page; empty: it has none
	Changed   string
	At        page.When
}

func (a *Admin) activity(v *page.Visit) error {
	ctx := v.Request().Context()
	f := namets.AuditFilter{Actor: v.Text("actor"), Before: before(v), Limit: page.PerPage + 1}
	p := &activityPage{Base: v.Page("Activity")}
	entities := []page.Option{{Text: "Everything"}}
	for _, k := range namets.Kinds() {
		selected := string(k.Kind) == v.FormValue("entity")
		if selected {
			f.Entity = k.Kind
		}
		entities = append(entities, page.Option{Value: string(k.Kind), Text: page.Capital(k.Many), Selected: selected})
	}
	if id, err := strconv.ParseInt(v.FormValue("id"), 10, 64); err == nil && f.Entity != "" && id > 0 {
		f.EntityID = id
	}
	p.Entity = page.Field{Name: "entity", Label: "What", Brief: true, Options: entities}
	p.Day = page.Field{Name: "day", Label: "Day", Type: "date", Brief: true}
	if day, err := time.ParseInLocation(time.DateOnly, v.Text("day"), v.Zone()); err == nil && namets.InRange(day) {
		f.From, f.To, p.Day.Value = day, day.AddDate(0, 0, 1), v.Text("day")
	}
	p.Actor = page.Field{Name: "actor", Label: "Who", Value: f.Actor, Max: 40, Hint: "The name of a user."}
	list, err := a.store.Activity(ctx, f)
	if err != nil {
		return err
	}
	for _, e := range list[:min(len(list), page.PerPage)] {
		p.Rows = append(p.Rows, a.activityRow(v, e))
	}
	query := v.Request().URL.Query()
	if len(list) > page.PerPage {
		p.Pager.Older = page.With(activityPath, query, "before", strconv.FormatInt(list[page.PerPage-1].ID, 10))
	}
	if f.Before > 0 {
		p.Pager.Newer = page.With(activityPath, query, "before", "")
	}
	p.Empty = page.Empty{Title: "Nothing yet", Text: "Every change is listed here, with who made it."}
	if f != (namets.AuditFilter{Limit: f.Limit}) {
		p.Empty = page.Empty{Title: "Nothing is found", Text: "No results. Try other filters.",
			Action: "Show all", Path: activityPath}
	}
	return v.Render(http.StatusOK, "activity", p)
}

func (a *Admin) activityRow(v *page.Visit, e namets.AuditEntry) activityRow {
	r := activityRow{Who: page.Capital(page.ActorName(e.By)), From: e.By.Address, Changed: page.FieldNames(e.Changed),
		At: v.When(e.At)}
	r.What, r.Subject = actedOn(v, e)
	if e.EntityID != 0 && e.Action != "delete" {
		r.Path = v.IfOpen(page.RowPath(e.Entity, e.EntityID))
	}
	if e.Times > 0 {
		return refusalRow(v, r, e)
	}
	if e.Fingerprint != "" {
		r.What += " " + e.Fingerprint
	}
	if r.Changed == "" {
		r.Changed = e.Reason
	}
	if !v.May(namets.Editor) && e.By.Kind == namets.Visitor {
		r.From = ""
	}
	return r
}

// actedOn describes an action and its subject: a title, a day or a count, never the id of a row.
func actedOn(v *page.Visit, e namets.AuditEntry) (what, subject string) {
	kind := e.Entity.Info()
	days := e.Entity == namets.KindPrayerSchedules
	switch {
	case days && e.First != "":
		return act(e.Action) + " prayer times of " + page.Count(e.Count).Of("day", "days") + ": " +
			dayRange(e.First, e.Last), ""
	case days && e.EntityID != 0:
		return act(e.Action) + " prayer times", storedDay(e.Subject)
	case e.Count > 0 && e.EntityID == 0:
		return act(e.Action) + " " + page.Count(e.Count).Of(kind.One, kind.Many), ""
	case e.EntityID == 0:
		return act(e.Action) + " " + kind.Many, ""
	case e.Entity == namets.KindSubscribers && e.Subject == "":
		return act(e.Action) + " a subscriber", ""
	case e.Entity == namets.KindSubscribers:
		return act(e.Action) + " " + kind.One, v.Email(e.Subject)
	case e.Entity == namets.KindDeliveries && e.Subject != "":
		return act(e.Action) + " " + kind.One, namets.NotificationKind(e.Subject).Info().Name
	}
	return act(e.Action) + " " + kind.One, e.Subject
}

// storedDay formats a stored day for people; other text is returned as it is.
func storedDay(stored string) string {
	day, err := time.Parse(time.DateOnly, stored)
	if err != nil {
		return stored
	}
	return web.EnglishPlainDay(day)
}

// dayRange formats the days from first to last.
func dayRange(first, last string) string {
	if first == last {
		return storedDay(first)
	}
	return storedDay(first) + " to " + storedDay(last)
}

// refusalRow is the row of an attempt that was refused repeatedly.
func refusalRow(v *page.Visit, r activityRow, e namets.AuditEntry) activityRow {
	if e.EntityID == 0 && e.By.Name == namets.UnknownName {
		r.Who = "A name that no user has"
	}
	r.Subject = ""
	r.What, r.Changed, r.Path = refused(namets.RefusalKind(e.Action)), page.Count(e.Times).Of("time", "times"), ""
	if e.Times > 1 && e.LastAt != nil {
		r.Changed += ", last at " + web.EnglishClock(e.LastAt.In(v.Zone()))
	}
	if e.Reason != "" {
		r.Changed += ": " + e.Reason
	}
	if !v.May(namets.Editor) {
		r.From = ""
	}
	return r
}

// refused is the name of a refusal on the page.
func refused(kind namets.RefusalKind) string {
	switch kind {
	case namets.SignInFailed:
		return "Failed to sign in"
	case namets.SignInThrottled:
		return "Sign-in refused after too many failures"
	case namets.SignInBusy:
		return "Sign-in refused, too many at once"
	case namets.PasswordRefused:
		return "Gave a wrong current password"
	case namets.LinkRefused:
		return "Used an invalid link to choose a password"
	case namets.CrossSiteRefused:
		return "Refused: sent by a page of another site"
	case namets.RoleRefused:
		return "Refused: the role does not allow it"
	}
	return page.Capital(strings.ReplaceAll(string(kind), "_", " "))
}

// act is the name of an action on the page.
func act(action string) string {
	switch action {
	case "create":
		return "Added"
	case "update":
		return "Changed"
	case "delete":
		return "Deleted"
	case "resend":
		return "Sent again as"
	case "activate":
		return "Activated"
	case "deactivate":
		return "Deactivated"
	case "verify":
		return "Marked as verified:"
	case "move":
		return "Moved"
	case "send":
		return "Sent"
	case "rewind":
		return "Rewound"
	case "merge":
		return "Merged"
	case "import":
		return "Imported"
	case "sign_in":
		return "Signed in:"
	case "sign_out":
		return "Signed out:"
	case "ask_restore":
		return "Asked to restore the"
	}
	return page.Capital(strings.ReplaceAll(action, "_", " "))
}
