package namets

// Patron is a supporter of the community, who may receive notifications.
type Patron struct {
	ID          int64
	Name        string
	Designation string
	Bio         string
	Email       string // empty: none
	// HierarchyOrder sorts patrons, lowest first, then by name.
	HierarchyOrder       int64
	IsActive             bool
	ReceiveNotifications bool
	Meta
}

// NewPatron returns a patron with the values of an empty form, after the last one of the list of
// all patrons in their order.
func NewPatron(list []Patron) Patron {
	p := Patron{HierarchyOrder: 1, IsActive: true, ReceiveNotifications: true}
	if len(list) > 0 {
		p.HierarchyOrder = list[len(list)-1].HierarchyOrder + 1
	}
	return p
}

func patronRules() []rule[Patron] {
	return []rule[Patron]{
		line("name", func(t *Patron) string { return t.Name }, required),
		line("designation", func(t *Patron) string { return t.Designation }, optional),
		text("bio", func(t *Patron) string { return t.Bio }, optional),
		address(func(t *Patron) string { return t.Email }, optional),
		authorKey(func(t *Patron) string { return t.Key }),
	}
}

// Validate returns [Problems] if a form must not store t.
func (t *Patron) Validate() error { return t.ValidateChange(nil) }

// ValidateChange is [Patron.Validate] for a change of the stored row was: unchanged fields are not
// checked.
func (t *Patron) ValidateChange(was *Patron) error { return problems(patronRules(), was, t) }
