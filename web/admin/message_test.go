package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"namets/internal/namets"
	"namets/web/webtest"
)

// carried returns the hidden fields of the page, as name, value, name, value.
func carried(doc webtest.Node) (fields []string) {
	for _, input := range doc.All("main form input[type=hidden]") {
		fields = append(fields, input.Attr("name"), input.Attr("value"))
	}
	return fields
}

func TestMessage_saysWhomItReachesAndIsSentOnce(t *testing.T) {
	w := newWorld(t)
	w.enrol(3)
	w.post(namets.Editor, "/admin/patrons", patronForm()...)
	for _, test := range []struct {
		name, reach string
		form        []string
	}{
		{"everyone", "4 people", []string{"whom", "everyone"}},
		{"some", "2 people", []string{"whom", "chosen", "recipients", "PERSON1@example.org, person2@example.org"}},
		{"a patron", "1 person", []string{"whom", "chosen", "patron", "1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc := w.page(w.post(namets.Editor, "/admin/message",
				append(test.form, "subject", "Eid", "body", "Line 1\r\nLine 2 <b>")...), http.StatusOK)
			if got := doc.One(".lead strong").Text(); got != test.reach {
				t.Errorf("got reach %q, want %q", got, test.reach)
			}
			before := w.kinds()[namets.AdminMessage]
			for range 2 {
				if rec := w.post(namets.Editor, "/admin/message/send",
					carried(doc)...); rec.Code != http.StatusSeeOther {
					t.Fatalf("got status %d\n%s", rec.Code, rec.Body)
				}
			}
			if got := w.kinds()[namets.AdminMessage] - before; got != 1 {
				t.Errorf("sent twice: %d messages were sent", got)
			}
			again := w.page(w.post(namets.Editor, "/admin/message", append(carried(doc), "again", "yes")...),
				http.StatusOK)
			if again.One("#f-subject").Attr("value") != "Eid" || again.Has("#faults") {
				t.Error("the message is lost when going back")
			}
		})
	}
}

func TestMessage_marksTheFieldAndKeepsTheInput(t *testing.T) {
	w := newWorld(t)
	w.enrol(1)
	for _, test := range []struct {
		field string
		form  []string
	}{
		{"subject", []string{"subject", "", "body", "B", "whom", "everyone"}},
		{"body", []string{"subject", "S", "body", " ", "whom", "everyone"}},
		{"body", []string{"subject", "S", "body", strings.Repeat("a", 20001), "whom", "everyone"}},
		{"recipients", []string{"subject", "S", "body", "B", "whom", "chosen"}},
		{"recipients", []string{"subject", "S", "body", "B", "whom", "chosen", "recipients", "nobody@example.org"}},
	} {
		for _, path := range []string{"/admin/message", "/admin/message/send"} {
			doc := w.page(w.post(namets.Editor, path, test.form...), http.StatusUnprocessableEntity)
			if !doc.Has("#e-"+test.field) || doc.One("#f-subject").Attr("value") != test.form[1] {
				t.Errorf("%s %v: no error at %s, or the input is lost", path, test.form[:2], test.field)
			}
		}
	}
	if n := w.kinds()[namets.AdminMessage]; n != 0 {
		t.Errorf("%d messages were sent", n)
	}
}
