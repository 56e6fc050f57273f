package auth_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/auth"
	"namets/internal/namets"
)

// refusals returns the audit rows of refusals, the oldest first, and the log.
func (d *door) refusals() (list []namets.AuditEntry, log string) {
	d.Helper()
	var text strings.Builder
	d.must(d.accounts.WriteRefusals(d.Context(), slog.New(slog.NewTextHandler(&text, nil))))
	all, err := d.db.Activity(d.Context(), namets.AuditFilter{Limit: 1000})
	d.must(err)
	for _, e := range all {
		if e.Times > 0 {
			list = append([]namets.AuditEntry{e}, list...)
		}
	}
	return list, text.String()
}

func TestSignIn_tellsEveryFailureAndNothingThatWasTyped(t *testing.T) {
	d := newDoor(t, false).withOwner()
	thief := d.browser("192.0.2.1")
	for range 4 {
		_ = thief.signIn("Admin", "a guess at it")
	}
	_ = thief.signIn("my password, typed into the wrong field", right)
	for range 3 {
		_ = thief.signIn("admin", "a guess at it")
	}
	list, log := d.refusals()
	var got []string
	for _, e := range list {
		got = append(got, fmt.Sprint(e.Action, " ", e.By.Name, " ", e.Times, " ", e.By.Address))
	}
	want := "[sign_in_failed admin 6 192.0.2.1 sign_in_failed unknown 1 192.0.2.1 sign_in_throttled admin 1 192.0.2.1]"
	if fmt.Sprint(got) != want {
		t.Errorf("got %v\nwant %s", got, want)
	}
	for _, text := range []string{log, fmt.Sprintf("%+v", list)} {
		if strings.Contains(text, "wrong field") || strings.Contains(text, "guess") {
			t.Errorf("it holds what was typed:\n%s", text)
		}
	}
	if !strings.Contains(log, "reason=sign_in_failed user=admin from=192.0.2.1 route=\"\" count=6") ||
		!strings.Contains(log, "user=unknown") {
		t.Errorf("the log:\n%s", log)
	}
	s := d.accounts.Stats()
	if s.SignedIn != 0 || s.Refused[namets.SignInFailed] != 7 || s.Refused[namets.SignInThrottled] != 1 ||
		!d.accounts.Throttling() {
		t.Errorf("got %+v", s)
	}
	d.now = d.now.Add(time.Hour)
	d.must(thief.signIn("admin", right))
	if d.accounts.Stats().SignedIn != 1 || d.accounts.Throttling() {
		t.Error("a sign-in is not counted, or it still throttles")
	}
}

// TestSignIn_looksAtFewPasswordsFromOneNetwork attacks from a whole /32 at once, with a new /64
// for each guess.
func TestSignIn_looksAtFewPasswordsFromOneNetwork(t *testing.T) {
	d := newDoor(t, false).withOwner()
	owner := d.browser("203.0.113.7")
	d.must(owner.signIn("admin", right))
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			thief := d.browser(fmt.Sprintf("[2001:db8:%x:%x::1]", i%40, i))
			_ = thief.signIn([]string{"admin", "nobody", fmt.Sprint("name ", i)}[i%3], other)
		})
	}
	all.Wait()
	s := d.accounts.Stats()
	if n := s.Refused[namets.SignInFailed]; n > 60 || n < 1 {
		t.Errorf("%d passwords were looked at", n)
	}
	if n := s.Refused[namets.SignInFailed] + s.Refused[namets.SignInThrottled] +
		s.Refused[namets.SignInBusy]; n != 200 {
		t.Errorf("%d of 200 were counted", n)
	}
	owner.address = "[2001:db8:1:1::2]" // in the middle of it
	delete(owner.cookies, "namets")
	d.must(owner.signIn("admin", right))
}

func TestSignIn_knowsABrowserByACookieThatNobodyCanMake(t *testing.T) {
	d := newDoor(t, false).withOwner()
	one, two := d.browser("192.0.2.1"), d.browser("192.0.2.1")
	d.must(one.signIn("admin", right))
	d.must(two.signIn("admin", right))
	browserID := one.cookies["namets-known"].Value
	if browserID == two.cookies["namets-known"].Value {
		t.Error("two browsers have the same mark: one can lock the other out")
	}
	user, err := d.db.UserByName(t.Context(), "admin")
	d.must(err)
	hauwa, err := d.db.CreateUser(t.Context(), namets.Actor{}, "hauwa", namets.Owner, "a hash that no password has")
	d.must(err)
	id, hash, _ := strings.Cut(browserID, ".")
	for what, forged := range map[string]struct {
		browserID string
		user      int64
	}{
		"another user": {browserID, hauwa}, "nobody": {browserID, 0}, "another id": {id + "A." + hash, user.ID},
		"no id":          {"." + hash, user.ID},
		"the hash alone": {hash, user.ID}, "the id alone": {id, user.ID}, "nothing": {"", user.ID},
		"a blank": {browserID + " ", user.ID},
	} {
		if known, err := d.db.KnownBrowser(t.Context(), forged.user, forged.browserID); known || err != nil {
			t.Errorf("%s: known %t, %v", what, known, err)
		}
	}
	// A stolen mark has a budget of its own, which is not that of the user's other browsers.
	thief := d.browser("198.51.100.1")
	thief.cookies["namets-known"] = &http.Cookie{Name: "namets-known", Value: browserID}
	checked := 0
	for range 50 {
		if errors.Is(thief.signIn("admin", other), auth.ErrWrongPassword) {
			checked++
		}
	}
	if checked > 8 {
		t.Errorf("with a stolen mark %d passwords were looked at", checked)
	}
	delete(two.cookies, "namets")
	d.must(two.signIn("admin", right))
}

func TestConfirm_countsByTheSession(t *testing.T) {
	d := newDoor(t, false).withOwner()
	here, stolen := d.browser("192.0.2.1"), d.browser("192.0.2.1")
	d.must(here.signIn("admin", right))
	d.must(stolen.signIn("admin", right))
	user, err := d.db.UserByName(t.Context(), "admin")
	d.must(err)
	confirm := func(b *browser, password string) error {
		return b.visit(func(c echo.Context) error { return d.accounts.Confirm(c, user, password) })
	}
	checked := 0
	for range 30 {
		if errors.Is(confirm(stolen, other), auth.ErrWrongPassword) {
			checked++
		}
	}
	if checked > 8 {
		t.Errorf("%d passwords were looked at", checked)
	}
	d.must(confirm(here, right))
	if list, _ := d.refusals(); len(list) != 2 || list[0].Action != "password_check_failed" ||
		list[0].By.Name != "admin" {
		t.Errorf("got %+v", list)
	}
}

func TestFollowLink_countsDeadLinks(t *testing.T) {
	d := newDoor(t, false).withOwner()
	b := d.browser("192.0.2.1")
	waited := false
	for i := range 30 {
		err := b.visit(func(c echo.Context) error { return d.accounts.FollowLink(c, fmt.Sprint("guess ", i), other) })
		_, wait := errors.AsType[*auth.WaitError](err)
		waited = waited || wait
	}
	if list, _ := d.refusals(); !waited || len(list) != 2 || list[0].Action != "password_link_refused" {
		t.Errorf("waited %t: %+v", waited, list)
	}
}

// TestSignIn_takesAsLongForANameThatNobodyHas compares the processor time of the fastest attempts,
// which a busy machine disturbs least. Without a hash an attempt would take a small fraction of it.
func TestSignIn_takesAsLongForANameThatNobodyHas(t *testing.T) {
	d := newDoor(t, false)
	d.accounts = auth.NewAccounts(d.db, d.sessions, auth.RecommendedCost(), func() time.Time { return d.now })
	d.withOwner()
	if hash, err := d.db.PasswordHash(t.Context(), 1); err != nil ||
		!strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("stored: %.40s, %v", hash, err)
	}
	took := map[string][]time.Duration{}
	for i := range 7 {
		names := []string{"admin", "nobody"}
		if i%2 == 1 { // a busy machine may slow down every second attempt
			slices.Reverse(names)
		}
		for _, name := range names {
			b := d.browser(fmt.Sprintf("10.%d.%d.1", i, len(name)))
			b.cookies["namets-known"] = &http.Cookie{Name: "namets-known", Value: strings.Repeat("A", 26) + "." +
				strings.Repeat("0", 64)}
			began := processorTime()
			if err := b.signIn(name, other); !errors.Is(err, auth.ErrWrongPassword) {
				t.Fatal(err)
			}
			took[name] = append(took[name], processorTime()-began)
			d.now = d.now.Add(time.Minute)
		}
	}
	a, b := slices.Min(took["admin"]), slices.Min(took["nobody"])
	if ratio := float64(a) / float64(b); ratio < 0.6 || ratio > 1.67 {
		t.Errorf("%v for a user, %v for nobody", a, b)
	}
}
