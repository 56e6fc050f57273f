package store

import "namets/internal/namets"

func patrons() *table[namets.Patron] {
	type row = namets.Patron
	return &table[row]{
		kind:  namets.KindPatrons,
		title: func(r *row) string { return r.Name },
		columns: []column[row]{
			{name: "id", field: func(r *row) any { return &r.ID }},
			{name: "name", field: func(r *row) any { return &r.Name }},
			{name: "designation", field: func(r *row) any { return &r.Designation }},
			{name: "bio", field: func(r *row) any { return &r.Bio }},
			{name: "email", field: func(r *row) any { return &r.Email }},
			{name: "hierarchy_order", field: func(r *row) any { return &r.HierarchyOrder }},
			{name: "is_active", field: func(r *row) any { return flag{&r.IsActive} }},
			{name: "receive_notifications", field: func(r *row) any { return flag{&r.ReceiveNotifications} }},
		},
	}
}
