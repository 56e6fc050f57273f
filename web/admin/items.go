package admin

import (
	"strconv"
	"unicode/utf8"

	"namets/internal/namets"
)

// perPage is how many rows lists of content, deliveries and activity show.
const perPage = 50

// itemsPage lists announcements or events; its template is items.html.
type itemsPage struct {
	page
	Base, Noun string
	Lead       string
	Time       string // head of the column with the times
	Other      link   // another page that belongs to this one
	Search     field
	Stage      field
	Category   field
	Filtered   bool
	Rows       []itemRow
	Empty      emptyList
	Pager      pager
}

type link struct{ Text, Path string }

type itemRow struct {
	Title, Path string
	Stage       namets.Stage
	Badge       string // a word next to the title; empty: none
	Category    string
	At          when
	Email       bool
}

// filter reads the filter and the place in the list, and fills in the form for it.
func (p *itemsPage) filter(v *visit, categories []option) (f namets.ContentFilter, offset int) {
	f.Search = v.text("q")
	if !utf8.ValidString(f.Search) || len(f.Search) > 200 {
		f.Search = ""
	}
	stages := []option{{Text: "All"}}
	for _, s := range namets.Stages() {
		selected := string(s) == v.FormValue("state")
		if selected {
			f.Stage = s
		}
		stages = append(stages, option{string(s), capital(string(s)), selected})
	}
	choices := []option{{Text: "All"}}
	for _, c := range categories {
		if c.Selected = c.Value == v.FormValue("category"); c.Selected {
			f.Category = c.Value
		}
		choices = append(choices, c)
	}
	p.Search = field{Name: "q", Label: "Search", Value: f.Search, Type: "search", Max: 200}
	p.Stage = field{Name: "state", Label: "State", Brief: true, Options: stages}
	p.Category = field{Name: "category", Label: "Category", Brief: true, Options: choices}
	p.Filtered = f != namets.ContentFilter{}
	number, err := strconv.Atoi(v.FormValue("page"))
	if err != nil || number < 1 || number > 100_000 {
		number = 1
	}
	return f, (number - 1) * perPage
}

// paginate sets the pager and cuts the rows, of which one more than fits was read.
func (p *itemsPage) paginate(v *visit, offset int) {
	query, number := v.Request().URL.Query(), offset/perPage+1
	if len(p.Rows) > perPage {
		p.Rows = p.Rows[:perPage]
		p.Pager.Older = with(p.Base, query, "page", strconv.Itoa(number+1))
	}
	if number > 1 {
		p.Pager.Newer = with(p.Base, query, "page", strconv.Itoa(number-1))
	}
	if len(p.Rows) > 0 {
		p.Pager.Text = count(offset+1).String() + "–" + count(offset+len(p.Rows)).String()
	}
	if p.Filtered || number > 1 {
		p.Empty = emptyList{Title: "Nothing is found", Text: "Nothing matches what you have chosen.",
			Action: "Show all", Path: p.Base}
	}
}
