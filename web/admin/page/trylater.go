package page

import (
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"namets/internal/auth"
)

// maxSlowed is how many refusals of sign-ins are held back at once.
const maxSlowed = 256

// TryLater reports whether err says that a password was not looked at, with the status and the text
// of the answer, which gets a Retry-After.
func (v *Visit) TryLater(err error) (status int, text string, ok bool) {
	wait, throttled := errors.AsType[*auth.WaitError](err)
	switch {
	case throttled:
		v.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.For.Seconds()))))
		return http.StatusTooManyRequests,
			"There were too many failed attempts. Try again in " + WaitText(wait.For) +
				"; your password was not checked.", true
	case errors.Is(err, auth.ErrBusy):
		v.Response().Header().Set("Retry-After", "5")
		return http.StatusServiceUnavailable, "Many people are signing in at this moment. Try again in a " +
			"few seconds.", true
	}
	return 0, "", false
}

// Later is the error page for what tryLater tells, and err itself when it tells nothing.
func (v *Visit) Later(err error) error {
	status, text, ok := v.TryLater(err)
	if !ok {
		return err
	}
	v.HoldBack()
	return echo.NewHTTPError(status, text)
}

// HoldBack keeps a refusal back for about the configured pause: who asks again at once asks less
// often, and takes less from others. The pause differs, so that clients which begin together do
// not come back together. When too many are held already it returns at once.
func (v *Visit) HoldBack() {
	if v.kit.cfg.RefusalPause <= 0 {
		return
	}
	select {
	case v.kit.slowed <- struct{}{}:
		defer func() { <-v.kit.slowed }()
	default:
		return
	}
	most := v.kit.cfg.RefusalPause
	pause := time.NewTimer(most/2 + rand.N(most))
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-v.Request().Context().Done():
	}
}

// WaitText says how long somebody has to wait: "3 minutes".
func WaitText(d time.Duration) string {
	if d <= time.Minute {
		return Count(math.Ceil(d.Seconds())).Of("second", "seconds")
	}
	return Count(math.Ceil(d.Minutes())).Of("minute", "minutes")
}
