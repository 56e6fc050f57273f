package webtest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"namets/web/webtest"
)

const page = `<!doctype html><title>T</title>
<main><form id=f><p class="field bad">One <b>two</b>
three</p><input name=email type=email required><a href="/x.html#y">go</a></form></main>
<p class=field>out</p>`

func TestAll_findsBySelector(t *testing.T) {
	doc := webtest.Parse(t, strings.NewReader(page))
	tests := []struct {
		selector string
		want     int
	}{
		{"p", 2}, {".field", 2}, {"p.field.bad", 1}, {"#f", 1}, {"form#f .field", 1}, {"main p b", 1},
		{"form main p", 0},
		{"[required]", 1}, {"input[name=email][type=email]", 1}, {"input[type=text]", 0}, {"a[href=/x.html#y]", 1},
		{"title", 1}, {".fiel", 0}, {"div", 0},
	}
	for _, test := range tests {
		if got := len(doc.All(test.selector)); got != test.want {
			t.Errorf("%s: got %d elements, want %d", test.selector, got, test.want)
		}
	}
	if doc.One("form").Has("main") {
		t.Error("an element that surrounds the start must not be found")
	}
}

func TestText_joinsWhiteSpace(t *testing.T) {
	doc := webtest.Parse(t, strings.NewReader(page))
	if got, want := doc.One(".bad").Text(), "One two three"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestInline_namesWhatAPolicyRefuses(t *testing.T) {
	doc := webtest.Parse(t, strings.NewReader(`<style>a{}</style><script src="/a.js"></script><script>1</script>
<p style="color:red" onclick="x()"><a href=" JavaScript:x()">a</a><svg onload=x></svg>`))
	want := []string{"<style> with a body", "<script> with a body", "<p style>", "<p onclick>", "<a href>",
		"<svg onload>"}
	if diff := cmp.Diff(want, doc.Inline()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
