package admin

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"namets/internal/namets"
)

const activityPath = "/admin/activity"

// activityPage lists who did what, the newest first.
type activityPage struct {
	page
	Actor, Entity, Day field
	Rows               []activityRow
	Empty              emptyList
	Pager              pager
}

type activityRow struct {
	Who, From string
	What      string
	Subject   string // of it, in the words of its author
	Path      string // of what it was done to; empty: it has no page
	Changed   string
	At        when
}

func (a *Admin) activity(v *visit) error {
	ctx := v.Request().Context()
	f := namets.AuditFilter{Actor: v.text("actor"), Before: v.before(), Limit: perPage + 1}
	p := &activityPage{page: v.page("Activity")}
	entities := []option{{Text: "Everything"}}
	for _, k := range namets.Kinds() {
		selected := string(k.Kind) == v.FormValue("entity")
		if selected {
			f.Entity = k.Kind
		}
		entities = append(entities, option{string(k.Kind), capital(k.Many), selected})
	}
	if id, err := strconv.ParseInt(v.FormValue("id"), 10, 64); err == nil && f.Entity != "" && id > 0 {
		f.EntityID = id
	}
	p.Entity = field{Name: "entity", Label: "What", Brief: true, Options: entities}
	p.Day = field{Name: "day", Label: "Day", Type: "date", Brief: true}
	if day, err := time.ParseInLocation(time.DateOnly, v.text("day"), a.cfg.Zone); err == nil && namets.InRange(day) {
		f.From, f.To, p.Day.Value = day, day.AddDate(0, 0, 1), v.text("day")
	}
	p.Actor = field{Name: "actor", Label: "Who", Value: f.Actor, Max: 40, Hint: "The name of a user."}
	list, err := a.store.Activity(ctx, f)
	if err != nil {
		return err
	}
	for _, e := range list[:min(len(list), perPage)] {
		p.Rows = append(p.Rows, v.activityRow(e))
	}
	query := v.Request().URL.Query()
	if len(list) > perPage {
		p.Pager.Older = with(activityPath, query, "before", strconv.FormatInt(list[perPage-1].ID, 10))
	}
	if f.Before > 0 {
		p.Pager.Newer = with(activityPath, query, "before", "")
	}
	p.Empty = emptyList{Title: "Nothing was done yet", Text: "Every change is listed here, with who made it."}
	if f != (namets.AuditFilter{Limit: f.Limit}) {
		p.Empty = emptyList{Title: "Nothing is found", Text: "Nothing matches what you have chosen.",
			Action: "Show all", Path: activityPath}
	}
	return v.render(http.StatusOK, "activity", p)
}

func (v *visit) activityRow(e namets.AuditEntry) activityRow {
	r := activityRow{Who: capital(actorName(e.By)), From: e.By.Address, Changed: fieldNames(e.Changed),
		At: v.when(e.At)}
	r.What, r.Subject = v.actedOn(e)
	if e.EntityID != 0 {
		path := "/admin/" + strings.ReplaceAll(string(e.Entity), "_", "-")
		if e.Entity == namets.KindPrayerSchedules {
			path = prayerTimesPath
		}
		paged := func(one route) bool { return one.method == get && one.path == path+"/:id" && v.may(one.needs) }
		if slices.ContainsFunc(v.admin.routes(), paged) && e.Action != "delete" {
			r.Path = path + "/" + strconv.FormatInt(e.EntityID, 10)
		}
	}
	if e.Times > 0 {
		return v.refusalRow(r, e)
	}
	if e.Fingerprint != "" {
		r.What += " " + e.Fingerprint
	}
	if r.Changed == "" {
		r.Changed = e.Reason
	}
	if !v.may(namets.Editor) && e.By.Kind == namets.Visitor {
		r.From = ""
	}
	return r
}

// actedOn says what was done, and to what: a title, a day or how many, and no number of a row.
func (v *visit) actedOn(e namets.AuditEntry) (what, subject string) {
	kind := e.Entity.Info()
	days := e.Entity == namets.KindPrayerSchedules
	switch {
	case days && e.First != "":
		return act(e.Action) + " prayer times of " + count(e.Count).of("day", "days") + ": " +
			dayRange(e.First, e.Last), ""
	case days && e.EntityID != 0:
		return act(e.Action) + " prayer times", storedDay(e.Subject)
	case e.Count > 0 && e.EntityID == 0:
		return act(e.Action) + " " + count(e.Count).of(kind.One, kind.Many), ""
	case e.EntityID == 0:
		return act(e.Action) + " " + kind.Many, ""
	case e.Entity == namets.KindSubscribers && e.Subject == "":
		return act(e.Action) + " a subscriber", ""
	case e.Entity == namets.KindSubscribers:
		return act(e.Action) + " " + kind.One, v.email(e.Subject)
	case e.Entity == namets.KindDeliveries && e.Subject != "":
		return act(e.Action) + " " + kind.One, notificationName(namets.NotificationKind(e.Subject))
	}
	return act(e.Action) + " " + kind.One, e.Subject
}

// storedDay writes a day as it is stored the way people do; what is no day stays.
func storedDay(stored string) string {
	day, err := time.Parse(time.DateOnly, stored)
	if err != nil {
		return stored
	}
	return day.Format("2 January 2006")
}

// dayRange writes the days from first to last.
func dayRange(first, last string) string {
	if first == last {
		return storedDay(first)
	}
	return storedDay(first) + " to " + storedDay(last)
}

// refusalRow is the row of what was refused again and again.
func (v *visit) refusalRow(r activityRow, e namets.AuditEntry) activityRow {
	if e.EntityID == 0 && e.By.Name == namets.UnknownName {
		r.Who = "A name that no user has"
	}
	r.Subject = ""
	r.What, r.Changed, r.Path = refused(namets.RefusalKind(e.Action)), count(e.Times).of("time", "times"), ""
	if e.Times > 1 && e.LastAt != nil {
		r.Changed += ", last at " + e.LastAt.In(v.admin.cfg.Zone).Format("15:04")
	}
	if e.Reason != "" {
		r.Changed += ": " + e.Reason
	}
	if !v.may(namets.Editor) {
		r.From = ""
	}
	return r
}

// refused is what people call a refusal.
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
		return "Used a dead link to choose a password"
	case namets.CrossSiteRefused:
		return "Refused: sent by a page of another site"
	case namets.RoleRefused:
		return "Refused: the role does not allow it"
	}
	return capital(strings.ReplaceAll(string(kind), "_", " "))
}

// act is what people call an action.
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
	return capital(strings.ReplaceAll(action, "_", " "))
}

// fieldNames lists columns as people read them.
func fieldNames(columns []string) string {
	return strings.ReplaceAll(strings.Join(columns, ", "), "_", " ")
}
