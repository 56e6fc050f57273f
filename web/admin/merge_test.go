package admin_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"namets/internal/namets"
	"namets/web/webtest"
)

// pair stores one mailbox in two spellings, as an earlier version could, and returns both.
func (w *world) pair() (unicode, punycode int64) {
	w.Helper()
	var ids [2]int64
	for i, email := range []string{"zainab@elsewhere.example", "zainab@xn--bcher-kva.example"} {
		s := namets.NewSubscriber(email)
		var err error
		ids[i], err = w.db.CreateSubscriber(w.Context(), namets.Actor{Kind: namets.System}, s)
		w.must(err)
	}
	raw, err := sql.Open("sqlite", "file:"+w.path+"?_pragma=busy_timeout(5000)")
	w.must(err)
	defer raw.Close()
	_, err = raw.ExecContext(w.Context(), `update subscribers set email = 'Zainab@bücher.example',
			email_key = 'zainab@bücher.example',
		email_text = 'zainab@bücher.example', duplicate_key = 'zainab@xn--bcher-kva.example' where id = $1`, ids[0])
	w.must(err)
	return ids[0], ids[1]
}

// mergeLink returns the address of the page's link for merging; empty: none.
func mergeLink(doc webtest.Node) string {
	for _, a := range doc.All("main a") {
		if href := a.Attr("href"); strings.Contains(href, "/merge") {
			return href
		}
	}
	return ""
}

func TestMerge_makesOneSubscriberOfTwoSpellings(t *testing.T) {
	w := newWorld(t)
	w.enrol(1)
	unicode, punycode := w.pair()
	before := len(w.kinds())
	if text := w.page(w.get(namets.Editor, "/admin/"), http.StatusOK).One("main").Text(); !strings.Contains(text,
		"1 mailbox is stored more than once") {
		t.Errorf("the overview lacks the warning: %s", text)
	}
	if w.page(w.get(namets.Editor, "/admin/subscribers/1"), http.StatusOK).Has(".notice") {
		t.Error("a subscriber who is stored once is reported")
	}
	path := fmt.Sprintf("/admin/subscribers/%d", unicode)
	if !w.page(w.get(namets.Editor, "/admin/"), http.StatusOK).Has(".attention a[href=" + path + "]") {
		t.Error("the overview does not link to one of the two")
	}
	if doc := w.page(w.get(namets.Viewer, path), http.StatusOK); mergeLink(doc) != "" ||
		strings.Contains(doc.One(".notice").Text(), "zainab@") {
		t.Error("a viewer may merge, or sees an address")
	}
	link := mergeLink(w.page(w.get(namets.Editor, path), http.StatusOK))
	ask := w.page(w.get(namets.Editor, link), http.StatusOK)
	for _, part := range []string{"Kept: Zainab@bücher.example", "Removed: zainab@xn--bcher-kva.example",
		"personal link", "No webhook"} {
		if !strings.Contains(ask.One("main ul").Text(), part) {
			t.Errorf("the confirmation lacks %q: %s", part, ask.One("main ul").Text())
		}
	}
	form := []string{}
	for _, n := range ask.All("form[method=post] input[type=hidden]") {
		form = append(form, n.Attr("name"), n.Attr("value"))
	}
	w.must(w.db.UpdateSubscriber(w.Context(), namets.Actor{Kind: namets.System}, punycode, 0,
		namets.SubscriberPatch{Phone: new(string)}))
	for _, bad := range [][]string{{}, {"other", fmt.Sprint(punycode)},
		{"other", "1", "revision", "1", "other_revision", "1"}} {
		w.post(namets.Editor, path+"/merge", bad...)
	}
	w.must(w.db.UpdateSubscriber(w.Context(), namets.Actor{Kind: namets.System}, unicode, 0,
		namets.SubscriberPatch{IsVerified: ptr(true)}))
	if text := w.follow(namets.Editor, w.post(namets.Editor, path+"/merge", form...),
		path).One("main").Text(); !strings.Contains(text, "Nothing was merged") {
		t.Errorf("a pair that has changed: %s", text)
	}
	ask = w.page(w.get(namets.Editor, link), http.StatusOK)
	form = form[:0]
	for _, n := range ask.All("form[method=post] input[type=hidden]") {
		form = append(form, n.Attr("name"), n.Attr("value"))
	}
	if doc := w.follow(namets.Editor, w.post(namets.Editor, path+"/merge", form...),
		path); !strings.Contains(doc.One("main").Text(), "two subscribers are merged") || mergeLink(doc) != "" {
		t.Errorf("after merging: %s", doc.One("main").Text())
	}
	w.page(w.get(namets.Editor, fmt.Sprintf("/admin/subscribers/%d", punycode)), http.StatusNotFound)
	if len(w.kinds()) != before {
		t.Error("the merge sent webhooks")
	}
}

func TestMerge_findsTheOtherSubscriberOrRedirectsBack(t *testing.T) {
	w := newWorld(t)
	w.enrol(1)
	unicode, punycode := w.pair()
	path := fmt.Sprintf("/admin/subscribers/%d/merge", unicode)
	res := w.get(namets.Editor, path)
	if want := fmt.Sprintf("%s?other=%d", path, punycode); res.Code != http.StatusSeeOther ||
		res.Header().Get("Location") != want {
		t.Errorf("status %d and Location %q, want 303 and %q", res.Code, res.Header().Get("Location"), want)
	}
	text := w.follow(namets.Editor, w.get(namets.Editor, "/admin/subscribers/1/merge"),
		"/admin/subscribers/1").One("main").Text()
	if !strings.Contains(text, "There is nothing to merge") {
		t.Errorf("a subscriber who is stored once: %s", text)
	}
	itself := fmt.Sprintf("%s?other=%d", path, unicode)
	text = w.follow(namets.Editor, w.get(namets.Editor, itself),
		fmt.Sprintf("/admin/subscribers/%d", unicode)).One("main").Text()
	if !strings.Contains(text, "Nothing was merged") {
		t.Errorf("a subscriber merged into itself: %s", text)
	}
}
