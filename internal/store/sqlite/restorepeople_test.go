package sqlite_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"namets/internal/namets"
)

func TestRestore_returnsNoRevokedRights(t *testing.T) {
	o := newOutbox(t)
	ctx := t.Context()
	users := map[string]int64{}
	for _, u := range []struct {
		name string
		role namets.Role
	}{{"owner", namets.Owner}, {"changed", namets.Owner}, {"deleted", namets.Owner}, {"lowered", namets.Owner},
		{"raised", namets.Viewer}} {
		id, err := o.CreateUser(ctx, by(), u.name, u.role, "old hash")
		o.Must(err)
		users[u.name] = id
	}
	o.Must(o.CreateSession(ctx, by(), namets.Session{Hash: [32]byte{1}, UserID: users["owner"]}))
	_, err := o.InviteUser(ctx, by(), "invited", namets.Editor, [32]byte{2}, o.At.Add(1000*time.Hour))
	o.Must(err)
	o.Must(o.RequestSubscription(ctx, visitor(), namets.SubscriptionRequest{Email: "asks@example.org",
		DoubleOptIn: true},
		"http://namets.example"))
	confirm := o.One()
	_, secret, _ := strings.Cut(string(confirm.Body), "/confirm/")
	secret, _, _ = strings.Cut(secret, `"`)
	secret = strings.Trim(secret, "/")
	if _, err := o.Confirmation(ctx, secret); err != nil {
		t.Fatal(err)
	}
	o.Must(o.ReleaseDeliveries(ctx, confirm.ID))
	path := o.backup()
	o.Must(o.SetPassword(ctx, by(), users["changed"], "new hash"))
	o.Must(o.DeleteUser(ctx, by(), users["deleted"]))
	o.Must(o.ChangeRole(ctx, by(), users["lowered"], namets.Viewer))
	o.Must(o.ChangeRole(ctx, by(), users["raised"], namets.Owner))
	_, err = o.CreateUser(ctx, by(), "new", namets.Editor, "hash")
	o.Must(err)

	report := o.restore(path, false)
	want := []string{
		"kept deleted users 3 deleted", "password users 2 changed", "role users 4 lowered viewer", "switched users 5 " +
			"raised role viewer", "gone users 7 new",
	}
	want[0] = strings.Replace(want[0], "kept deleted", string(namets.RowDeleted), 1)
	if diff := cmp.Diff(want, lines(report)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if hash, err := o.PasswordHash(ctx, users["changed"]); hash != "new hash" || err != nil {
		t.Errorf("the password is %q, %v", hash, err)
	}
	if _, err := o.User(ctx, users["deleted"]); namets.CodeOf(err) != namets.NotFound {
		t.Errorf("the deleted user: %v", err)
	}
	if u, err := o.User(ctx, users["lowered"]); u.Role != namets.Viewer || err != nil {
		t.Errorf("%+v, %v", u, err)
	}
	if _, _, err := o.Session(ctx, [32]byte{1}); namets.CodeOf(err) != namets.NotFound {
		t.Errorf("a session: %v", err)
	}
	if _, err := o.PasswordLink(ctx, [32]byte{2}); namets.CodeOf(err) != namets.NotFound {
		t.Errorf("an invitation: %v", err)
	}
	if _, err := o.Confirmation(ctx, secret); namets.CodeOf(err) != namets.NotFound {
		t.Errorf("a link to confirm (%q): %v", secret, err)
	}
	o.WantKinds("the e-mail with that link")
	list, err := o.Deliveries(ctx, namets.DeliveryFilter{Kind: namets.SubscriberConfirmation})
	o.Must(err)
	if len(list) != 1 || list[0].State != namets.Skipped {
		t.Errorf("got %+v", list)
	}
	content, err := os.ReadFile(o.path)
	o.Must(err)
	if bytes.Contains(content, []byte(secret)) {
		t.Error("the file still contains the secret of a link")
	}
}

func TestRestore_keepsAnOwnerWhoCanSignIn(t *testing.T) {
	o := newOutbox(t)
	first, err := o.CreateUser(t.Context(), by(), "first", namets.Owner, "hash")
	o.Must(err)
	_, err = o.CreateUser(t.Context(), by(), "viewer", namets.Viewer, "hash")
	o.Must(err)
	path := o.backup()
	_, err = o.CreateUser(t.Context(), by(), "second", namets.Owner, "second hash")
	o.Must(err)
	o.Must(o.DeleteUser(t.Context(), by(), first))
	report := o.restore(path, false)
	if diff := cmp.Diff([]string{"kept deleted users 1 first", "owner users 3 second"}, lines(report)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	u, err := o.UserByName(t.Context(), "second")
	o.Must(err)
	if hash, err := o.PasswordHash(t.Context(), u.ID); u.Role != namets.Owner || hash != "second hash" || err != nil {
		t.Errorf("%+v %q, %v", u, hash, err)
	}
}

// confirmLink delivers the confirmation e-mail to the address and returns the secret of its link.
func (o *outbox) confirmLink(email string) string {
	o.T.Helper()
	o.Ask(email, namets.Preferences{Announcements: true})
	for _, body := range o.Deliver() {
		if _, rest, ok := strings.Cut(body, "/confirm/"); ok {
			secret, _, _ := strings.Cut(rest, `"`)
			return strings.Trim(secret, "/")
		}
	}
	o.T.Fatal("there is no confirmation e-mail")
	return ""
}

func TestRestore_keepsNeverWrite(t *testing.T) {
	o := newOutbox(t)
	id := o.AddSubscriber("once@example.org")
	o.AddSubscriber("stays@example.org")
	o.leave(id)
	o.Deliver()
	path := o.backup()
	o.Step(time.Hour)
	for _, email := range []string{"once@example.org", "stays@example.org", "stranger@example.org"} {
		o.Must(o.NeverWrite(t.Context(), visitor(), o.confirmLink(email)))
	}
	o.Deliver()
	report := o.restore(path, false)
	if diff := cmp.Diff([]string{"left subscribers 2 stays@example.org"}, lines(report)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	o.Step(48 * time.Hour)
	for _, email := range []string{"once@example.org", "stays@example.org", "stranger@example.org"} {
		o.Ask(email, namets.Preferences{Announcements: true})
		o.WantKinds(email)
	}
}

func TestRestore_keepsEndedMailing(t *testing.T) {
	o := newOutbox(t)
	bounced, complained := o.AddSubscriber("bounced@example.org"), o.AddSubscriber("complained@example.org")
	o.AddSubscriber("stays@example.org")
	path := o.backup()
	o.Step(time.Hour)
	for id, kind := range map[int64]namets.BounceKind{bounced: namets.HardBounce, complained: namets.Complaint} {
		_, err := o.RecordBounce(t.Context(), by(), id, namets.Bounce{Kind: kind, Detail: "said so"}, false)
		o.Must(err)
	}
	o.Deliver()
	o.Must(o.DeleteSubscriber(t.Context(), by(), complained))
	o.Deliver()
	o.restore(path, false)
	if diff := cmp.Diff([]string{"bounced@example.org", "stays@example.org"}, o.addresses()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s, _, err := o.Subscriber(t.Context(), bounced)
	if o.Must(err); s.IsActive {
		t.Error("an address that bounced gets e-mail again")
	}
	list, err := o.Bounces(t.Context(), bounced)
	if o.Must(err); len(list) != 1 || list[0].Detail != "said so" {
		t.Errorf("its bounces: %+v", list)
	}
	for email, want := range map[string]namets.SuppressionReason{
		"bounced@example.org": namets.SuppressedBounced, "complained@example.org": namets.SuppressedComplaint,
	} {
		got, err := o.Suppression(t.Context(), email)
		if err != nil || got == nil || got.Reason != want || !got.Since.Equal(o.At) {
			t.Errorf("%s: %+v, %v", email, got, err)
		}
	}
}
