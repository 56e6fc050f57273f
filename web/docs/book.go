package docs

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

const (
	// folder is the location of the pages in the repository; links between them and to the contract
	// are relative.
	folder = "web/docs"
	// contractFile is the contract in the repository, and contractPage the page that shows it.
	contractFile = "internal/api/CONTRACT.md"
	contractPage = "reference/contract"
)

// book is the rendered documentation. It is immutable.
type book struct {
	pages    map[string]page // address under [Prefix], such as "author/connect"; "" is the table of contents
	pictures map[string]picture
	sections []section // of all pages, in the order of their names
}

// page is one Markdown file.
type page struct {
	title, group string
	html         template.HTML
}

// newBook renders all pages. openAPI is the document of the open API. Errors: a broken link, a page
// without a title, a file of another type.
func newBook(files fs.FS, contract string, openAPI []byte) (*book, error) {
	b := &book{pages: map[string]page{}, pictures: map[string]picture{}}
	operations, err := reference(openAPI)
	if err != nil {
		return nil, err
	}
	sources := map[string][]byte{contractPage: []byte(contract), operationsPage: operations}
	err = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if path.Ext(name) != ".md" {
			b.pictures[name], err = newPicture(files, name)
			return err
		}
		sources[address(name)], err = fs.ReadFile(files, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the documentation: %w", err)
	}
	for name, source := range sources {
		if err := b.add(name, source, sources); err != nil {
			return nil, fmt.Errorf("render the documentation: %s: %w", name, err)
		}
	}
	b.sortSections()
	return b, nil
}

// address returns the path of a file's page, under [Prefix].
func address(file string) string {
	if file == contents {
		return ""
	}
	return strings.TrimSuffix(file, ".md")
}

// add renders one page. sources contains all pages.
func (b *book) add(name string, source []byte, sources map[string][]byte) error {
	md := goldmark.New(
		goldmark.WithExtensions(extension.Table),
		goldmark.WithParserOptions(parser.WithAutoHeadingID()),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(&scrolling{}, 100))),
	)
	document := md.Parser().Parse(text.NewReader(source),
		parser.WithContext(parser.NewContext(parser.WithIDs(newAnchors()))))
	links := linker{name: name, pictures: b.pictures, sources: sources}
	if err := ast.Walk(document, links.visit); err != nil {
		return err
	}
	sections := sectionsOf(name, document, source)
	if len(sections) == 0 || sections[0].level != 1 {
		return fmt.Errorf("it does not begin with a title")
	}
	b.sections = append(b.sections, sections...)
	var html bytes.Buffer
	if err := md.Renderer().Render(&html, source, document); err != nil {
		return err
	}
	// Goldmark escapes everything and omits raw HTML; the source is part of the program.
	b.pages[name] = page{sections[0].heading, group(name), template.HTML(html.String())} //nolint:gosec // see above
	return nil
}

// group names the readers of a page.
func group(name string) string {
	if name == operationsPage {
		return "Reference"
	}
	switch path.Dir(name) {
	case "author":
		return "For workflow authors"
	case "committee":
		return "For the committee"
	case "operator":
		return "For operators"
	case "reference":
		return "Reference"
	}
	return ""
}
