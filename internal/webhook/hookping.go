package webhook

import (
	"context"
	"time"

	"namets/internal/namets"
	"namets/internal/secret"
)

// pingPatience is how long a test of a hook waits for the answer, because somebody waits for it.
const pingPatience = 20 * time.Second

// PingHook sends the hook a ping, signed with key, and returns the attempt. It blocks for at most
// 25 seconds. The ping passes the outbox by: nothing repeats it, and it wakes nothing up.
func (w *Worker) PingHook(ctx context.Context, h *namets.Hook, key secret.Value) namets.Attempt {
	client, err := w.hookClient(h, key)
	if err != nil {
		return namets.Attempt{At: w.cfg.Now(), Error: err.Error()}
	}
	// The receiver may just have closed a kept connection. A ping on it would fail, although a new
	// connection works.
	client.CloseIdle()
	ping := namets.NewPing()
	id := namets.NewWebhookID()
	return client.SendWithin(ctx, pingPatience, id, func(at time.Time) ([]byte, error) {
		mail, err := ping.Mail()
		if err != nil {
			return nil, err
		}
		content := namets.HookContent{Type: ping.Kind.Info().Type, Part: 1, Parts: 1, Mail: mail,
			Row: func(*namets.RowForm) []byte { return ping.Data }}
		return content.Body(w.cfg.Site, id, at.In(w.cfg.Zone), 1)
	}).Attempt
}
