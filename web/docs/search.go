package docs

import (
	"slices"
	"sort"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// maxHits is how many sections a search lists.
const maxHits = 50

// section is a heading of a page with the text under it, up to the next heading.
type section struct {
	page, title string // the page's address and title
	level       int
	heading, id string
	lower       string // heading, title and text in lower case
}

// hit is a section found by a search.
type hit struct {
	Title, Heading string // the heading is empty for the beginning of a page
	Path           string
}

// sectionsOf splits a page into its sections.
func sectionsOf(name string, document ast.Node, source []byte) []section {
	var list []section
	for n := document.FirstChild(); n != nil; n = n.NextSibling() {
		if h, ok := n.(*ast.Heading); ok {
			s := section{page: name, level: h.Level, heading: textOf(h, source)}
			if id, ok := h.AttributeString("id"); ok {
				s.id = string(id.([]byte))
			}
			list = append(list, s)
		}
		if len(list) > 0 {
			last := &list[len(list)-1]
			last.title = list[0].heading
			last.lower += " " + textOf(n, source)
		}
	}
	for i := range list {
		list[i].lower = strings.ToLower(list[i].title + list[i].lower)
	}
	return list
}

// textOf returns the text of a node and its descendants.
func textOf(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the function has no errors
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			b.Write(n.Value(source))
			if n.SoftLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.FencedCodeBlock:
			for i := range n.Lines().Len() {
				line := n.Lines().At(i)
				b.Write(line.Value(source))
			}
		}
		if n.Type() == ast.TypeBlock {
			b.WriteByte(' ')
		}
		return ast.WalkContinue, nil
	})
	return strings.TrimSpace(b.String())
}

// sortSections makes the order independent of map iteration.
func (b *book) sortSections() {
	sort.SliceStable(b.sections, func(i, j int) bool { return b.sections[i].page < b.sections[j].page })
}

// search returns the sections that contain every word of the query, ignoring case; those with all
// words in a heading come first.
func (b *book) search(query string) []hit {
	words := strings.Fields(strings.ToLower(query))
	var inHeading, inText []hit
	for _, s := range b.sections {
		if s.page == "" {
			continue // the table of contents
		}
		h := hit{Title: s.title, Path: Prefix + s.page}
		if s.level > 1 {
			h.Heading, h.Path = s.heading, h.Path+"#"+s.id
		}
		switch {
		case holds(strings.ToLower(s.heading), words):
			inHeading = append(inHeading, h)
		case holds(s.lower, words):
			inText = append(inText, h)
		}
	}
	found := append(inHeading, inText...)
	return found[:min(len(found), maxHits)]
}

// holds reports whether the text contains every word.
func holds(text string, words []string) bool {
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) })
}
