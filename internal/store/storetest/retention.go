package storetest

import (
	"testing"
	"time"

	"namets/internal/namets"
)

func (su suite) TestPruneAudit_removesOldRows(t *testing.T) {
	db, raw := su.database(t)
	day := func(n int) int64 { return Now().AddDate(0, 0, -n).UnixMicro() }
	for i := range 1203 {
		at := day(401 + i)
		if i < 3 {
			at = day(i * 150)
		}
		if _, err := raw.ExecContext(t.Context(), `insert into audit (at, actor_kind, actor_name, address, action,
			entity, detail)
			values ($1, 'command', 'test', '', 'create', 'patrons', '{}')`, at); err != nil {
			t.Fatal(err)
		}
	}
	removed, steps := 0, 0
	for n := -1; n != 0; steps++ {
		var err error
		if n, err = db.PruneAudit(t.Context(), 400*24*time.Hour); err != nil {
			t.Fatal(err)
		}
		removed += n
	}
	if removed != 1200 || steps < 3 {
		t.Errorf("%d removed in %d steps, want 1200 in some", removed, steps)
	}
	if err := db.RecordAuditPruned(t.Context(), removed); err != nil {
		t.Fatal(err)
	}
	left, err := db.Activity(t.Context(), namets.AuditFilter{})
	if err != nil || len(left) != 4 || left[0].Action != "prune" || left[0].Entity != "audit" {
		t.Errorf("%+v, %v", left, err)
	}
}
