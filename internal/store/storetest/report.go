package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

// announced stores an announcement for everybody, delivers it and returns it with its claim.
func (o *Outbox) announced(title string) (namets.Announcement, namets.Claim) {
	o.T.Helper()
	a := o.AddAnnouncement(namets.Announcement{Title: title, PublishAt: o.At, IsActive: true, SendEmail: true})
	c := o.One()
	o.Must(o.RecordOutcomes(o.T.Context(), []namets.Outcome{{ID: c.ID, State: namets.Delivered,
		Recipients: c.Recipients, Attempt: &namets.Attempt{At: o.At, Status: 200}}}))
	return a, c
}

// report reports on a delivery: addresses that begin with "-" were refused.
func (o *Outbox) report(c namets.Claim, addresses ...string) (namets.ReportResult, error) {
	o.T.Helper()
	var r namets.MailReport
	for _, address := range addresses {
		if refused, ok := strings.CutPrefix(address, "-"); ok {
			r.Failed = append(r.Failed, namets.FailedMail{Email: refused, Reason: "no such mailbox"})
		} else {
			r.Sent = append(r.Sent, address)
		}
	}
	return o.RecordReport(o.T.Context(), By(), c.WebhookID, r)
}

// wantReport reports and compares the result.
func (o *Outbox) wantReport(c namets.Claim, sent, refused, missing int, addresses ...string) {
	o.T.Helper()
	got, err := o.report(c, addresses...)
	o.Must(err)
	if want := (namets.ReportResult{Delivery: c.ID, Sent: sent, Refused: refused, Missing: missing}); got != want {
		o.T.Errorf("%v: got %+v, want %+v", addresses, got, want)
	}
}

func (su suite) TestRecordReport_countsEachAddressOnce(t *testing.T) {
	o := su.outbox(t)
	for _, email := range []string{"a@example.org", "b@example.org", "c@example.org"} {
		o.AddSubscriber(email)
	}
	a, c := o.announced("first")
	o.wantReport(c, 0, 0, 3)
	o.wantReport(c, 1, 1, 1, "A@EXAMPLE.org", "a@example.org", "-b@example.org", "-b@example.org")
	if lines := o.Audit(1); lines[0] != `test report deliveries `+fmt.Sprint(c.ID)+` {"sent":1,"refused":1}` {
		t.Errorf("audit: %q", lines)
	}
	before := len(o.Audit(100))
	o.wantReport(c, 1, 1, 1, "a@example.org", "-b@example.org")
	o.wantReport(c, 1, 1, 1, "-a@example.org")
	if after := len(o.Audit(100)); after != before {
		t.Errorf("reports without news wrote %d audit rows", after-before)
	}
	o.Step(time.Minute)
	o.wantReport(c, 2, 1, 0, "b@example.org", "-c@example.org", "-a@example.org")
	counts, err := o.MailCounts(t.Context(), namets.KindAnnouncements, a.ID)
	o.Must(err)
	want := map[namets.NotificationKind]namets.MailCounts{namets.AnnouncementCreated: {Sent: 2, Refused: 1}}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if got, err := o.DeliveryMailCounts(t.Context(), c.ID); got != want[namets.AnnouncementCreated] || err != nil {
		t.Errorf("counts of the delivery: %+v, %v", got, err)
	}
}

func (su suite) TestRecordReport_refusesWhatIsNoRecipient(t *testing.T) {
	o := su.outbox(t)
	o.AddSubscriber("a@example.org")
	_, c := o.announced("first")
	_, err := o.RecordReport(t.Context(), By(), c.WebhookID, namets.MailReport{
		Sent:   []string{"a@example.org", "nobody@example.org", ""},
		Failed: []namets.FailedMail{{Email: "a@example.org"}, {Email: "other@example.org\x00"}}})
	p, ok := errors.AsType[namets.Problems](err)
	if !ok || len(p) != 3 || p[0].Field != "sent/1" || p[1].Field != "sent/2" || p[2].Field != "failed/1/email" {
		t.Errorf("got %v", err)
	}
	if err != nil && strings.Contains(err.Error(), "@") {
		t.Errorf("%v contains an address", err)
	}
	o.wantReport(c, 0, 0, 1)
	_, err = o.RecordReport(t.Context(), By(), "msg_none", namets.MailReport{})
	WantCode(t, "an unknown webhook-id", err, namets.NotFound, "")

	o.wantReport(c, 1, 0, 0, "a@example.org")
	o.Step(8 * 24 * time.Hour)
	_, err = o.PruneDeliveries(t.Context(), 90*24*time.Hour)
	o.Must(err)
	o.wantReport(c, 1, 0, 0, "a@example.org") // known without the body
	_, err = o.report(c, "b@example.org")
	WantCode(t, "after the body", err, namets.Conflict, "")
	o.Step(90 * 24 * time.Hour)
	_, err = o.PruneDeliveries(t.Context(), 90*24*time.Hour)
	o.Must(err)
	if list, err := o.MailsTo(t.Context(), "a@example.org", 10); len(list) != 0 || err != nil {
		t.Errorf("kept for longer than the delivery: %+v, %v", list, err)
	}
}

func (su suite) TestMailsTo_tellsAPersonsMails(t *testing.T) {
	o := su.outbox(t)
	if list, err := o.MailsTo(t.Context(), "a@example.org", 10); len(list) != 0 || err != nil {
		t.Errorf("before any: %+v, %v", list, err)
	}
	id := o.AddSubscriber("a@example.org")
	o.AddSubscriber("b@example.org")
	a, first := o.announced("first")
	o.wantReport(first, 1, 1, 0, "a@example.org", "-b@example.org")
	sentAt := o.At
	o.Step(time.Hour)
	b, second := o.announced("second")
	o.wantReport(second, 1, 1, 0, "b@example.org", "-a@example.org")
	mails := func(email string) (lines []string) {
		list, err := o.MailsTo(t.Context(), email, 10)
		o.Must(err)
		for _, m := range list {
			if m.Entity != namets.KindAnnouncements || m.EntityID != a.ID && m.EntityID != b.ID || m.At.Before(sentAt) {
				t.Errorf("got %+v", m)
			}
			lines = append(lines, strings.TrimSpace(m.Subject+" "+string(m.Outcome)+" "+m.Reason))
		}
		return lines
	}
	want := []string{"second refused no such mailbox", "first sent"}
	if diff := cmp.Diff(want, mails("A@example.org")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	last, err := o.LastMails(t.Context(), []string{"a@example.org", "B@example.org", "c@example.org"})
	o.Must(err)
	if len(last) != 2 || !last["a@example.org"].Equal(sentAt) || !last["B@example.org"].Equal(o.At) {
		t.Errorf("last mails: %v", last)
	}
	refused, err := o.RefusedMails(t.Context(), namets.AnnouncementCreated, namets.KindAnnouncements, b.ID)
	o.Must(err)
	if len(refused) != 1 || refused[0].Subscriber != id || refused[0].Email != "a@example.org" ||
		refused[0].Reason != "no such mailbox" || !refused[0].At.Equal(o.At) {
		t.Errorf("refused: %+v", refused)
	}

	o.Must(o.UpdateSubscriber(t.Context(), By(), id, 0, namets.SubscriberPatch{Email: ptr("new@example.org")}))
	if diff := cmp.Diff(want, mails("new@example.org")); diff != "" || len(mails("a@example.org")) != 0 {
		t.Errorf("under the new address (-want +got):\n%s", diff)
	}
}

func (su suite) TestReports_areForgottenWithThePerson(t *testing.T) {
	o := su.outbox(t)
	id := o.AddSubscriber("a@example.org")
	patron, err := o.CreatePatron(t.Context(), By(), namets.Patron{Name: "A", Email: "A@example.org", IsActive: true})
	o.Must(err)
	o.AddSubscriber("b@example.org")
	a, c := o.announced("first")
	o.wantReport(c, 1, 0, 1, "b@example.org")
	o.wantReport(c, 1, 1, 0, "-a@example.org")
	has := func(when string, want int) {
		t.Helper()
		list, err := o.MailsTo(t.Context(), "a@example.org", 10)
		o.Must(err)
		if len(list) != want {
			t.Errorf("%s: %+v", when, list)
		}
		counts, err := o.MailCounts(t.Context(), namets.KindAnnouncements, a.ID)
		o.Must(err)
		if got := counts[namets.AnnouncementCreated]; got != (namets.MailCounts{Sent: 1, Refused: 1}) {
			t.Errorf("%s: counts %+v", when, got)
		}
	}
	o.Must(o.DeleteSubscriber(t.Context(), By(), id))
	has("while a patron has the address", 1)
	o.Must(o.DeletePatron(t.Context(), By(), patron))
	has("after both", 0)
	var reasons int
	o.Must(o.SQL().QueryRowContext(t.Context(), `select count(*) from delivery_reports where reason <> ''`).
		Scan(&reasons))
	if reasons != 0 {
		t.Error("the reason is still stored")
	}
	o.wantReport(c, 1, 1, 0, "-a@example.org", "b@example.org") // late, and again
	has("after a late report", 0)
	o.AddSubscriber("a@example.org")
	o.wantReport(c, 2, 0, 0, "a@example.org")
	if list, err := o.MailsTo(t.Context(), "a@example.org", 10); len(list) != 0 || err != nil {
		t.Errorf("who comes back starts again: %+v, %v", list, err)
	}
}

func (su suite) TestIsReportKey(t *testing.T) {
	o := su.outbox(t)
	is := func(id, key string) bool {
		ok, err := o.IsReportKey(t.Context(), id, key)
		o.Must(err)
		return ok
	}
	if is("msg_1", "") || is("msg_1", "AAAA") {
		t.Error("a key before there is one")
	}
	key, err := o.ReportKey(t.Context(), "msg_1")
	o.Must(err)
	again, err := o.ReportKey(t.Context(), "msg_1")
	o.Must(err)
	text := key.Reveal()
	if !key.Equal(again) || len(text) != 43 {
		t.Errorf("keys of %d and %d characters", len(text), len(again.Reveal()))
	}
	if !is("msg_1", text) || is("msg_2", text) || is("msg_1", text[1:]) || is("msg_1", "%"+text[1:]) ||
		is("msg_1", text+"=") {
		t.Error("the wrong keys are accepted")
	}
}
