package auth_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"namets/internal/auth"
)

func TestThrottle_doublesTheDelayUpToAQuarterOfAnHour(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	throttle := auth.NewThrottle(3, 16, func() time.Time { return now })
	var waits []time.Duration
	for len(waits) < 15 {
		wait := throttle.Attempt("k")
		if wait > 0 || len(waits) == 0 { // noted as nothing, or the first
			waits = append(waits, wait)
		}
		now = now.Add(wait)
	}
	want := []time.Duration{0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900}
	for i := range want {
		want[i] *= time.Second
	}
	if diff := cmp.Diff(want, waits); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if wait := throttle.Attempt("another"); wait != 0 {
		t.Errorf("another key waits %v", wait)
	}
}

func TestThrottle_forgets(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	throttle := auth.NewThrottle(1, 16, func() time.Time { return now })
	fail := func() {
		for throttle.Attempt("k") == 0 {
		}
	}
	fail()
	throttle.Succeeded("k")
	if wait := throttle.Attempt("k"); wait != 0 {
		t.Errorf("it waits %v after a success", wait)
	}
	fail()
	now = now.Add(2 * time.Hour)
	if wait := throttle.Attempt("k"); wait != 0 {
		t.Errorf("it waits %v after two hours", wait)
	}
	if wait := throttle.Attempt("k"); wait != 0 {
		t.Errorf("its free attempts have not come back: it waits %v", wait)
	}
}

func TestThrottle_takesAnAttemptBack(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	throttle := auth.NewThrottle(1, 16, func() time.Time { return now })
	for range 10 {
		if wait := throttle.Attempt("k"); wait != 0 {
			t.Fatalf("it waits %v for what was taken back", wait)
		}
		throttle.Withdraw("k")
	}
	throttle.Attempt("k")
	throttle.Attempt("k")
	if wait := throttle.Attempt("k"); wait != time.Second {
		t.Errorf("it waits %v", wait)
	}
}

func TestThrottle_keepsWhoFailsMostWhenOthersCrowdIn(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	throttle := auth.NewThrottle(1, 4, func() time.Time { return now })
	for throttle.Attempt("k") == 0 {
	}
	for i := range 100 {
		throttle.Attempt(fmt.Sprint("other ", i))
	}
	if throttle.Attempt("k") == 0 {
		t.Error("it has forgotten the one who fails most")
	}
}

func TestThrottle_neverWaitsLongerThanAQuarterOfAnHour(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(1_800_000_000, 0)
		throttle := auth.NewThrottle(rapid.IntRange(0, 30).Draw(t, "free"), 8, func() time.Time { return now })
		for range 60 {
			wait := throttle.Attempt("k")
			if wait < 0 || wait > 15*time.Minute {
				t.Fatalf("wait %v", wait)
			}
			now = now.Add(wait * time.Duration(rapid.IntRange(0, 1).Draw(t, "waits")))
		}
	})
}
