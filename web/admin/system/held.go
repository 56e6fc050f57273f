package system

import (
	"context"
	"net/http"
	"time"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// heldStore reads and releases held deliveries.
type heldStore interface {
	// HeldDeliveries counts by kind the held deliveries that were due before the time.
	HeldDeliveries(ctx context.Context, before time.Time) ([]namets.HeldCount, error)
	// ReleaseHeld sends them and SkipHeld skips them; both return how many.
	ReleaseHeld(ctx context.Context, by namets.Actor, before time.Time) (int, error)
	SkipHeld(ctx context.Context, by namets.Actor, before time.Time) (int, error)
}

const heldPath = deliveriesPath + "/held"

// heldPage asks what to do with the deliveries that a restore holds.
type heldPage struct {
	page.Base
	Total  page.Count
	Counts []heldLine
	Faults []page.Fault
	Before page.Field
}

// heldLine counts the held deliveries of one kind.
type heldLine struct {
	What  string
	Count page.Count
	To    string
}

func (a *Admin) held(v *page.Visit) error { return a.showHeld(v, http.StatusOK, nil) }

func (a *Admin) showHeld(v *page.Visit, status int, faults []page.Fault) error {
	p := &heldPage{Base: v.Page("Held deliveries"), Faults: faults}
	p.Before = page.Field{Name: "before", Label: "Only those that were due before", Type: "datetime-local",
		Brief: true, Value: v.Text("before"),
		Hint: "Leave it empty to decide about all of them. If you know when the old service stopped, enter that " +
			"time and skip those first: what was due before was sent."}
	if len(faults) > 0 {
		p.Before.Error = faults[0].Message
	}
	counts, err := a.store.HeldDeliveries(v.Request().Context(), afterAll())
	if err != nil {
		return err
	}
	for _, c := range counts {
		p.Counts = append(p.Counts, heldLine{c.Kind.Info().Name, page.Count(c.Count),
			page.Count(c.Recipients).Of("address", "addresses")})
		p.Total += page.Count(c.Count)
	}
	return v.Render(status, "held", p)
}

// afterAll is a time after the due time of every delivery.
func afterAll() time.Time { return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }

// decideHeld sends or skips the held deliveries, depending on the button.
func (a *Admin) decideHeld(v *page.Visit) error {
	before := afterAll()
	if text := v.Text("before"); text != "" {
		var err error
		if before, err = v.ParseTyped(text); err != nil {
			return a.showHeld(v, http.StatusUnprocessableEntity,
				[]page.Fault{{Field: "before", Message: "Give a date and a time, such as 2026-03-01 09:30."}})
		}
	}
	ctx := v.Request().Context()
	switch v.FormValue("decide") {
	case "release":
		n, err := a.store.ReleaseHeld(ctx, v.Actor(), before)
		if err != nil {
			return err
		}
		return v.Done(deliveriesPath, page.Count(n).Of("delivery is", "deliveries are")+" sent now.")
	case "skip":
		n, err := a.store.SkipHeld(ctx, v.Actor(), before)
		if err != nil {
			return err
		}
		return v.Done(deliveriesPath, page.Count(n).Of("delivery is", "deliveries are")+" skipped.")
	}
	return a.showHeld(v, http.StatusUnprocessableEntity,
		[]page.Fault{{Field: "", Message: "Choose one of the two buttons."}})
}
