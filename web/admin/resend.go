package admin

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"namets/internal/namets"
)

// resendStore sends the text of a delivery once more.
type resendStore interface {
	// ResendReach returns what Resend would do, with the same errors.
	ResendReach(context.Context, namets.Resend) (namets.ResendReach, error)
	// Resend returns the new delivery's id. Errors: NotFound; Conflict when it may not go out
	// again; Invalid (to) when somebody who is named was no recipient.
	Resend(ctx context.Context, by namets.Actor, r namets.Resend) (int64, namets.ResendReach, error)
}

// resendPage asks to whom the text of a delivery goes once more.
type resendPage struct {
	page
	Of       deliveryLine
	Faults   []fault
	Whom, To field
}

func resendPath(id int64) string { return deliveryPath(id) + "/resend" }

// resendForm shows an empty form, or why there is nothing to send.
func (a *Admin) resendForm(v *visit) error { return v.askResend(http.StatusOK, nil) }

// askResend shows the form with what was typed and what is wrong with it.
func (v *visit) askResend(status int, cause error) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	ctx := v.Request().Context()
	all, err := v.admin.store.ResendReach(ctx, namets.Resend{Delivery: id})
	if err != nil {
		return v.notAgain(id, err)
	}
	d, _, err := v.admin.store.Delivery(ctx, id)
	if err != nil {
		return err
	}
	p := &resendPage{page: v.page("Send it again to those who did not get it"), Of: v.deliveryLine(d)}
	p.Whom = field{Name: "whom", Label: "To whom", Options: []option{
		{"chosen", "Only those named below", v.FormValue("whom") != "everyone"},
		{"everyone", "Everyone in it: " + count(all.Recipients).of("person", "people"),
			v.FormValue("whom") == "everyone"},
	}}
	p.To = field{Name: "to", Label: "Addresses", Value: v.long("to"), Rows: 6, Hint: "One on each line. Each has to " +
		"be a recipient of this delivery who may still receive it."}
	if cause != nil {
		if p.Faults = blame(cause, &p.Whom, &p.To); p.Faults == nil {
			return cause
		}
	}
	return v.render(status, "resend", p)
}

// notAgain leads back to the delivery, which says why it does not go out once more.
func (v *visit) notAgain(id int64, err error) error {
	if complaint, ok := errors.AsType[*namets.Error](err); ok && complaint.Code == namets.Conflict {
		return v.failed(deliveryPath(id), "Nothing was sent: "+complaint.Message+".")
	}
	return err
}

// postedResend reads the form. Errors: NotFound; Invalid when it does not say to whom.
func (v *visit) postedResend() (namets.Resend, error) {
	id, err := v.id()
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
		return r, refuse("whom", "has to be chosen")
	}
	r.To = strings.FieldsFunc(v.long("to"), func(c rune) bool { return strings.ContainsRune(" \n\r\t,;", c) })
	switch {
	case len(r.To) == 0:
		return r, refuse("to", "are missing: name those who are to get it")
	case len(r.To) > maxWritten:
		return r, refuse("to", "are more than "+count(maxWritten).String()+": send it to everyone, or in several parts")
	}
	return r, nil
}

// confirmResend says how many people it reaches, or what is wrong with the form.
func (a *Admin) confirmResend(v *visit) error {
	r, err := v.postedResend()
	if err != nil {
		return v.badResend(r, err)
	}
	reach, err := a.store.ResendReach(v.Request().Context(), r)
	if err != nil {
		return v.badResend(r, err)
	}
	facts := []string{"n8n treats it as new: people who already got the e-mail get it a second time."}
	if reach.Left > 0 {
		facts = append(facts, "Left out, because they have unsubscribed from it since: "+count(reach.Left).String()+".")
	}
	to := count(reach.Recipients).of("person", "people")
	return v.confirm("Send it to "+to+"?", confirmation{
		Lead: "The text of delivery " + strconv.FormatInt(r.Delivery, 10) + " goes to " + to +
			" under a new webhook-id.", Facts: facts,
		Action: resendPath(r.Delivery) + "/send", Button: "Send it to " + to, Back: resendPath(r.Delivery),
		Hidden: []hidden{{"whom", v.FormValue("whom")}, {"to", strings.Join(r.To, "\n")},
			{"people", strconv.Itoa(reach.Recipients)}, {"once", rand.Text()}},
	})
}

// badResend says what is wrong with the form, or why the delivery does not go out once more.
func (v *visit) badResend(r namets.Resend, err error) error {
	if namets.CodeOf(err) == namets.Conflict {
		return v.notAgain(r.Delivery, err)
	}
	return v.askResend(http.StatusUnprocessableEntity, err)
}

// resend sends what the page before has shown, once although the form comes twice. When it would
// reach another number of people than that page said, it asks again.
func (a *Admin) resend(v *visit) error {
	r, err := v.postedResend()
	if err == nil && v.text("once") == "" {
		err = &namets.Error{Code: namets.Invalid, Message: "look first at how many people it reaches"}
	}
	if err != nil {
		return v.badResend(r, err)
	}
	ctx := v.Request().Context()
	id, err := a.once.do("resend "+v.text("once"), func() (int64, error) {
		reach, err := a.store.ResendReach(ctx, r)
		if err != nil || v.text("people") != strconv.Itoa(reach.Recipients) {
			return 0, err
		}
		id, _, err := a.store.Resend(ctx, v.actor(), r)
		return id, err
	})
	switch {
	case err != nil:
		return v.badResend(r, err)
	case id == 0:
		return a.confirmResend(v)
	}
	return v.done(deliveryPath(id), "It is on its way, under a new webhook-id.")
}
