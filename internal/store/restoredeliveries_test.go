package store

import (
	"strings"
	"testing"

	"namets/internal/namets"
)

// A new kind of notification may be about any kind of content, also about one without is_active.
func TestStillTrue_asksOnlySubscribersWhetherTheyAreActive(t *testing.T) {
	for _, kind := range namets.ContentKinds() {
		info := namets.NotificationInfo{Subject: kind, Audience: namets.ActiveSubscribers}
		asks := strings.Contains(stillTrue(&info), "is_active")
		if want := kind == namets.KindSubscribers; asks != want {
			t.Errorf("about %s: it looks at is_active: %v, want %v", kind, asks, want)
		}
	}
}
