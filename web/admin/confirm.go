package admin

import "net/http"

// confirmation asks before something that cannot be undone, or that reaches many people, is done.
type confirmation struct {
	page
	// Lead says what will happen, Facts the particulars.
	Lead  string
	Facts []string
	// Action is the path to which the answer is posted, with the Hidden values.
	Action string
	Hidden []hidden
	// Button says what it does: "Delete 12 subscribers". Danger colours it.
	Button string
	Danger bool
	// Back is where no leads.
	Back string
}

// hidden is a value that a form carries along.
type hidden struct{ Name, Value string }

// confirm shows the question. The action that its button posts to must not rely on its having been
// asked.
func (v *visit) confirm(title string, q confirmation) error {
	q.page = v.page(title)
	return v.render(http.StatusOK, "confirm", &q)
}
