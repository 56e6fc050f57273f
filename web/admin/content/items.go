package content

import (
	"strconv"
	"unicode/utf8"

	"namets/internal/namets"
	"namets/web/admin/page"
)

// itemsPage is the list of announcements or events; its template is items.html.
type itemsPage struct {
	page.Base
	List, Noun string
	Lead       string
	Time       string // header of the column with the times
	Other      link   // link to a related page
	Search     page.Field
	Stage      page.Field
	Category   page.Field
	Filtered   bool
	Rows       []itemRow
	Empty      page.Empty
	Pager      page.Pager
}

type link struct{ Text, Path string }

type itemRow struct {
	Title, Path string
	Stage       namets.Stage
	Badge       string // a word next to the title; empty: none
	Category    string
	At          page.When
	Email       bool
}

// filter reads the filter and the position from the query, and fills in the filter form.
func (p *itemsPage) filter(v *page.Visit, states []namets.Stage,
	categories []page.Option) (f namets.ContentFilter, offset int) {
	f.Search = v.Text("q")
	if !utf8.ValidString(f.Search) || len(f.Search) > 200 {
		f.Search = ""
	}
	stages := []page.Option{{Text: "All"}}
	for _, s := range states {
		selected := string(s) == v.FormValue("state")
		if selected {
			f.Stage = s
		}
		stages = append(stages, page.Option{Value: string(s), Text: page.Capital(string(s)), Selected: selected})
	}
	choices := []page.Option{{Text: "All"}}
	for _, c := range categories {
		if c.Selected = c.Value == v.FormValue("category"); c.Selected {
			f.Category = c.Value
		}
		choices = append(choices, c)
	}
	p.Search = page.Field{Name: "q", Label: "Search", Value: f.Search, Type: "search", Max: 200}
	p.Stage = page.Field{Name: "state", Label: "State", Brief: true, Options: stages}
	p.Category = page.Field{Name: "category", Label: "Category", Brief: true, Options: choices}
	p.Filtered = f != namets.ContentFilter{}
	number, err := strconv.Atoi(v.FormValue("page"))
	if err != nil || number < 1 || number > 100_000 {
		number = 1
	}
	return f, (number - 1) * page.PerPage
}

// paginate sets the pager and truncates the rows, which were read with one row more than a page.
func (p *itemsPage) paginate(v *page.Visit, offset int) {
	query, number := v.Request().URL.Query(), offset/page.PerPage+1
	if len(p.Rows) > page.PerPage {
		p.Rows = p.Rows[:page.PerPage]
		p.Pager.Older = page.With(p.List, query, "page", strconv.Itoa(number+1))
	}
	if number > 1 {
		p.Pager.Newer = page.With(p.List, query, "page", strconv.Itoa(number-1))
	}
	if len(p.Rows) > 0 {
		p.Pager.Text = page.Count(offset+1).String() + "–" + page.Count(offset+len(p.Rows)).String()
	}
	if p.Filtered || number > 1 {
		p.Empty = page.Empty{Title: "Nothing is found", Text: "No results. Try other filters.",
			Action: "Show all", Path: p.List}
	}
}
