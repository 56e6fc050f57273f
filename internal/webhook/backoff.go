package webhook

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// delays are the waiting times after the first, second, … failed attempt. If the attempt after the
// last delay fails, the delivery is dead.
func delays() [11]time.Duration {
	return [...]time.Duration{
		5 * time.Second, 30 * time.Second, 2 * time.Minute, 5 * time.Minute, 30 * time.Minute,
		2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	}
}

// spread is the jitter of a delay, as a fraction of it, so that deliveries that failed together are
// not retried together.
const spread = 0.2

// longestWait is the longest Retry-After that is respected.
const longestWait = 24 * time.Hour

// backoff returns the waiting time after the given number of failed attempts, counted from 1.
// random is in [0, 1). The result is never shorter than the receiver's retryAfter, up to 24 hours.
// again is false after the last attempt.
func backoff(failures int, retryAfter time.Duration, random float64) (wait time.Duration, again bool) {
	list := delays()
	if failures < 1 || failures > len(list) {
		return 0, false
	}
	wait = time.Duration(float64(list[failures-1]) * (1 - spread + 2*spread*random))
	return max(wait, min(retryAfter, longestWait)), true
}

// retryAfter parses the header Retry-After, in seconds or as a date. It returns 0 for anything
// else.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value != "" && strings.Trim(value, "0123456789") == "" {
		seconds, _ := strconv.ParseUint(value, 10, 64) // what is too large for it becomes the largest that is not
		return time.Duration(min(seconds, uint64(longestWait/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
