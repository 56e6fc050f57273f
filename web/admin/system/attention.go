package system

import (
	"context"
	"fmt"
	"strings"
	"time"

	"namets/internal/auth"
	"namets/internal/namets"
	"namets/internal/token"
	"namets/web/admin/page"
)

// attentionStore reads what may need attention.
type attentionStore interface {
	// DeliveryStats counts the pending and the failed deliveries.
	DeliveryStats(context.Context) (namets.DeliveryStats, error)
	// ConfirmationStats shows whether people wait for an e-mail that never comes.
	ConfirmationStats(context.Context) (namets.ConfirmationStats, error)
	// UnsentConfirmations counts the confirmation e-mails that were requested in that time and that
	// n8n did not accept.
	UnsentConfirmations(ctx context.Context, since, before time.Time) (int, error)
	// PrayerSchedules returns active schedules from the day on, by date. Days may be missing.
	PrayerSchedules(ctx context.Context, from namets.Date, limit int) ([]namets.PrayerSchedule, error)
	// Duplicates returns the ids of subscribers who share a mailbox, grouped by mailbox.
	Duplicates(context.Context) ([][]int64, error)
	// Pollers returns the consumers and paths that are asked again and again.
	Pollers(context.Context) ([]namets.Poller, error)
	// RefusedSignIns counts sign-ins that failed or were refused since the given time.
	RefusedSignIns(ctx context.Context, since time.Time) (int, error)
}

// concern is a problem that needs a person.
type concern struct {
	Kind string // bad: it does not work; warn: it will soon stop working
	What string // the problem
	Do   string // the fix
	Path string // path of the page for the fix; empty: not in the admin
}

// Concern is a setting that works but is probably a mistake.
type Concern struct {
	What string // the problem: a sentence
	Do   string // the fix: a sentence
}

const (
	emailAfter   = 2 * time.Minute // age of a pending webhook for an e-mail that somebody waits for
	backupAfter  = 48 * time.Hour  // age of the newest backup
	prayersAhead = 7               // days for which prayer times should be stored
	lateListed   = 3               // programs that are late and have an entry of their own
)

// attention lists the problems that need a person, the worst first.
func (a *Admin) attention(v *page.Visit) ([]concern, error) {
	list := a.aboutHealth(v)
	ill := a.cfg.Health().ill()
	for _, check := range []func(*page.Visit) ([]concern, error){
		a.aboutToken, a.aboutPollers, a.aboutWebhooks, a.aboutConfirmations, a.aboutPrayers, a.aboutBackups,
		a.aboutSettings, a.aboutDuplicates, a.aboutSignIns,
	} {
		more, err := check(v)
		if err != nil && !ill { // the problem is already in the list
			return nil, err
		}
		list = append(list, more...)
	}
	var bad, warn []concern
	for _, c := range list {
		if c.Path != "" {
			c.Path = v.IfOpen(c.Path)
		}
		if c.Kind == "bad" {
			bad = append(bad, c)
		} else {
			warn = append(warn, c)
		}
	}
	return append(bad, warn...), nil
}

func (a *Admin) aboutToken(v *page.Visit) (list []concern, err error) {
	s := a.cfg.Token.Status()
	switch s.State {
	case token.Unknown:
		list = append(list, concern{"bad", "No API token is known, so n8n gets no data.",
			"Open API token for details.", tokenPath})
	case token.Revoked:
		list = append(list, concern{"bad", "The API token was deleted at its source: n8n is refused.",
			"Put a new token there.", tokenPath})
	case token.Degraded:
		list = append(list, concern{"warn", "The source of the API token cannot be read. The last valid token is " +
			"still in force.", "Open API token for details.", tokenPath})
	}
	if s.Doubt != "" {
		list = append(list, concern{"warn", "The API token would be refused if it were new. It is only in force " +
			"because it was accepted earlier: " + s.Doubt + ".",
			"Create a new one under API token, and put it into n8n.", tokenPath})
	}
	if old, ok := stillSent(s); ok {
		list = append(list, concern{"bad", "n8n still sends the API token " + old +
			", which was replaced, and is refused.",
			"Put the new one into its credential, or make another one.", tokenPath})
	}
	return list, nil
}

// stillSent returns the fingerprint of the previous token if requests still use it and none has
// used the new one.
func stillSent(s token.Status) (fingerprint string, ok bool) {
	if s.Fingerprint == "" || len(s.Generations) < 2 || !s.Generations[0].LastUsed.IsZero() {
		return "", false
	}
	before := s.Generations[1]
	return before.Fingerprint, before.Role == token.Retired && before.RefusedSince > 0
}

// lastPoll returns the time of the last API request with a current or earlier token; nil: never.
func lastPoll(s token.Status) *time.Time {
	var last time.Time
	for _, g := range s.Generations {
		if g.LastUsed.After(last) {
			last = g.LastUsed
		}
	}
	if last.IsZero() {
		return nil
	}
	return &last
}

// aboutPollers reports the programs that have stopped asking.
func (a *Admin) aboutPollers(v *page.Visit) (list []concern, err error) {
	all, err := a.store.Pollers(v.Request().Context())
	if err != nil {
		return nil, err
	}
	const do = "Check in n8n whether the workflow is active and what it last reported."
	var late []string
	for _, p := range all {
		if !p.Late {
			continue
		}
		name, path := p.Consumer, consumerPath(p.ConsumerID)
		what := "The consumer " + name + " is late: it usually asks for changes "
		if p.Path != "" {
			name, path = p.Path, n8nPath
			what = "Nothing reads " + name + " any more: it was usually read "
		}
		late = append(late, name)
		list = append(list, concern{"warn", what + namets.Every(p.Usual) + ", and last " +
			page.Relative(p.SeenAt, v.Now()) + ".", do, path})
	}
	if more := len(late) - lateListed; more > 0 {
		return []concern{{"warn", page.Count(len(late)).String() + " workflows have stopped asking for data: " +
			strings.Join(late[:lateListed], ", ") + " and " + page.Count(more).Of("other", "others") + ".", do,
			n8nPath}}, nil
	}
	return list, nil
}

func (a *Admin) aboutWebhooks(v *page.Visit) (list []concern, err error) {
	s, err := a.store.DeliveryStats(v.Request().Context())
	if err != nil {
		return nil, err
	}
	if s.Unreported > 0 {
		list = append(list, concern{"bad", page.Count(s.Unreported).Of("webhook was given up: n8n accepted it",
			"webhooks were given up: n8n accepted them") + " but did not report on every recipient.",
			"Find out in n8n whether the e-mails went out before you send anything again under Deliveries.",
			"/admin/deliveries"})
	}
	if refused := s.Dead - s.Unreported; refused > 0 {
		list = append(list, concern{"bad", page.Count(refused).Of("webhook was given up: n8n did not accept it",
			"webhooks were given up: n8n did not accept them") + " after many attempts.",
			"Fix n8n, then send again under Deliveries.", "/admin/deliveries"})
	}
	if s.Held > 0 {
		list = append(list, concern{"bad", page.Count(s.Held).Of("webhook from before a restore is",
			"webhooks from before a restore are") + " held: it is unknown whether n8n has received them.",
			"Decide whether to send them.", heldPath})
	}
	if s.Waiting > 0 {
		list = append(list, concern{"warn", page.Count(s.Waiting).Of("webhook fails", "webhooks fail") +
			" and will be retried; the oldest one was queued " +
			page.Relative(s.OldestPending, v.Now()) + ".",
			"Open Deliveries to see n8n's responses.", "/admin/deliveries"})
	}
	if s.Pending > 0 && !a.cfg.WebhooksOn {
		list = append(list, concern{"warn", page.Count(s.Pending).Of("webhook waits", "webhooks wait") +
			": no address is set to send them to.",
			"The operator sets N8N_WEBHOOK_URL to the production URL of n8n's Webhook node.", ""})
	}
	return list, nil
}

func (a *Admin) aboutConfirmations(v *page.Visit) ([]concern, error) {
	ctx := v.Request().Context()
	s, err := a.store.ConfirmationStats(ctx)
	if err != nil || s.Waiting == 0 {
		return nil, err
	}
	if s.Ever || !a.cfg.DoubleOptIn {
		now := v.Now()
		unsent, err := a.store.UnsentConfirmations(ctx, now.Add(-namets.ConfirmationLifetime),
			now.Add(-emailAfter))
		if err != nil || unsent == 0 {
			return nil, err
		}
		return []concern{{"bad", page.Count(unsent).Of("person waits", "people wait") +
			" for an e-mail to confirm the subscription: n8n has not accepted the webhook for it.",
			"Open Deliveries to see n8n's responses.", "/admin/deliveries"}}, nil
	}
	return []concern{{"bad", page.Count(s.Waiting).Of("person waits", "people wait") +
		" for an e-mail to confirm the " +
		"subscription, and nobody has ever got one.",
		"n8n has to handle the event subscriber_confirmation and send its confirm_url: read how in the documentation.",
		"/docs/author/subscribing#confirmation"}}, nil
}

func (a *Admin) aboutPrayers(v *page.Visit) ([]concern, error) {
	today := namets.DateOf(v.Now())
	known, err := a.store.PrayerSchedules(v.Request().Context(), today, prayersAhead)
	if err != nil {
		return nil, err
	}
	last := today.AddDays(prayersAhead - 1)
	have := map[namets.Date]bool{}
	for _, s := range known {
		have[s.Date] = true
	}
	missing := 0
	for d := today; d.Compare(last) <= 0; d = d.AddDays(1) {
		if !have[d] {
			missing++
		}
	}
	switch {
	case missing == 0:
		return nil, nil
	case !have[today]:
		return []concern{{"bad", "There are no prayer times for today.", "Enter them, a whole month at once.",
			"/admin/prayer-times"}}, nil
	}
	return []concern{{"warn", fmt.Sprintf("Prayer times are missing for %d of the next %d days.", missing,
		prayersAhead), "Enter them, a whole month at once.", "/admin/prayer-times"}}, nil
}

func (a *Admin) aboutSettings(v *page.Visit) (list []concern, err error) {
	for _, c := range a.cfg.Concerns {
		list = append(list, concern{"warn", c.What, c.Do, ""})
	}
	return list, nil
}

// aboutDuplicates reports mailboxes that are stored more than once.
func (a *Admin) aboutDuplicates(v *page.Visit) ([]concern, error) {
	groups, err := a.store.Duplicates(v.Request().Context())
	if err != nil || len(groups) == 0 {
		return nil, err
	}
	return []concern{{"warn", page.Count(len(groups)).Of("mailbox is", "mailboxes are") +
		" stored more than once, in " +
		"different spellings, and every e-mail arrives more than once.",
		"Open one of the subscribers and merge them.", page.RowPath(namets.KindSubscribers, groups[0][0])}}, nil
}

// aboutSignIns tells an owner that somebody is guessing passwords.
func (a *Admin) aboutSignIns(v *page.Visit) ([]concern, error) {
	if !v.May(namets.Owner) {
		return nil, nil
	}
	n, err := a.store.RefusedSignIns(v.Request().Context(), v.Now().Add(-auth.RefusedWithin))
	if err != nil {
		return nil, err
	}
	if !a.cfg.Accounts.Guessing(n) {
		return nil, nil
	}
	what := page.Count(n).Of("sign-in", "sign-ins") + " failed in the last 24 hours, or came too often to be checked."
	if a.cfg.Accounts.Throttling() {
		what = "Sign-ins are being limited: somebody may be guessing passwords. " + what
	}
	return []concern{{"warn", what, "The activity log shows which names were tried and from where. You can still " +
		"sign in with a browser that you have used before.", activityPath}}, nil
}
