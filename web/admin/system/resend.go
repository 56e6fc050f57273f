package system

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// resendStore sends the content of a delivery again.
type resendStore interface {
	// ResendReach returns what Resend would do, with the same errors.
	ResendReach(context.Context, namets.Resend) (namets.ResendReach, error)
	// Resend returns the new delivery's id. Errors: NotFound; Conflict if it may not be sent again;
	// Invalid (to) if an address in it was no recipient.
	Resend(ctx context.Context, by namets.Actor, r namets.Resend) (int64, namets.ResendReach, error)
}

// resendPage asks for the recipients of a delivery that is sent again.
type resendPage struct {
	page.Base
	Of       deliveryLine
	Faults   []page.Fault
	Whom, To page.Field
}

func resendPath(id int64) string { return deliveryPath(id) + "/resend" }

// resendForm shows an empty form, or the reason why there is nothing to send.
func (a *Admin) resendForm(v *page.Visit) error { return a.askResend(v, http.StatusOK, nil) }

// askResend shows the form with the input and its problems.
func (a *Admin) askResend(v *page.Visit, status int, cause error) error {
	id, err := v.ID()
	if err != nil {
		return err
	}
	ctx := v.Request().Context()
	all, err := a.store.ResendReach(ctx, namets.Resend{Delivery: id})
	if err != nil {
		return notAgain(v, id, err)
	}
	d, _, err := a.store.Delivery(ctx, id)
	if err != nil {
		return err
	}
	p := &resendPage{Base: v.Page("Send it again to those who did not get it"), Of: a.deliveryLine(v, d)}
	p.Whom = page.Field{Name: "whom", Label: "To whom", Options: []page.Option{
		{Value: "chosen", Text: "Only those named below", Selected: v.FormValue("whom") != "everyone"},
		{Value: "everyone", Text: "Everyone in it: " + page.Count(all.Recipients).Of("person", "people"),
			Selected: v.FormValue("whom") == "everyone"},
	}}
	p.To = page.Field{Name: "to", Label: "Addresses", Value: v.Long("to"), Rows: 6,
		Hint: "One address per line. Each has to be a recipient of this delivery who may still receive it."}
	if cause != nil {
		if p.Faults = page.Blame(cause, &p.Whom, &p.To); p.Faults == nil {
			return cause
		}
	}
	return v.Render(status, "resend", p)
}

// notAgain redirects to the delivery, which says why it cannot be sent again.
func notAgain(v *page.Visit, id int64, err error) error {
	if complaint, ok := errors.AsType[*namets.Error](err); ok && complaint.Code == namets.Conflict {
		return v.Failed(deliveryPath(id), "Nothing was sent: "+complaint.Message+".")
	}
	return err
}

// postedResend reads the form. Errors: NotFound; Invalid if it names no recipients.
func postedResend(v *page.Visit) (namets.Resend, error) {
	id, err := v.ID()
	if err != nil {
		return namets.Resend{}, err
	}
	r := namets.Resend{Delivery: id}
	refuse := func(field, message string) error {
		return &namets.Error{Code: namets.Invalid, Field: field, Message: message}
	}
	switch v.FormValue("whom") {
	case "everyone":
		return r, nil
	case "chosen":
	default:
		return r, refuse("whom", "must be chosen")
	}
	r.To = page.NamedAddresses(v.Long("to"))
	switch {
	case len(r.To) == 0:
		return r, refuse("to", "are missing: enter who is to get it")
	case len(r.To) > page.MaxNamed:
		return r, refuse("to",
			"are more than "+page.Count(page.MaxNamed).String()+": send it to everyone, or in several parts")
	}
	return r, nil
}

// confirmResend shows how many people it reaches, or the problems of the form.
func (a *Admin) confirmResend(v *page.Visit) error {
	r, err := postedResend(v)
	if err != nil {
		return a.badResend(v, r, err)
	}
	reach, err := a.store.ResendReach(v.Request().Context(), r)
	if err != nil {
		return a.badResend(v, r, err)
	}
	facts := []string{"n8n treats it as new: people who already got the e-mail get it a second time."}
	if reach.Left > 0 {
		facts = append(facts,
			"Left out, because they have unsubscribed from it since: "+page.Count(reach.Left).String()+".")
	}
	to := page.Count(reach.Recipients).Of("person", "people")
	return v.Confirm("Send it to "+to+"?", page.Confirmation{
		Lead: "The text of delivery " + strconv.FormatInt(r.Delivery, 10) + " goes to " + to +
			" under a new webhook-id.", Facts: facts,
		Action: resendPath(r.Delivery) + "/send", Button: "Send it to " + to, Back: resendPath(r.Delivery),
		Hidden: []page.Hidden{{Name: "whom", Value: v.FormValue("whom")}, {Name: "to", Value: strings.Join(r.To, "\n")},
			{Name: "people", Value: strconv.Itoa(reach.Recipients)}, {Name: "once", Value: rand.Text()}},
	})
}

// badResend shows the problems of the form, or the reason why the delivery cannot be sent again.
func (a *Admin) badResend(v *page.Visit, r namets.Resend, err error) error {
	if namets.CodeOf(err) == namets.Conflict {
		return notAgain(v, r.Delivery, err)
	}
	return a.askResend(v, http.StatusUnprocessableEntity, err)
}

// resend sends the delivery as confirmed, once even if the form is sent twice. If the number of
// recipients has changed since the confirmation, it asks again.
func (a *Admin) resend(v *page.Visit) error {
	r, err := postedResend(v)
	if err == nil && v.Text("once") == "" {
		err = &namets.Error{Code: namets.Invalid, Message: "check first how many people it reaches"}
	}
	if err != nil {
		return a.badResend(v, r, err)
	}
	ctx := v.Request().Context()
	id, err := v.Once("resend "+v.Text("once"), func() (int64, error) {
		reach, err := a.store.ResendReach(ctx, r)
		if err != nil || v.Text("people") != strconv.Itoa(reach.Recipients) {
			return 0, err
		}
		id, _, err := a.store.Resend(ctx, v.Actor(), r)
		return id, err
	})
	switch {
	case err != nil:
		return a.badResend(v, r, err)
	case id == 0:
		return a.confirmResend(v)
	}
	return v.Done(deliveryPath(id), "It is being sent under a new webhook-id.")
}
