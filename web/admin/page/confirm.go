package page

import "net/http"

// Confirmation asks before something that cannot be undone, or that reaches many people, is done.
type Confirmation struct {
	Base
	// Lead says what will happen, Facts the particulars.
	Lead  string
	Facts []string
	// Action is the path to which the answer is posted, with the Hidden values.
	Action string
	Hidden []Hidden
	// Button says what it does: "Delete 12 subscribers". Danger colours it.
	Button string
	Danger bool
	// Back is where no leads.
	Back string
}

// Hidden is a value that a form carries along.
type Hidden struct{ Name, Value string }

// Confirm shows the question. The action that its button posts to must not rely on its having been
// asked.
func (v *Visit) Confirm(title string, q Confirmation) error {
	q.Base = v.Page(title)
	return v.Render(http.StatusOK, "confirm", &q)
}
