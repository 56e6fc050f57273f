package storetest

import (
	"fmt"
	"testing"
	"time"

	"namets/internal/namets"
)

// refusals returns the audit rows of refusals, oldest first.
func (o *Outbox) refusals() (list []namets.AuditEntry) {
	o.T.Helper()
	all, err := o.Activity(o.T.Context(), namets.AuditFilter{Limit: 1000})
	o.Must(err)
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Times > 0 {
			list = append(list, all[i])
		}
	}
	return list
}

func (o *Outbox) refuse(r namets.Refusal) {
	o.T.Helper()
	r.First, r.Last = o.At, o.At
	o.Must(o.RecordRefusals(o.T.Context(), []namets.Refusal{r}))
}

func (su suite) TestRefusals_shareOneRowPerNameNetworkAndHour(t *testing.T) {
	o := su.outbox(t)
	o.At = time.Date(2026, 3, 1, 9, 10, 0, 0, time.UTC)
	first := o.At
	r := namets.Refusal{Kind: namets.SignInFailed, UserID: 7, User: "admin", Network: "192.0.0.0/16",
		Address: "192.0.2.1", Count: 1}
	o.refuse(r)
	o.Step(time.Minute)
	r.Count = 5
	o.refuse(r)
	o.Must(o.RecordRefusals(t.Context(), nil))
	list := o.refusals()
	if len(list) != 1 || list[0].Times != 6 || !list[0].At.Equal(first) || list[0].LastAt == nil ||
		!list[0].LastAt.Equal(o.At) ||
		list[0].By != (namets.Actor{Kind: namets.Visitor, Name: "admin", Address: "192.0.2.1"}) ||
		list[0].EntityID != 7 {
		t.Fatalf("got %+v", list)
	}
	r.Address = "192.0.77.1"
	o.refuse(r)
	r.UserID, r.User = 0, ""
	o.refuse(r)
	r.Kind = namets.SignInThrottled
	o.refuse(r)
	o.Step(time.Hour)
	o.refuse(r)
	list = o.refusals()
	if len(list) != 4 || list[0].Times != 11 || list[0].By.Address != "192.0.0.0/16" ||
		list[1].By.Name != namets.UnknownName {
		t.Errorf("got %+v", list)
	}
	for since, want := range map[time.Duration]int{2 * time.Hour: 26, 59 * time.Minute: 5} {
		if n, err := o.RefusedSignIns(t.Context(), o.At.Add(-since)); err != nil || n != want {
			t.Errorf("since %v: %d, %v, want %d", since, n, err, want)
		}
	}
}

func (su suite) TestRefusals_ofAnAttackAddFewRowsPerHour(t *testing.T) {
	o := su.outbox(t)
	o.At = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for i := range 20 {
		var batch []namets.Refusal
		for j := range 100 {
			network := fmt.Sprintf("%d.%d.0.0/16", 1+i, j)
			batch = append(batch, namets.Refusal{Kind: namets.SignInFailed, Network: network, Address: network,
				Count: 1, First: o.At, Last: o.At})
		}
		o.Must(o.RecordRefusals(t.Context(), batch))
		o.Must(o.DB.Close())
		o.Open() // a restart must not start new rows
	}
	o.refuse(namets.Refusal{Kind: namets.RoleRefused, UserID: 3, User: "hauwa", Route: "POST /admin/users",
		Network: "192.0.0.0/16", Count: 1})
	list := o.refusals()
	total := 0
	for _, e := range list {
		total += e.Times
	}
	if len(list) != 42 || total != 2001 {
		t.Errorf("%d rows with a total of %d", len(list), total)
	}
	if e := list[41]; e.Action != "role_refused" || e.By.Kind != namets.SignedIn || e.By.Name != "hauwa" ||
		e.Reason != "POST /admin/users" {
		t.Errorf("got %+v", e)
	}
}
