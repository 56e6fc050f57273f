package content

import (
	"namets/internal/namets"
	"namets/web/admin/page"
)

// cancelRoutes returns the routes with which an event is cancelled and revived.
func (a *Admin) cancelRoutes() []page.Route {
	const editor = namets.Editor
	return []page.Route{
		page.Get(eventsPath+"/:id/cancel", editor, a.askCancel),
		page.Post(eventsPath+"/:id/cancel", editor, a.cancelEvent).Demanding("revision"),
		page.Get(eventsPath+"/:id/revive", editor, a.askRevive),
		page.Post(eventsPath+"/:id/revive", editor, a.reviveEvent).Demanding("revision"),
	}
}

// cancelLink returns the link to the question whether to cancel e, or to revive it.
func cancelLink(e *namets.Event) link {
	if e.CancelledAt != nil {
		return link{"Revive this event…", rowPath(eventsPath, e.ID) + "/revive"}
	}
	return link{"Cancel this event…", rowPath(eventsPath, e.ID) + "/cancel"}
}

// askCancel asks the user to confirm that an event is cancelled.
func (a *Admin) askCancel(v *page.Visit) error {
	return a.confirmCancelling(v, "Cancel ", "/cancel", page.Confirmation{
		Lead: "Its page stays and says that the event is cancelled. You can revive it later.",
		Facts: []string{"Programs no longer list it as an upcoming event.",
			"An announcement that is still waiting is not sent.",
			"Workflows that follow cancellations get this one, and may e-mail those to whom the event was announced."},
		Button: "Cancel this event", Danger: true,
	})
}

// askRevive asks the user to confirm that a cancelled event takes place.
func (a *Admin) askRevive(v *page.Visit) error {
	return a.confirmCancelling(v, "Revive ", "/revive", page.Confirmation{
		Lead: "The event takes place after all, and is shown as before.",
		Facts: []string{"If it was to be announced and has not been, its announcement is sent now.",
			"Nobody is told by e-mail that it is no longer cancelled: send a message for that."},
		Button: "Revive this event",
	})
}

// confirmCancelling asks q about the event of the path.
func (a *Admin) confirmCancelling(v *page.Visit, title, action string, q page.Confirmation) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	e, revision, err := a.store.Event(v.Request().Context(), id)
	if err != nil {
		return err
	}
	q.Back = rowPath(eventsPath, id)
	q.Action, q.Hidden = q.Back+action, page.Seen(revision)
	return v.Confirm(title+quoted(e.Title), q)
}

func (a *Admin) cancelEvent(v *page.Visit) error {
	return a.setCancelled(v, true, "The event is cancelled.")
}

func (a *Admin) reviveEvent(v *page.Visit) error {
	return a.setCancelled(v, false, "The event is no longer cancelled.")
}

// setCancelled cancels or revives the revision of an event that the user has seen.
func (a *Admin) setCancelled(v *page.Visit, cancelled bool, message string) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	path, ctx := rowPath(eventsPath, id), v.Request().Context()
	e, _, err := a.store.Event(ctx, id)
	if err != nil {
		return err
	}
	if (e.CancelledAt != nil) == cancelled { // the form was sent twice
		return v.Done(path, message)
	}
	err = a.store.CancelEvent(ctx, v.Actor(), id, v.Revision(), cancelled)
	if namets.CodeOf(err) == namets.Conflict {
		return v.ChangedMeanwhile(path, "changed")
	}
	if err != nil {
		return err
	}
	return v.Done(path, message)
}
