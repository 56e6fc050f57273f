package site_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestForms_tellTheClientWhatItSentBroken(t *testing.T) {
	w := newWorld(t, setting{})
	for name, f := range map[string]struct{ kind, body string }{
		"no boundary":        {"multipart/form-data", "email=a@example.org"},
		"another encoding":   {"multipart/form-data; boundary=b", "email=a@example.org"},
		"no end":             {"multipart/form-data; boundary=b", "--b\r\nContent-Disp"},
		"an escape":          {"application/x-www-form-urlencoded", "email=%zz"},
		"a semicolon":        {"application/x-www-form-urlencoded", "email=a@example.org;x=1"},
		"a broken parameter": {"application/x-www-form-urlencoded; charset", "email=a@example.org;"},
	} {
		rec := w.do("POST", subscribe, f.body, "Content-Type", f.kind)
		w.want(name, rec, http.StatusBadRequest, "")
		w.page(rec)
	}
	if got := w.kinds(); got != "" {
		t.Errorf("fired %q", got)
	}
}

func TestForms_doNotCareWhatStandsInTheAddress(t *testing.T) {
	w := newWorld(t, setting{})
	for _, query := range []string{"?a;b", "?%zz", "?email=no", "?comment=filled"} {
		w.want(query, w.post(subscribe+query, "email", "a@example.org"), http.StatusSeeOther, checkInbox)
	}
}

func TestForms_refuseWhatIsNoForm(t *testing.T) {
	w := newWorld(t, setting{})
	token := w.subscriber("a@example.org").Token.String()
	own, leave := "/communications/preferences/"+token+"/", "/communications/unsubscribe/"+token+"/"
	for _, path := range []string{subscribe, own, "/communications/unsubscribe/"} {
		for _, kind := range []string{"application/json", "text/plain", "", ";"} {
			rec := w.do("POST", path, `{"email":"a@example.org","notify_events":true}`, "Content-Type", kind)
			w.want(path+" "+kind, rec, http.StatusUnsupportedMediaType, "")
			if text := w.page(rec).One("main").Text(); !strings.Contains(text, "multipart/form-data") {
				t.Errorf("%s", text)
			}
		}
	}
	if doc := w.page(w.get(own)); len(doc.All("input[checked]")) != 3 {
		t.Error("what is no form has changed the preferences")
	}
	w.want("in capitals", w.do("POST", subscribe, "email=b@example.org", "Content-Type",
		"Application/X-WWW-Form-URLencoded; charset=utf-8"),
		http.StatusSeeOther, checkInbox)
	multipart := "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n"
	w.want("one click, as RFC 8058 prefers it",
		w.do("POST", leave, multipart, "Content-Type", "multipart/form-data; boundary=b", "Sec-Fetch-Site",
			"cross-site"),
		http.StatusOK, "")
}

func TestForms_areTakenWithoutTheSlash(t *testing.T) {
	w := newWorld(t, setting{})
	short := strings.TrimSuffix(subscribe, "/")
	w.want("subscribe", w.post(short, "email", "a@example.org"), http.StatusSeeOther, checkInbox)
	w.want("too large", w.do("POST", short, "email="+strings.Repeat("a", 40_000)), http.StatusRequestEntityTooLarge, "")
	token := w.subscriber("b@example.org").Token.String()
	leave := "/communications/unsubscribe/" + token
	w.want("one click", w.do("POST", leave, "List-Unsubscribe=One-Click", "Sec-Fetch-Site", "cross-site"),
		http.StatusOK, "")
	w.want("left", w.get(leave+"/"), http.StatusNotFound, "")
	w.want("from another site", w.do("POST", short, "email=c@example.org", "Sec-Fetch-Site", "cross-site"),
		http.StatusForbidden, "")
}
