package webtest

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Values returns what a browser sends of the form n when nobody has touched it: lines without line
// breaks, texts with CRLF, boxes that are ticked, and the choices that are selected.
func (n Node) Values() url.Values {
	values := url.Values{}
	for d := range n.node.Descendants() {
		name, named := attr(d, "name")
		if d.Type != html.ElementNode || !named {
			continue
		}
		value, _ := attr(d, "value")
		switch kind, _ := attr(d, "type"); {
		case d.Data == "input" && (kind == "checkbox" || kind == "radio"):
			if _, checked := attr(d, "checked"); checked {
				values.Add(name, value)
			}
		case d.Data == "input" && kind != "file":
			values.Add(name, strings.NewReplacer("\r", "", "\n", "").Replace(value))
		case d.Data == "textarea":
			values.Add(name, strings.ReplaceAll(raw(d), "\n", "\r\n"))
		case d.Data == "select":
			values.Add(name, selected(d))
		}
	}
	return values
}

// raw returns the text inside d as it is.
func raw(d *html.Node) string {
	var text strings.Builder
	for c := range d.ChildNodes() {
		if c.Type == html.TextNode {
			text.WriteString(c.Data)
		}
	}
	return text.String()
}

// selected returns the value of the selected option, or of the first one.
func selected(d *html.Node) string {
	value, first := "", true
	for o := range d.Descendants() {
		if o.Type != html.ElementNode || o.Data != "option" {
			continue
		}
		if _, is := attr(o, "selected"); is || first {
			value, _ = attr(o, "value")
		}
		first = false
	}
	return value
}
