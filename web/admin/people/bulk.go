package people

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// bulkStore changes many subscribers at once.
type bulkStore interface {
	// SubscriberIDs returns the ids that match the filter, at most limit.
	SubscriberIDs(ctx context.Context, f namets.SubscriberFilter, limit int) ([]int64, error)
	// SubscribersWith returns the subscribers with the ids, without deleted ones.
	SubscribersWith(ctx context.Context, ids []int64) ([]namets.Subscriber, error)
	// ChangeSubscribers returns the number of changed subscribers; ids of deleted ones are ignored.
	ChangeSubscribers(ctx context.Context, by namets.Actor, ids []int64, action namets.BulkAction) (int, error)
}

// maxBulk is the largest number of subscribers that can be changed at once, in one transaction that
// blocks other writes.
const maxBulk = 2000

// bulkVerb describes an action, and whether it removes something.
func bulkVerb(action namets.BulkAction) (verb, past string, danger, ok bool) {
	switch action {
	case namets.BulkActivate:
		return "Activate", "activated", false, true
	case namets.BulkDeactivate:
		return "Deactivate", "deactivated", true, true
	case namets.BulkVerify:
		return "Mark as verified", "marked as verified", false, true
	case namets.BulkDelete:
		return "Delete", "deleted", true, true
	}
	return "", "", false, false
}

// confirmBulk asks the user to confirm an action on the selected subscribers, or on all that match
// the filter.
func (a *Admin) confirmBulk(v *page.Visit) error {
	query, err := url.ParseQuery(v.FormValue("query"))
	if err != nil { // without a filter it would select everybody
		return v.Failed(subscribersPath, "Nothing was changed: select the subscribers again.")
	}
	back := page.With(subscribersPath, query)
	ids, err := a.bulkIDs(v, query)
	if err != nil {
		return err
	}
	switch {
	case len(ids) == 0:
		return v.Failed(back, "Nobody is selected: select subscribers first.")
	case len(ids) > maxBulk:
		return v.Failed(back, "These are too many at once: "+page.Count(maxBulk).String()+" can be changed at once. "+
			"Choose more closely.")
	}
	if v.FormValue("action") == "write" && len(ids) > page.MaxNamed {
		return v.Failed(back, "These are too many to list: write to everyone, or select at most "+
			page.Count(page.MaxNamed).String()+".")
	}
	if v.FormValue("action") == "write" {
		return v.Redirect(http.StatusSeeOther, messageTo(ids))
	}
	action := namets.BulkAction(v.FormValue("action"))
	verb, _, danger, ok := bulkVerb(action)
	if !ok {
		return v.Failed(back, "Choose an action first.")
	}
	people, err := a.store.SubscribersWith(v.Request().Context(), ids)
	if err != nil {
		return err
	}
	whom := page.Count(len(people)).Of("subscriber", "subscribers")
	return v.Confirm(verb+": "+whom, page.Confirmation{
		Lead: verb + " " + whom + "?", Facts: bulkFacts(action, people), Action: subscribersPath + "/bulk/apply",
		Hidden: []page.Hidden{{Name: "action", Value: string(action)}, {Name: "ids", Value: joinIDs(ids)}},
		Button: verb + " (" + whom + ")", Danger: danger, Back: back,
	})
}

// bulkFacts says what an action sends.
func bulkFacts(action namets.BulkAction, people []namets.Subscriber) []string {
	active := 0
	for _, s := range people {
		if s.IsActive {
			active++
		}
	}
	switch action {
	case namets.BulkActivate:
		return []string{page.Count(len(people)-active).Of("is", "are") + " inactive now.",
			"Those who have never been active send a webhook each (subscriber_joined): at most " +
				page.Count(len(people)-active).String() + "."}
	case namets.BulkVerify:
		return []string{"No webhook is sent."}
	}
	facts := []string{"This sends " + page.Count(active).Of("webhook", "webhooks") +
		" (subscriber_unsubscribed), one " +
		"for each who is active now."}
	if action == namets.BulkDelete {
		facts = append(facts, "This cannot be undone.")
	}
	return facts
}

// bulkIDs returns the ids that the form selects, at most one more than the limit.
func (a *Admin) bulkIDs(v *page.Visit, query url.Values) ([]int64, error) {
	if v.FormValue("whom") == "found" {
		return a.store.SubscriberIDs(v.Request().Context(), subscriberFilter(v, query), maxBulk+1)
	}
	form, err := v.FormParams()
	if err != nil {
		return nil, err
	}
	return parseIDs(form["id"]), nil
}

func (a *Admin) applyBulk(v *page.Visit) error {
	ids := parseIDs(strings.Split(v.FormValue("ids"), ","))
	action := namets.BulkAction(v.FormValue("action"))
	_, past, _, ok := bulkVerb(action)
	if !ok || len(ids) == 0 || len(ids) > maxBulk {
		return v.Failed(subscribersPath, "Nothing was changed: select the subscribers and the action again.")
	}
	n, err := a.store.ChangeSubscribers(v.Request().Context(), v.Actor(), ids, action)
	if err != nil {
		return err
	}
	message := page.Count(n).Of("subscriber is", "subscribers are") + " " + past + "."
	if n < len(ids) {
		message += " " + page.Count(len(ids)-n).Of("was", "were") + " so already or gone."
	}
	return v.Done(subscribersPath, message)
}

// parseIDs returns the valid ids among the values without duplicates, at most one more than
// maxBulk.
func parseIDs(values []string) []int64 {
	var ids []int64
	for _, value := range values {
		id, err := strconv.ParseInt(value, 10, 64)
		if err == nil && id > 0 {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	return ids[:min(len(ids), maxBulk+1)]
}

func joinIDs(ids []int64) string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(list, ",")
}
