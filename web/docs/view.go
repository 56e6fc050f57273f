package docs

import (
	"html/template"

	"namets/web"
)

// pageView is a page of the documentation.
type pageView struct {
	web.Page
	Version string
	Group   string // the readers, such as "For operators"; empty on a page for everybody
	Content template.HTML
}

// contentsView is the table of contents, or the result of a search.
type contentsView struct {
	web.Page
	Version string
	Query   string
	Found   []hit
	Content template.HTML
}
