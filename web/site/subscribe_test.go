package site_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"namets/internal/namets"
	"namets/internal/store/sqlite/sqlitetest"
)

const (
	subscribe  = "/communications/subscribe/"
	checkInbox = "/communications/subscribe/check/"
)

func TestSubscribe_leadsFromTheFormToTheListAndOffItAgain(t *testing.T) {
	w := newWorld(t, setting{})
	form := w.page(w.get(subscribe)).One("form[method=post]")
	if form.Attr("action") != subscribe || form.One("input[name=email]").Attr("type") != "email" ||
		len(form.All("input[type=hidden]")) > 0 {
		t.Error("the form is not what it should be")
	}
	w.want("form", w.post(subscribe, "email", " Amina@EXAMPLE.org ", "notify_announcements", "on",
		"notify_events", "true"),
		http.StatusSeeOther, checkInbox)
	w.page(w.get(checkInbox))
	if w.subscribers() != 0 {
		t.Error("the form alone has subscribed somebody")
	}

	link := w.link()
	for range 2 { // a program that looks through e-mails opens it first
		rec := w.get(link)
		doc := w.page(rec)
		if rec.Code != http.StatusOK || !strings.Contains(doc.One("main .lead").Text(), "Amina@example.org") ||
			rec.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("confirm: %d %s", rec.Code, doc.One("main").Text())
		}
		wantTexts(t, doc, "main li", "Announcements", "Events")
	}
	if w.subscribers() != 0 {
		t.Error("looking at the link has subscribed somebody")
	}
	confirmed := w.post(link)
	own := strings.TrimSuffix(confirmed.Header().Get("Location"), "?welcome=1")
	w.want("confirm", confirmed, http.StatusSeeOther, own+"?welcome=1")
	if got := w.kinds(); got != "subscriber_joined" {
		t.Errorf("fired %q", got)
	}

	doc := w.page(w.get(own + "?welcome=1"))
	if doc.One(".notice.good").Text() == "" || len(doc.All("input[checked]")) != 2 {
		t.Error("the personal page does not show what was chosen")
	}
	w.want("preferences", w.post(own, "notify_prayer_changes", "1"), http.StatusSeeOther, own+"?saved=1")
	doc = w.page(w.get(own + "?saved=1"))
	if doc.One("input[checked]").Attr("name") != "notify_prayer_changes" || !doc.Has(".notice.good") {
		t.Error("the personal page does not show what was saved")
	}
	if got := w.kinds(); got != "subscriber_updated" {
		t.Errorf("fired %q", got)
	}

	leave := doc.One("main a").Attr("href")
	doc = w.page(w.get(leave))
	if !strings.Contains(doc.One("main .lead").Text(), "Amina@example.org") || w.subscribers() != 1 {
		t.Error("looking at the page for leaving is not what it should be")
	}
	w.want("leave", w.post(leave), http.StatusSeeOther, "/communications/unsubscribe/done/")
	if got := w.kinds(); got != "subscriber_unsubscribed" || w.subscribers() != 0 {
		t.Errorf("fired %q", got)
	}
	w.want("leaving twice", w.post(leave), http.StatusSeeOther, "/communications/unsubscribe/done/")
	w.page(w.get("/communications/unsubscribe/done/"))
	for _, path := range []string{leave, own, own[:len(own)-2] + "/"} {
		rec := w.get(path)
		w.want(path, rec, http.StatusNotFound, "")
		w.page(rec)
	}
	w.want("saving after leaving", w.post(own), http.StatusNotFound, "")
	w.want("the link again", w.post(link), http.StatusSeeOther, link)
	if rec := w.get(link); rec.Code != http.StatusOK || w.subscribers() != 0 {
		t.Errorf("a used link: %d, %d subscribers", rec.Code, w.subscribers())
	}
}

func TestSubscribe_readsCheckBoxesAsTheSiteBeforeDid(t *testing.T) {
	for value, want := range map[string]bool{
		"": false, "false": false, "False": false, "0": false, "true": true, "on": true, "1": true, "no": true,
		"FALSE": true, " ": true,
	} {
		w := newWorld(t, setting{off: true})
		w.want(value, w.post(subscribe, "email", "a@example.org", "notify_events", value), http.StatusSeeOther,
			"/communications/subscribe/done/")
		if got := fmt.Sprintf(`"preferences":{"announcements":false,"events":%t,"prayer":false}`,
			want); !strings.Contains(strings.Join(w.sent(), ""), got) {
			t.Errorf("%q is not %t", value, want)
		}
	}
}

func TestSubscribe_takesAMultipartFormAndNothingFromTheAddress(t *testing.T) {
	w := newWorld(t, setting{})
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	w.must(m.WriteField("email", "a@example.org"))
	w.must(m.WriteField("notify_events", "on"))
	w.must(m.Close())
	w.want("multipart", w.do("POST", subscribe, body.String(), "Content-Type", m.FormDataContentType()),
		http.StatusSeeOther, checkInbox)
	w.want("in the address", w.post(subscribe+"?email=b@example.org"), http.StatusUnprocessableEntity, "")
	w.want("JSON", w.do("POST", subscribe, `{"email":"b@example.org"}`, "Content-Type", "application/json"),
		http.StatusUnsupportedMediaType, "")
	w.want("broken", w.do("POST", subscribe, "email=%zz"), http.StatusBadRequest, "")
	w.want("too long", w.do("POST", subscribe, "email="+strings.Repeat("a", 33<<10)),
		http.StatusRequestEntityTooLarge, "")
	if n := len(w.sent()); n != 1 {
		t.Errorf("%d webhooks", n)
	}
}

func TestSubscribe_keepsWhatWasTypedWhenSomethingIsWrong(t *testing.T) {
	w := newWorld(t, setting{})
	for _, typed := range []string{
		"", " ", "amina", "amina@", "@example.org", "a b@example.org", "amina@example.org\r\nBcc: all@example.org",
		"a\x00@example.org", "\xff\xfe",
		"<script>alert(1)</script>@example.org", `"><b>@example.org`, strings.Repeat("a", 300) +
			"@example.org", strings.Repeat("é", 5000), "gооgle@example.org",
	} {
		w.step(time.Hour)
		rec := w.post(subscribe, "email", typed, "notify_prayer_changes", "on")
		w.want(typed, rec, http.StatusUnprocessableEntity, "")
		doc := w.page(rec)
		input := doc.One("#email")
		if shown := input.Attr("value"); shown != typed && len(typed) < 100 && utf8.ValidString(typed) &&
			!strings.ContainsAny(typed, "\x00\r") {
			t.Errorf("%q is shown as %q", typed, shown)
		}
		if input.Attr("aria-describedby") != "email-error" || doc.One("#email-error").Text() == "" ||
			!doc.Has("[role=alert]") || doc.Has("script") {
			t.Errorf("%q: the page does not say what is wrong", typed)
		}
		if checked := doc.One("input[checked]"); checked.Attr("name") != "notify_prayer_changes" {
			t.Errorf("%q: the check boxes were not kept", typed)
		}
	}
	if n := len(w.sent()) + w.subscribers(); n != 0 {
		t.Errorf("%d things were stored", n)
	}
}

func TestSubscribe_refusesAFilledTrapAndOnlyThat(t *testing.T) {
	w := newWorld(t, setting{})
	rec := w.post(subscribe, "email", "a@example.org", "comment", "Buy!")
	w.want("filled", rec, http.StatusUnprocessableEntity, "")
	doc := w.page(rec)
	if doc.One("#comment").Attr("value") != "" || doc.One("#email").Attr("value") != "a@example.org" {
		t.Error("a person could not send the form again")
	}
	if n := len(w.sent()); n != 0 {
		t.Error("a program got through")
	}
	w.want("empty", w.post(subscribe, "email", "a@example.org", "comment", ""), http.StatusSeeOther, checkInbox)
	w.want("absent", w.post(subscribe, "email", "b@example.org"), http.StatusSeeOther, checkInbox)
}

func TestSubscribe_answersTheSameWhoeverHasTheAddress(t *testing.T) {
	for _, off := range []bool{false, true} {
		w := newWorld(t, setting{off: off})
		w.subscriber("known@example.org")
		gone := w.subscriber("gone@example.org")
		w.post("/communications/unsubscribe/" + gone.Token.String() + "/")
		w.sent()
		for _, form := range []string{subscribe, "/communications/unsubscribe/"} {
			var first string
			for _, email := range []string{"unknown@example.org", "known@example.org", "gone@example.org"} {
				rec := w.post(form, "email", email)
				h := rec.Header().Clone()
				h.Del("X-Request-Id")
				if got := fmt.Sprint(rec.Code, h, rec.Body); first == "" {
					first = got
				} else if got != first {
					t.Errorf("%s is told apart:\n%s\n%s", email, got, first)
				}
			}
		}
	}
}

func TestSubscribe_isTheSameTwice(t *testing.T) {
	w := newWorld(t, setting{})
	for range 2 {
		w.want("form", w.post(subscribe, "email", "a@example.org"), http.StatusSeeOther, checkInbox)
	}
	link := w.link()
	first, second := w.post(link), w.post(link)
	if first.Code != http.StatusSeeOther || second.Header().Get("Location") != link || w.subscribers() != 1 ||
		w.kinds() != "subscriber_joined" {
		t.Errorf("double click: %d, then %d to %s", first.Code, second.Code, second.Header().Get("Location"))
	}
}

func TestConfirm_explainsALinkThatDoesNotWork(t *testing.T) {
	w := newWorld(t, setting{})
	w.post(subscribe, "email", "a@example.org")
	link := w.link()
	w.want("without its end", w.get(link[:len(link)-1]), http.StatusMovedPermanently, link)
	for _, bad := range []string{link[:len(link)-2] + "/", "/communications/subscribe/confirm/x/",
		"/communications/subscribe/confirm/%00%ff/", strings.ToLower(link)} {
		for _, rec := range []struct {
			got interface{ Result() *http.Response }
		}{{w.get(bad)}, {w.post(bad)}} {
			if code := rec.got.Result().StatusCode; code != http.StatusNotFound {
				t.Errorf("%s: %d", bad, code)
			}
		}
		if text := w.page(w.get(bad)).One("h1").Text(); text != "This link does not work" {
			t.Errorf("%s: %s", bad, text)
		}
	}
	w.step(namets.ConfirmationLifetime)
	w.want("expired", w.post(link), http.StatusNotFound, "")
	if w.subscribers() != 0 {
		t.Error("an expired link has subscribed somebody")
	}
}

func TestForms_areClosedToPagesOfOtherSites(t *testing.T) {
	w := newWorld(t, setting{})
	s := w.subscriber("a@example.org")
	w.post(subscribe, "email", "b@example.org")
	confirm := w.link()
	own, leave := "/communications/preferences/"+s.Token.String()+"/", "/communications/unsubscribe/"+
		s.Token.String()+"/"
	for _, target := range []string{subscribe, "/communications/unsubscribe/", confirm, own, leave} {
		for _, headers := range [][]string{
			{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"},
			{"Sec-Fetch-Site", "same-site"}, {"Origin", "null"},
		} {
			rec := w.do("POST", target, "email=c@example.org", headers...)
			w.want(target, rec, http.StatusForbidden, "")
			w.page(rec)
		}
	}
	if n := len(w.sent()); n != 0 || w.subscribers() != 1 {
		t.Errorf("%d webhooks, %d subscribers", n, w.subscribers())
	}
	w.want("the site's own page", w.do("POST", subscribe, "email=c@example.org", "Origin", "https://namets.example",
		"Sec-Fetch-Site", "same-origin"),
		http.StatusSeeOther, checkInbox)
	rec := w.do("POST", leave, "List-Unsubscribe=One-Click", "Origin", "https://mail.example", "Sec-Fetch-Site",
		"cross-site")
	w.want("one click in an e-mail program", rec, http.StatusOK, "")
	if w.subscribers() != 0 {
		t.Error("one click has not unsubscribed")
	}
	w.want("the same click again", w.do("POST", leave, "List-Unsubscribe=One-Click"), http.StatusOK, "")
}

func TestSubscribe_says503WhenNothingCanBeStored(t *testing.T) {
	w := newWorld(t, setting{driver: sqlitetest.Impatient(t)})
	w.lockDatabase()
	rec := w.post(subscribe, "email", "c@example.org")
	w.want("locked", rec, http.StatusServiceUnavailable, "")
	if rec.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	w.page(rec)
}

func TestSubscribe_takesAsLongWhoeverHasTheAddress(t *testing.T) {
	const pace = 300 * time.Millisecond
	w := newWorld(t, setting{pace: pace})
	w.subscriber("known@example.org")
	for _, form := range []string{subscribe, "/communications/unsubscribe/"} {
		for _, email := range []string{"unknown@example.org", "known@example.org"} {
			start := time.Now()
			w.post(form, "email", email)
			if took := time.Since(start); took < pace {
				t.Errorf("%s for %s took %v", form, email, took)
			}
		}
	}
}

func TestConfirm_offersNeverToWriteAgain(t *testing.T) {
	w := newWorld(t, setting{})
	w.post(subscribe, "email", "amina@example.org", "notify_events", "on")
	link := w.link()
	doc := w.page(w.get(link))
	forms := doc.All("main form[method=post]")
	if len(forms) != 2 || forms[0].Attr("action") != "" || forms[1].One("button").Text() != "Never write to "+
		"this address again" {
		t.Fatalf("the page offers %d forms: %s", len(forms), doc.One("main").Text())
	}
	never := forms[1].Attr("action")
	w.want("a look at its path", w.get(never), http.StatusSeeOther, link)
	w.want("a form without the button", w.post(never), http.StatusSeeOther, link)
	w.want("from another site", w.do("POST", never, "never=yes", "Sec-Fetch-Site", "cross-site"),
		http.StatusForbidden, "")
	w.want("the button", w.post(never, "never", "yes"), http.StatusSeeOther, "/communications/subscribe/never/")
	w.page(w.get("/communications/subscribe/never/"))
	w.want("the link afterwards", w.get(link), http.StatusNotFound, "")
	w.want("twice", w.post(never, "never", "yes"), http.StatusNotFound, "")
	w.step(25 * time.Hour)
	w.want("typed again", w.post(subscribe, "email", "AMINA@example.org"), http.StatusSeeOther, checkInbox)
	if got := w.kinds(); got != "" {
		t.Errorf("fired %q", got)
	}
}
