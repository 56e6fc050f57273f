package sqlite_test

import (
	"context"
	"testing"

	"namets/internal/namets"
)

// TestRestore_repeatsNoRequest restores a backup that is older than a message which a program has
// sent: its caller, which sends the request again, must not send the message twice.
func TestRestore_repeatsNoRequest(t *testing.T) {
	o := newOutbox(t)
	o.AddSubscriber("amina@example.org")
	path := o.backup()
	send := func(ctx context.Context) (namets.Answer, error) {
		_, _, err := o.SendMessage(ctx, by(), namets.Message{Subject: "S", Body: "B", Everyone: true})
		return namets.Answer{Status: 201, Body: []byte("{}")}, err
	}
	request := namets.RequestKey{Operation: "sendMessage", Key: "k"}
	_, _, err := o.Once(t.Context(), request, send)
	o.Must(err)
	o.WantKinds("before the restore", "admin_message")
	o.restore(path, false)
	if _, replayed, err := o.Once(t.Context(), request, send); !replayed || err != nil {
		t.Errorf("after the restore: replayed %v, %v", replayed, err)
	}
	o.WantKinds("after the restore")
}
