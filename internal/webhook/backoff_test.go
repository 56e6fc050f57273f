package webhook_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"namets/internal/webhook"
)

func TestBackoff_followsTheScheduleWithinAFifth(t *testing.T) {
	for i, want := range []time.Duration{
		5 * time.Second, 30 * time.Second, 2 * time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour,
		5 * time.Hour,
		10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	} {
		for random, factor := range map[float64]float64{0: 0.8, 0.5: 1, 1: 1.2} {
			got, again := webhook.Backoff(i+1, 0, random)
			if !again || got.Round(time.Millisecond) != time.Duration(float64(want)*factor).Round(time.Millisecond) {
				t.Errorf("after %d failures, random %v: %v, %v, want %v of %v", i+1, random, got, again, factor, want)
			}
		}
	}
	if _, again := webhook.Backoff(12, 0, 0.5); again {
		t.Error("a twelfth failure is not the last one")
	}
}

func TestDocs_haveTheScheduleAsItIs(t *testing.T) {
	page, err := os.ReadFile("../../web/docs/operator/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, d := range webhook.Delays() {
		switch {
		case d < time.Minute:
			words = append(words, fmt.Sprintf("%d s", int(d.Seconds())))
		case d < time.Hour:
			words = append(words, fmt.Sprintf("%d min", int(d.Minutes())))
		default:
			words = append(words, fmt.Sprintf("%d h", int(d.Hours())))
		}
	}
	if schedule := strings.Join(words, ", "); !strings.Contains(strings.ReplaceAll(string(page), "\n", " "), schedule) {
		t.Errorf("web/docs/operator/webhooks.md does not say %s", schedule)
	}
}

func TestBackoff_neverComesBackEarlierThanTheReceiverWishes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		failures := rapid.IntRange(1, 11).Draw(t, "failures")
		wish := time.Duration(rapid.Int64Range(0, int64(1000*time.Hour)).Draw(t, "wish"))
		random := rapid.Float64Range(0, 0.999).Draw(t, "random")
		got, _ := webhook.Backoff(failures, wish, random)
		planned, _ := webhook.Backoff(failures, 0, random)
		if got < min(wish, 24*time.Hour) || got < planned || got > max(planned, 24*time.Hour) {
			t.Fatalf("wish %v, planned %v, got %v", wish, planned, got)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                              0,
		"120":                           2 * time.Minute,
		" 7 ":                           7 * time.Second,
		"0":                             0,
		"-5":                            0,
		"1.5":                           0,
		"soon":                          0,
		"+5":                            0,
		"99999999999999999999999999999": 24 * time.Hour,
		"18446744073709551615":          24 * time.Hour,
		"Sun, 01 Mar 2026 09:31:00 GMT": time.Minute,
		"Sun, 01 Mar 2026 09:29:00 GMT": 0,
	} {
		if got := webhook.RetryAfter(http.Header{"Retry-After": {value}}, at); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}
