package server

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// readyTimeout limits Config.Ready.
const readyTimeout = 2 * time.Second

// healthz says only that the process serves. A platform that restarts the process because something
// else is down would make things worse.
func (s *Server) healthz(c echo.Context) error {
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	return c.String(http.StatusOK, "ok")
}

// readyz says whether the process can do its work now, and if not, why.
func (s *Server) readyz(c echo.Context) error {
	c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	if s.config.Ready != nil {
		ctx, cancel := context.WithTimeout(c.Request().Context(), readyTimeout)
		defer cancel()
		if err := s.config.Ready(ctx); err != nil {
			c.Response().Header().Set(echo.HeaderRetryAfter, retryAfter)
			return c.String(http.StatusServiceUnavailable, err.Error())
		}
	}
	return c.String(http.StatusOK, "ready")
}
