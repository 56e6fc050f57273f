// Package webtest lets tests ask questions about HTML by selector instead of comparing text. Only
// tests import it.
package webtest

import (
	"io"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Node is an element of a page.
type Node struct {
	t    testing.TB
	node *html.Node
}

// Parse reads a whole page.
func Parse(t testing.TB, r io.Reader) Node {
	t.Helper()
	doc, err := html.Parse(r)
	if err != nil {
		t.Fatalf("parse page: %v", err)
	}
	return Node{t, doc}
}

// All returns the elements below n that match the selector, in document order. A selector is one
// or more parts with blanks between them, each inside the one before; a part is a tag name or
// nothing, followed by any number of .class, #id, [attribute] and [attribute=value] without quotes
// and blanks. It is written by hand because that is all that the tests need: a library for CSS
// selectors would be another module for 60 lines.
func (n Node) All(selector string) []Node {
	n.t.Helper()
	parts := strings.Fields(selector)
	if len(parts) == 0 {
		n.t.Fatal("empty selector")
	}
	var found []Node
	for d := range n.node.Descendants() {
		if d.Type == html.ElementNode && matches(d, parts, n.node) {
			found = append(found, Node{n.t, d})
		}
	}
	return found
}

// One returns the only element below n that matches the selector; none or several end the test.
func (n Node) One(selector string) Node {
	n.t.Helper()
	found := n.All(selector)
	if len(found) != 1 {
		n.t.Fatalf("got %d elements for %q, want 1", len(found), selector)
	}
	return found[0]
}

// Has reports whether an element below n matches the selector.
func (n Node) Has(selector string) bool {
	n.t.Helper()
	return len(n.All(selector)) > 0
}

// Text returns the text of n and of what is inside it, runs of white space as one blank.
func (n Node) Text() string {
	var text strings.Builder
	for d := range n.node.Descendants() {
		if d.Type == html.TextNode {
			text.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(text.String()), " ")
}

// Tag returns the element's name in lower case.
func (n Node) Tag() string { return n.node.Data }

// Attr returns the attribute's value, or an empty string when it is not there.
func (n Node) Attr(name string) string {
	value, _ := attr(n.node, name)
	return value
}

// Inline returns what a strict content security policy refuses below n: scripts and styles with a
// body, style attributes, event handlers and javascript: addresses. It is empty for a good page.
func (n Node) Inline() []string {
	var found []string
	for d := range n.node.Descendants() {
		if d.Type != html.ElementNode {
			continue
		}
		if d.Data == "style" || d.Data == "script" && d.FirstChild != nil {
			found = append(found, "<"+d.Data+"> with a body")
		}
		for _, a := range d.Attr {
			script := isAddress(a.Key) && strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:")
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || script {
				found = append(found, "<"+d.Data+" "+a.Key+">")
			}
		}
	}
	return found
}

// isAddress reports whether a browser follows what is in the attribute.
func isAddress(attribute string) bool {
	return attribute == "href" || attribute == "src" || attribute == "action" || attribute == "formaction"
}

// matches reports whether d matches the last of parts and, below root, has ancestors that match
// the others in order.
func matches(d *html.Node, parts []string, root *html.Node) bool {
	last := len(parts) - 1
	if !matchesPart(d, parts[last]) {
		return false
	}
	if last == 0 {
		return true
	}
	for up := d.Parent; up != nil && up != root; up = up.Parent {
		if up.Type == html.ElementNode && matches(up, parts[:last], root) {
			return true
		}
	}
	return false
}

// matchesPart reports whether d matches a part such as "a.button[aria-current=page]".
func matchesPart(d *html.Node, part string) bool {
	end := strings.IndexAny(part, ".#[")
	if end < 0 {
		end = len(part)
	}
	if tag := part[:end]; tag != "" && tag != d.Data {
		return false
	}
	for rest := part[end:]; rest != ""; {
		length := strings.IndexAny(rest[1:], ".#[") + 1
		if rest[0] == '[' { // a value may hold any of these
			length = strings.IndexByte(rest, ']') + 1
		}
		if length <= 0 {
			length = len(rest)
		}
		if !matchesCondition(d, rest[:length]) {
			return false
		}
		rest = rest[length:]
	}
	return true
}

// matchesCondition reports whether d fulfils one of .class, #id, [attribute] and [attribute=value].
func matchesCondition(d *html.Node, condition string) bool {
	name := condition[1:]
	switch condition[0] {
	case '.':
		classes, _ := attr(d, "class")
		for class := range strings.FieldsSeq(classes) {
			if class == name {
				return true
			}
		}
		return false
	case '#':
		id, ok := attr(d, "id")
		return ok && id == name
	}
	name, want, valued := strings.Cut(strings.TrimSuffix(name, "]"), "=")
	got, ok := attr(d, name)
	return ok && (!valued || got == want)
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}
