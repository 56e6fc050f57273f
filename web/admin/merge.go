package admin

import (
	"context"
	"net/http"
	"strconv"

	"namets/internal/namets"
)

// mergeStore is what merging two subscribers of one mailbox needs.
type mergeStore interface {
	// Duplicates returns the ids of subscribers who share a mailbox, a group for each.
	Duplicates(context.Context) ([][]int64, error)
	// SameMailbox returns the others of the mailbox of the one with the id. Errors: NotFound.
	SameMailbox(ctx context.Context, id int64) ([]namets.Subscriber, error)
	// MergeSubscribers: NotFound; Conflict for another revision; Invalid when they are not the
	// same mailbox.
	MergeSubscribers(ctx context.Context, by namets.Actor, keep, keepRevision, drop, dropRevision int64) error
}

// sameMailbox is another subscriber with the mailbox of the one that a page shows.
type sameMailbox struct {
	Address, Path string
	Merge         string // the path of the question; empty for those who may not
}

// addSameMailbox names the others of the mailbox, of whom there is hardly ever one.
func (p *subscriberPage) addSameMailbox(v *visit, id int64) error {
	others, err := v.admin.store.SameMailbox(v.Request().Context(), id)
	for _, s := range others {
		same := sameMailbox{Address: v.email(s.Email), Path: subscriberPath(s.ID)}
		if v.may(namets.Editor) {
			same.Merge = mergeQuestion(id, s.ID)
		}
		p.Same = append(p.Same, same)
	}
	return err
}

func mergePath(id int64) string { return subscriberPath(id) + "/merge" }

// mergeQuestion is the path of the page that asks before the other is merged into the subscriber
// with the id.
func mergeQuestion(id, other int64) string {
	return mergePath(id) + "?other=" + strconv.FormatInt(other, 10)
}

// otherID returns the id of the subscriber who is to be merged into the one of the path. Errors:
// not found.
func (v *visit) otherID() (int64, error) {
	id, err := strconv.ParseInt(v.FormValue("other"), 10, 64)
	if err != nil || id <= 0 {
		return 0, &namets.Error{Code: namets.NotFound, Message: "no other subscriber is named"}
	}
	return id, nil
}

// findOther leads to the question about the subscriber who shares the mailbox, when no other one
// is named; and back when there is none.
func (v *visit) findOther(id int64) error {
	others, err := v.admin.store.SameMailbox(v.Request().Context(), id)
	if err != nil {
		return err
	}
	if len(others) == 0 {
		return v.done(subscriberPath(id), "There is nothing to merge: this mailbox is stored once.")
	}
	return v.Redirect(http.StatusSeeOther, mergeQuestion(id, others[0].ID))
}

// confirmMerge says what is kept of two subscribers of one mailbox, and what is not.
func (a *Admin) confirmMerge(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	if v.FormValue("other") == "" {
		return v.findOther(id)
	}
	other, err := v.otherID()
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
		return v.failed(subscriberPath(id), "Nothing was merged: the two do not have the same mailbox.")
	}
	hidden := append(seen(revision), hidden{"other", strconv.FormatInt(other, 10)},
		hidden{"other_revision", strconv.FormatInt(otherRevision, 10)})
	return v.confirm("Merge "+gone.Email+" into "+saved.Email, confirmation{
		Lead:   "Both spellings are the same mailbox. One subscriber stays. This cannot be undone.",
		Facts:  mergeFacts(&saved, &gone),
		Action: mergePath(id), Hidden: hidden, Button: "Merge the two", Danger: true, Back: subscriberPath(id),
	})
}

// mergeFacts say what becomes of two subscribers.
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
			". Subscribed to: " + wants(saved.Notify) + ".",
		"Removed: " + gone.Email + ", which is " + activeWord(gone) + ". Subscribed to: " + wants(gone.Notify) + ".",
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

func (a *Admin) merge(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	other, err := v.otherID()
	if err != nil {
		return err
	}
	otherRevision, err := strconv.ParseInt(v.FormValue("other_revision"), 10, 64)
	if err != nil || otherRevision <= 0 {
		otherRevision = -1
	}
	err = a.store.MergeSubscribers(v.Request().Context(), v.actor(), id, v.revision(), other, otherRevision)
	switch {
	case namets.CodeOf(err) == namets.Conflict:
		return v.failed(subscriberPath(id), "Nothing was merged: somebody else has changed one of the two meanwhile. "+
			"Look at them as they are now.")
	case namets.CodeOf(err) == namets.Invalid:
		return v.failed(subscriberPath(id), "Nothing was merged: the two do not have the same mailbox.")
	case err != nil:
		return err
	}
	return v.done(subscriberPath(id), "The two are one subscriber now.")
}

// aboutDuplicates reports mailboxes that are stored more than once.
func (v *visit) aboutDuplicates(ctx context.Context) ([]concern, error) {
	groups, err := v.admin.store.Duplicates(ctx)
	if err != nil || len(groups) == 0 {
		return nil, err
	}
	return []concern{{"warn", count(len(groups)).of("mailbox is", "mailboxes are") + " stored more than once, in " +
		"different spellings, and every e-mail arrives more than once.",
		"Open one of the subscribers and merge them.", subscriberPath(groups[0][0])}}, nil
}
