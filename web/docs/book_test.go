package docs

import (
	"strings"
	"testing"
	"testing/fstest"
)

// smallAPI is an OpenAPI document with one operation.
const smallAPI = `{"openapi":"3.1.0","info":{"description":"About it.","version":"1"},
	"servers":[{"url":"https://mosque.example/api/v1"}],
	"paths":{"/rows/{id}":{"patch":{"summary":"Change a row","description":"Only what is sent.","tags":["Rows"],
		"security":[{"token":["content:write","send"]}],
		"parameters":[{"name":"id","in":"path","required":true,"description":"The id",
			"schema":{"type":"integer","minimum":1}},
			{"name":"mode","in":"query","schema":{"type":"string","enum":["a|b","<c>"],"default":"a|b"}}],
		"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Row"}}}},
		"responses":{"200":{"description":"The row","content":{"application/json":{"schema":{"type":"array",
			"items":{"$ref":"#/components/schemas/Row"}}}}}}}}},
	"components":{"schemas":{"Row":{"type":"object","required":["title"],"properties":{
		"id":{"type":"integer","readOnly":true},"title":{"type":"string","maxLength":9,"examples":["it's"]},
		"until":{"type":["string","null"],"format":"date-time","description":"The end"}}}}}}`

func TestReference_showsOperationsAndObjects(t *testing.T) {
	page, err := reference([]byte(smallAPI))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# API reference\n\nAbout it.", "## Rows\n", "### Change a row\n",
		"`PATCH https://mosque.example/api/v1/rows/{id}`", "The token needs `content:write` and `send`.",
		`curl -X PATCH 'https://mosque.example/api/v1/rows/1' -H 'X-N8N-Token: YOUR-TOKEN' ` +
			`-H 'Content-Type: application/json' -d '{"title":"it'\''s"}'`,
		"| `id` | path | whole number; from 1 | The id |", "| `mode` | query | `a\\|b`, `&lt;c>`; default `a\\|b` |  |",
		"| 200 | The row | a list of [Row](#row-object) |", "### Row object\n", "| `id` | whole number; read only |  |",
		"| `until` | date and time or null | The end |", "at most 9 characters"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if _, err := reference([]byte("no JSON")); err == nil {
		t.Error("a document that is none")
	}
}

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
		_, err := newBook(files, "# Contract", []byte(smallAPI))
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestNewBook_givesHeadingsTheAnchorsOfCodeHosts(t *testing.T) {
	b, err := newBook(fstest.MapFS{"README.md": {Data: []byte("# C\n\n## `/readyz` says `token_unknown`\n\n## Ärger, " +
		"2 mal\n\n## x\n\n## X")}}, "# Contract", []byte(smallAPI))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"readyz-says-token_unknown", "ärger-2-mal", "x", "x-1"} {
		if !strings.Contains(string(b.pages[""].html), `id="`+id+`"`) {
			t.Errorf("no heading has the id %s: %s", id, b.pages[""].html)
		}
	}
}
