package docs

import (
	"fmt"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// scrolling renders tables and code, which may be wider than a phone, in a scrollable element that
// the keyboard can reach.
type scrolling struct{ tables int }

// RegisterFuncs implements [renderer.NodeRenderer].
func (s *scrolling) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(east.KindTable, s.table)
	r.Register(east.KindTableCell, s.cell)
	r.Register(ast.KindFencedCodeBlock, s.code)
}

func (s *scrolling) table(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		s.tables++
		_, err := fmt.Fprintf(w, `<div class="scroll" role="region" aria-label="Table %d" tabindex="0"><table `+
			`class="table">`, s.tables)
		return ast.WalkContinue, err
	}
	_, err := w.WriteString("</table></div>\n")
	return ast.WalkContinue, err
}

// cell renders an empty header cell as a plain cell, because there is nothing to read out for the
// column.
func (s *scrolling) cell(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	tag, scope := "td", ""
	if n.Parent().Kind() == east.KindTableHeader && n.HasChildren() {
		tag, scope = "th", ` scope="col"`
	}
	var err error
	if entering {
		_, err = fmt.Fprintf(w, "<%s%s>", tag, scope)
	} else {
		_, err = fmt.Fprintf(w, "</%s>\n", tag)
	}
	return ast.WalkContinue, err
}

func (s *scrolling) code(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	_, _ = w.WriteString(`<pre tabindex="0"><code>`)
	lines := n.Lines()
	for i := range lines.Len() {
		line := lines.At(i)
		_, _ = w.Write(util.EscapeHTML(line.Value(source)))
	}
	_, err := w.WriteString("</code></pre>\n") // a buffered writer keeps its first error
	return ast.WalkSkipChildren, err
}
