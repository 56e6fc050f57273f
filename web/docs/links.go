package docs

import (
	"fmt"
	"path"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// linker turns the relative links of a page, which lead to files in the repository, into addresses
// of pages.
type linker struct {
	name     string // of the page
	pictures map[string]picture
	sources  map[string][]byte
}

// visit is an [ast.Walker].
func (l linker) visit(n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	var err error
	switch n := n.(type) {
	case *ast.Link:
		if strings.HasPrefix(string(n.Destination), "https://") {
			n.SetAttributeString("rel", []byte("noopener noreferrer"))
			return ast.WalkContinue, nil
		}
		n.Destination, err = l.page(string(n.Destination))
	case *ast.Image:
		n.SetAttributeString("loading", []byte("lazy"))
		n.Destination, err = l.picture(string(n.Destination))
	}
	return ast.WalkContinue, err
}

// page returns the address of the page that a link leads to, or an error if there is none.
func (l linker) page(link string) ([]byte, error) {
	file, fragment, found := strings.Cut(link, "#")
	if found {
		fragment = "#" + fragment
	}
	if file == "" {
		return []byte(fragment), nil
	}
	target := path.Join(folder, path.Dir(l.name), file)
	name := address(strings.TrimPrefix(target, folder+"/"))
	switch target {
	case contractFile:
		name = contractPage
	case operationsFolder:
		name = operationsPage
	}
	if _, ok := l.sources[name]; !ok {
		return nil, fmt.Errorf("the link to %s leads nowhere", link)
	}
	return []byte(Prefix + name + fragment), nil
}

func (l linker) picture(link string) ([]byte, error) {
	name := path.Join(path.Dir(l.name), link)
	if _, ok := l.pictures[name]; !ok {
		return nil, fmt.Errorf("there is no picture %s", link)
	}
	return []byte(Prefix + name), nil
}

// anchors gives headings the same ids as code hosts do, so that links to them work in both places.
type anchors struct{ used map[string]int }

func newAnchors() *anchors { return &anchors{map[string]int{}} }

// Generate implements goldmark's parser.IDs.
func (a *anchors) Generate(heading []byte, _ ast.NodeKind) []byte {
	id := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r):
			return unicode.ToLower(r)
		}
		return -1
	}, string(util.TrimLeftSpace(util.TrimRightSpace(heading))))
	n := a.used[id]
	a.used[id]++
	if n > 0 {
		id = fmt.Sprintf("%s-%d", id, n)
	}
	return []byte(id)
}

// Put implements goldmark's parser.IDs.
func (a *anchors) Put(id []byte) { a.used[string(id)]++ }
