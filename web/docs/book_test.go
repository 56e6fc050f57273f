package docs

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestNewBook_refusesWhatWouldLeadNowhere(t *testing.T) {
	for _, tt := range []struct{ name, file, text, want string }{
		{"link", "author/a.md", "# A\n[b](b.md)", "leads nowhere"},
		{"link out of the folder", "author/a.md", "# A\n[b](../../../LICENSE)", "leads nowhere"},
		{"scheme", "author/a.md", "# A\n[b](javascript:alert(1))", "leads nowhere"},
		{"picture", "author/a.md", "# A\n![b](b.webp)", "no picture"},
		{"title", "author/a.md", "text\n\n# A", ""},
		{"no title", "author/a.md", "text", "title"},
		{"lower title", "author/a.md", "## A", "title"},
		{"kind", "author/a.txt", "x", "neither"},
	} {
		files := fstest.MapFS{"README.md": {Data: []byte("# Contents")}, tt.file: {Data: []byte(tt.text)}}
		_, err := newBook(files, "# Contract")
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestNewBook_givesHeadingsTheAnchorsOfCodeHosts(t *testing.T) {
	b, err := newBook(fstest.MapFS{"README.md": {Data: []byte("# C\n\n## `/readyz` says `token_unknown`\n\n## Ärger, " +
		"2 mal\n\n## x\n\n## X")}}, "# Contract")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"readyz-says-token_unknown", "ärger-2-mal", "x", "x-1"} {
		if !strings.Contains(string(b.pages[""].html), `id="`+id+`"`) {
			t.Errorf("no heading has the id %s: %s", id, b.pages[""].html)
		}
	}
}
