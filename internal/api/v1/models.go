package v1

import (
	"time"

	"namets/internal/namets"
)

// Row are the members of every row.
type Row struct {
	ID        int64     `json:"id" readOnly:"true" doc:"The id of the row; it never changes"`
	Key       *string   `json:"key" nullable:"true" doc:"The author's own key, unique among the rows of its kind; null if it has none"`
	Revision  int64     `json:"revision" readOnly:"true" doc:"A number that grows with every change of the row"`
	CreatedAt time.Time `json:"created_at" readOnly:"true" doc:"When the row was stored first"`
	UpdatedAt time.Time `json:"updated_at" readOnly:"true" doc:"When the row last changed"`
}

// form returns how rows are written now.
func (a *API) form() *namets.RowForm {
	return &namets.RowForm{Zone: a.zone, Site: a.site, Now: a.now()}
}
