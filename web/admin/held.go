package admin

import (
	"context"
	"net/http"
	"time"

	"namets/internal/namets"
)

// heldStore is what the page about held deliveries reads and decides.
type heldStore interface {
	// HeldDeliveries counts by kind those that would have gone out before the time.
	HeldDeliveries(ctx context.Context, before time.Time) ([]namets.HeldCount, error)
	// ReleaseHeld sends them and SkipHeld gives them up; both return how many.
	ReleaseHeld(ctx context.Context, by namets.Actor, before time.Time) (int, error)
	SkipHeld(ctx context.Context, by namets.Actor, before time.Time) (int, error)
}

const heldPath = deliveriesPath + "/held"

// heldPage asks what becomes of the deliveries that a restore holds.
type heldPage struct {
	page
	Total  count
	Counts []heldLine
	Faults []fault
	Before field
}

// heldLine counts the held deliveries of one kind.
type heldLine struct {
	What  string
	Count count
	To    string
}

func (a *Admin) held(v *visit) error { return v.showHeld(http.StatusOK, nil) }

func (v *visit) showHeld(status int, faults []fault) error {
	p := &heldPage{page: v.page("Held deliveries"), Faults: faults}
	p.Before = field{Name: "before", Label: "Only those that would have gone out before", Type: "datetime-local",
		Brief: true, Value: v.text("before"),
		Hint: "Leave it empty to decide about all of them. If you know when the old service stopped, choose that " +
			"time and skip those first: what was due before had gone out."}
	if len(faults) > 0 {
		p.Before.Error = faults[0].Message
	}
	counts, err := v.admin.store.HeldDeliveries(v.Request().Context(), afterAll())
	if err != nil {
		return err
	}
	for _, c := range counts {
		p.Counts = append(p.Counts, heldLine{notificationName(c.Kind), count(c.Count),
			count(c.Recipients).of("address", "addresses")})
		p.Total += count(c.Count)
	}
	return v.render(status, "held", p)
}

// afterAll is a time after that of every delivery.
func afterAll() time.Time { return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }

// decideHeld sends the held deliveries or gives them up, as the button says.
func (a *Admin) decideHeld(v *visit) error {
	before := afterAll()
	if text := v.text("before"); text != "" {
		var err error
		if before, err = a.parseTyped(text); err != nil {
			return v.showHeld(http.StatusUnprocessableEntity,
				[]fault{{"before", "Give a date and a time, such as 2026-03-01 09:30."}})
		}
	}
	ctx := v.Request().Context()
	switch v.FormValue("decide") {
	case "release":
		n, err := a.store.ReleaseHeld(ctx, v.actor(), before)
		if err != nil {
			return err
		}
		return v.done(deliveriesPath, count(n).of("delivery is", "deliveries are")+" sent now.")
	case "skip":
		n, err := a.store.SkipHeld(ctx, v.actor(), before)
		if err != nil {
			return err
		}
		return v.done(deliveriesPath, count(n).of("delivery is", "deliveries are")+" skipped.")
	}
	return v.showHeld(http.StatusUnprocessableEntity,
		[]fault{{"", "Choose what happens to them: press one of the two buttons."}})
}
