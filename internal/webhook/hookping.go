package webhook

import (
	"context"
	"crypto/rand"
	"time"

	"namets/internal/namets"
	"namets/internal/secret"
)

// pingPatience is how long a test of a hook waits for the answer, because somebody waits for it.
const pingPatience = 20 * time.Second

// PingHook sends the hook a ping, signed with key, and returns the attempt. It blocks for at most
// 25 seconds. The ping passes the outbox by: nothing repeats it, and it wakes nothing up.
func (w *Worker) PingHook(ctx context.Context, h *namets.Hook, key secret.Value) namets.Attempt {
	client, err := NewClient(ClientConfig{URL: secret.New(h.URL), Now: w.cfg.Now, Transport: w.cfg.HookTransport,
		Keys: func() []secret.Value { return []secret.Value{key} }})
	if err != nil {
		return namets.Attempt{At: w.cfg.Now(), Error: err.Error()}
	}
	ping := namets.NewPing()
	content := namets.HookContent{Type: ping.Kind.Info().Type, Part: 1, Parts: 1,
		Row: func(*namets.RowForm) []byte { return ping.Data }}
	if content.Mail, err = ping.Mail(); err != nil {
		return namets.Attempt{At: w.cfg.Now(), Error: "its text could not be put together"}
	}
	id := "msg_" + rand.Text()
	return client.SendWithin(ctx, pingPatience, id, func(at time.Time) ([]byte, error) {
		return content.Body(w.cfg.Site, id, at.In(w.cfg.Zone), 1)
	}).Attempt
}
