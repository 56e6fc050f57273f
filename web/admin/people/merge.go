package people

import (
	"context"
	"net/http"
	"strconv"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// mergeStore merges two subscribers with the same mailbox.
type mergeStore interface {
	// SameMailbox returns the other subscribers with the mailbox of the subscriber. Errors:
	// NotFound.
	SameMailbox(ctx context.Context, id int64) ([]namets.Subscriber, error)
	// MergeSubscribers: NotFound; Conflict if a stored revision differs; Invalid if the mailboxes
	// differ.
	MergeSubscribers(ctx context.Context, by namets.Actor, keep, keepRevision, drop, dropRevision int64) error
}

// sameMailbox is another subscriber with the mailbox of the subscriber on the page.
type sameMailbox struct {
	Address, Path string
	Merge         string // the path of the confirmation; empty: not allowed
}

// addSameMailbox lists the other subscribers with the mailbox, which are rare.
func (a *Admin) addSameMailbox(v *page.Visit, p *subscriberPage, id int64) error {
	others, err := a.store.SameMailbox(v.Request().Context(), id)
	for _, s := range others {
		same := sameMailbox{Address: v.Email(s.Email), Path: subscriberPath(s.ID)}
		if v.May(namets.Editor) {
			same.Merge = confirmMergePath(id, s.ID)
		}
		p.Same = append(p.Same, same)
	}
	return err
}

func mergePath(id int64) string { return subscriberPath(id) + "/merge" }

// confirmMergePath is the path of the confirmation for merging the other into the subscriber with
// the id.
func confirmMergePath(id, other int64) string {
	return mergePath(id) + "?other=" + strconv.FormatInt(other, 10)
}

// otherID returns the id of the subscriber to merge into the one in the path. Errors: NotFound.
func otherID(v *page.Visit) (int64, error) {
	id, err := strconv.ParseInt(v.FormValue("other"), 10, 64)
	if err != nil || id <= 0 {
		return 0, &namets.Error{Code: namets.NotFound, Message: "no other subscriber is named"}
	}
	return id, nil
}

// findOther redirects to the confirmation for the other subscriber with the mailbox if the form
// names none, and back if there is none.
func (a *Admin) findOther(v *page.Visit, id int64) error {
	others, err := a.store.SameMailbox(v.Request().Context(), id)
	if err != nil {
		return err
	}
	if len(others) == 0 {
		return v.Done(subscriberPath(id), "There is nothing to merge: this mailbox is stored once.")
	}
	return v.Redirect(http.StatusSeeOther, confirmMergePath(id, others[0].ID))
}

// confirmMerge shows what a merge of two subscribers keeps and what it does not.
func (a *Admin) confirmMerge(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	if v.FormValue("other") == "" {
		return a.findOther(v, id)
	}
	other, err := otherID(v)
	if err != nil {
		return err
	}
	saved, revision, err := a.store.Subscriber(v.Request().Context(), id)
	if err != nil {
		return err
	}
	gone, otherRevision, err := a.store.Subscriber(v.Request().Context(), other)
	if err != nil {
		return err
	}
	if id == other || namets.EmailKey(saved.Email) != namets.EmailKey(gone.Email) {
		return v.Failed(subscriberPath(id), "Nothing was merged: the two do not have the same mailbox.")
	}
	hidden := append(page.Seen(revision), page.Hidden{Name: "other", Value: strconv.FormatInt(other, 10)},
		page.Hidden{Name: "other_revision", Value: strconv.FormatInt(otherRevision, 10)})
	return v.Confirm("Merge "+gone.Email+" into "+saved.Email, page.Confirmation{
		Lead:   "Both spellings are the same mailbox. One subscriber stays. This cannot be undone.",
		Facts:  mergeFacts(&saved, &gone),
		Action: mergePath(id), Hidden: hidden, Button: "Merge the two", Danger: true, Back: subscriberPath(id),
	})
}

// mergeFacts describe the result of a merge.
func mergeFacts(saved, gone *namets.Subscriber) []string {
	after := *saved
	after.Merge(gone)
	phone, verified := "no phone number", "not verified"
	if after.Phone != "" {
		phone = "the phone number " + after.Phone
	}
	if after.IsVerified {
		verified = "verified"
	}
	return []string{
		"Kept: " + saved.Email + ", which is " + activeWord(saved) + " and " + verified + ", with " + phone +
			". Subscribed to: " + subscriptions(saved.Notify) + ".",
		"Removed: " + gone.Email + ", which is " + activeWord(gone) +
			". Subscribed to: " + subscriptions(gone.Notify) + ".",
		"The personal link of " + saved.Email + " goes on working; that of " + gone.Email + " stops.",
		"No webhook is sent. To keep the other one instead, open its page and merge from there.",
	}
}

func activeWord(s *namets.Subscriber) string {
	if s.IsActive {
		return "active"
	}
	return "inactive"
}

func (a *Admin) merge(v *page.Visit) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	other, err := otherID(v)
	if err != nil {
		return err
	}
	otherRevision, err := strconv.ParseInt(v.FormValue("other_revision"), 10, 64)
	if err != nil || otherRevision <= 0 {
		otherRevision = -1
	}
	err = a.store.MergeSubscribers(v.Request().Context(), v.Actor(), id, v.Revision(), other, otherRevision)
	switch {
	case namets.CodeOf(err) == namets.Conflict:
		return v.Failed(subscriberPath(id), "Nothing was merged, because somebody else has changed one of the two "+
			"in the meantime. "+
			"Check the current versions.")
	case namets.CodeOf(err) == namets.Invalid:
		return v.Failed(subscriberPath(id), "Nothing was merged: the two do not have the same mailbox.")
	case err != nil:
		return err
	}
	return v.Done(subscriberPath(id), "The two subscribers are merged.")
}
