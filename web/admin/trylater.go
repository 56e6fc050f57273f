package admin

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

// tryLater reports whether err says that a password was not looked at, with the status and the text
// of the answer, which gets a Retry-After.
func (v *visit) tryLater(err error) (status int, text string, ok bool) {
	wait, throttled := errors.AsType[*auth.WaitError](err)
	switch {
	case throttled:
		v.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.For.Seconds()))))
		return http.StatusTooManyRequests,
			"There were too many failed attempts. Try again in " + waitText(wait.For) +
				"; your password was not checked.", true
	case errors.Is(err, auth.ErrBusy):
		v.Response().Header().Set("Retry-After", "5")
		return http.StatusServiceUnavailable, "Many people are signing in at this moment. Try again in a " +
			"few seconds.", true
	}
	return 0, "", false
}

// later is the error page for what tryLater tells, and err itself when it tells nothing.
func (v *visit) later(err error) error {
	status, text, ok := v.tryLater(err)
	if !ok {
		return err
	}
	v.holdBack()
	return echo.NewHTTPError(status, text)
}

// holdBack keeps a refusal back for about the configured pause: who asks again at once asks less
// often, and takes less from others. The pause differs, so that clients which begin together do
// not come back together. When too many are held already it returns at once.
func (v *visit) holdBack() {
	if v.admin.cfg.RefusalPause <= 0 {
		return
	}
	select {
	case v.admin.slowed <- struct{}{}:
		defer func() { <-v.admin.slowed }()
	default:
		return
	}
	most := v.admin.cfg.RefusalPause
	pause := time.NewTimer(most/2 + rand.N(most))
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-v.Request().Context().Done():
	}
}

func waitText(d time.Duration) string {
	if d <= time.Minute {
		return count(math.Ceil(d.Seconds())).of("second", "seconds")
	}
	return count(math.Ceil(d.Minutes())).of("minute", "minutes")
}
