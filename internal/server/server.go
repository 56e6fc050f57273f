// Package server assembles Echo and serves it: one middleware for every route (recovery, request
// id, client address, security headers, body limits, compression of pages, access log, counters),
// one error handler, the health checks, and a listener that disconnects slow clients and stops
// gracefully. It knows no feature: routes come as mounts, the error page as a function.
//
// Sections cited in comments are those of internal/api/CONTRACT.md.
package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/gommon/log"
)

// Config configures a [Server]. The zero value of a field means its default.
type Config struct {
	// Addr is the address for [Server.Listen], in the form of net.Listen; port 0 chooses a free
	// port. Default ":8080".
	Addr string
	// Listener replaces Addr if it is set; the server closes it.
	Listener net.Listener
	// Mounts add the routes, in this order, once, within [New].
	Mounts []func(*echo.Echo)
	// Ready reports why the process cannot do its work now. The error's text is public in /readyz.
	// Nil means always ready.
	Ready func(context.Context) error
	// RenderError writes the page for an error outside /api/, including the status. Nil, or an
	// error from it, means plain text.
	RenderError func(c echo.Context, status int, requestID string) error
	// RenderProblem writes the JSON for an error below the paths of Problems, including the status.
	// detail is a sentence without internals. Nil means the JSON of section 6.
	RenderProblem func(c echo.Context, status int, detail string)
	// Problems is the prefix of the paths to which RenderProblem belongs.
	Problems string
	// Log receives ordinary messages. Nil means none.
	Log *slog.Logger
	// AccessLog receives one line per response, many lines in one Write, from one goroutine. Nil
	// means no access log.
	AccessLog io.Writer
	// AccessLogFormat is "json" (default) or "text".
	AccessLogFormat string
	// TrustedProxies are the peers whose forwarding headers and request ids are trusted. Default:
	// none.
	TrustedProxies []netip.Prefix
	// ClientAddressHeader is the header in which a trusted proxy names the client. X-Forwarded-For
	// (default) is a list whose last address that is not a trusted proxy counts; any other header,
	// such as Fly-Client-IP, contains one address.
	ClientAddressHeader string
	// EdgeAddressHeader is the header in which a network in front of the trusted proxies names the
	// client, such as Cloudflare's CF-Connecting-IP in front of Render. If a trusted proxy passes
	// it on, it takes precedence over ClientAddressHeader. It contains one address. Empty means
	// none.
	EdgeAddressHeader string
	// Durations returns an observer of how long each response of a route took, from the request's
	// headers to the end of the handler. It is called once per route, at its first response. Nil
	// means no observer.
	Durations func(route string) Observer
	// HSTS sends Strict-Transport-Security, for a service whose public address is https.
	HSTS bool
	// BodyLimits maps a route pattern to its largest request body in bytes, for routes that differ
	// from Limits.Body. Such a body also has proportionally more time.
	BodyLimits map[string]int64
	// Limits limit what one client may use.
	Limits Limits
	// Now is the clock of the access log. Default time.Now.
	Now func() time.Time
}

// Limits limit what one client may use. The zero value of a field means its default.
type Limits struct {
	ReadHeader  time.Duration // for a request's line and headers; default 5 s
	ReadBody    time.Duration // for a request's body of the default size; default 30 s
	Idle        time.Duration // between two requests on a connection; default 60 s
	Write       time.Duration // without any progress of an answer, at most; default 60 s, not cut off before half of it
	Stop        time.Duration // for the answers under way when the server stops; default 3.5 s
	HeaderBytes int           // request line and headers together; default 16 KiB, at least 8 KiB; more is a 431
	Body        int64         // a request's body; default 1 MiB; more is a 413
}

func (l Limits) withDefaults() Limits {
	return Limits{
		ReadHeader:  orDefault(l.ReadHeader, 5*time.Second),
		ReadBody:    orDefault(l.ReadBody, 30*time.Second),
		Idle:        orDefault(l.Idle, time.Minute),
		Write:       orDefault(l.Write, time.Minute),
		Stop:        orDefault(l.Stop, 3500*time.Millisecond),
		HeaderBytes: max(orDefault(l.HeaderBytes, 16<<10), 8<<10),
		Body:        orDefault(l.Body, 1<<20),
	}
}

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// ErrCutOff means that responses were still in progress when the time to stop was over.
var ErrCutOff = errors.New("answers cut off")

// Server serves one Echo. Create it with [New], then call Listen and Run once each.
type Server struct {
	config   Config
	echo     *echo.Echo
	limits   Limits
	log      *slog.Logger
	now      func() time.Time
	access   *accessLog // nil: none
	clients  clientAddresses
	ids      requestIDs
	headers  sharedHeaders
	routes   map[string]*route // pattern → route; read-only after New
	unknown  *route            // where no route matched
	zips     compressors
	inFlight atomic.Int64
	listener *listener
}

// New assembles the server. It neither starts nor listens.
func New(config Config) *Server {
	s := &Server{
		config:  config,
		limits:  config.Limits.withDefaults(),
		log:     orDefault(config.Log, slog.New(slog.DiscardHandler)),
		now:     config.Now,
		clients: newClientAddresses(config.TrustedProxies, config.ClientAddressHeader, config.EdgeAddressHeader),
		ids:     newRequestIDs(config.ClientAddressHeader),
		headers: newSharedHeaders(config.HSTS),
	}
	if s.now == nil {
		s.now = time.Now
	}
	if config.AccessLog != nil {
		s.access = newAccessLog(config.AccessLog, config.AccessLogFormat == "text")
	}
	if s.config.Durations == nil {
		s.config.Durations = func(string) Observer { return unobserved{} }
	}
	s.echo = s.assemble()
	return s
}

// assemble creates Echo with the middleware, the health checks and all mounts, and prepares the
// data of each route.
func (s *Server) assemble() *echo.Echo {
	e := echo.New()
	e.Logger.SetOutput(io.Discard)
	e.Logger.SetLevel(log.OFF)
	e.HTTPErrorHandler = s.handleError
	e.IPExtractor = s.clients.text
	e.Use(s.middleware)

	var twins headTwins
	e.OnAddRouteHandler = twins.addRoute
	e.GET("/healthz", s.healthz)
	e.GET("/readyz", s.readyz)
	for _, mount := range s.config.Mounts {
		mount(e)
	}
	e.OnAddRouteHandler = nil
	twins.add(e)

	s.routes = map[string]*route{}
	for _, r := range e.Routes() {
		if s.routes[r.Path] == nil {
			bodyLimit := orDefault(s.config.BodyLimits[r.Path], s.limits.Body)
			s.routes[r.Path] = newRoute(r.Path, bodyLimit, s.config.Durations)
		}
	}
	s.unknown = newRoute("unmatched", s.limits.Body, s.config.Durations)
	return e
}

// Handler returns the handler for tests and benchmarks without a socket. Time limits belong to the
// listener.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serveHTTP) }

// serveHTTP passes the request to Echo. Routes match the percent-decoded path, which is never
// cleaned.
func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	r.URL.RawPath = ""
	if r.URL.Path == "" && r.Method != http.MethodConnect {
		r.URL.Path = "/" // RFC 9110, section 4.2.3: "http://host" without a path
	}
	s.echo.ServeHTTP(w, r)
}

// Listen opens the port, or uses Config.Listener. It must not be called twice.
func (s *Server) Listen() error {
	if s.listener != nil {
		return errors.New("listen: already listening")
	}
	l := s.config.Listener
	if l == nil {
		var err error
		if l, err = net.Listen("tcp", orDefault(s.config.Addr, ":8080")); err != nil {
			return err // names the act and the address
		}
	}
	s.listener = &listener{Listener: l, writeTimeout: s.limits.Write, idle: map[*conn]struct{}{}}
	return nil
}

// Addr is the address on which the server listens; nil before [Server.Listen].
func (s *Server) Addr() net.Addr {
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

// Run serves until ctx is done, then stops: it accepts no new connections, finishes the open
// responses, and cuts off the rest after Limits.Stop. It calls Listen if nobody has, and writes out
// the access log before it returns. It returns nil if nothing had to be cut off, else [ErrCutOff].
// Call it once.
func (s *Server) Run(ctx context.Context) error {
	if s.listener == nil {
		if err := s.Listen(); err != nil {
			return err
		}
	}
	if s.access != nil {
		s.access.start()
		defer s.access.stop(logStopTimeout)
	}
	requests, cancelRequests := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelRequests()
	h := s.httpServer(requests)
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(s.listener) }()

	select {
	case err := <-failed:
		h.Close()
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	err := s.stop(h)
	if ended := <-failed; !errors.Is(ended, http.ErrServerClosed) { // a listener that broke just before the stop
		err = errors.Join(err, fmt.Errorf("serve: %w", ended))
	}
	return err
}

func (s *Server) httpServer(ctx context.Context) *http.Server {
	var http1 http.Protocols
	http1.SetHTTP1(true)
	return &http.Server{
		Handler:                      s.Handler(),
		ReadHeaderTimeout:            s.limits.ReadHeader,
		IdleTimeout:                  s.limits.Idle,
		MaxHeaderBytes:               s.limits.HeaderBytes - 4096, // net/http adds 4096
		ErrorLog:                     slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
		BaseContext:                  func(net.Listener) context.Context { return ctx },
		ConnState:                    s.listener.connState,
		DisableGeneralOptionsHandler: true, // OPTIONS * gets the same headers and log line as everything else
		Protocols:                    &http1,
	}
}

// halfTime is how long a stopping server waits for the rest of a request's headers.
const halfTime = time.Second

// stop waits for the open responses and closes the rest after Limits.Stop.
func (s *Server) stop(h *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), s.limits.Stop)
	defer cancel()
	s.listener.closeIdle(false)
	half := time.AfterFunc(halfTime, func() { s.listener.closeIdle(true) })
	defer half.Stop()
	if err := h.Shutdown(ctx); err == nil || !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	cut := s.inFlight.Load()
	h.Close()
	if cut == 0 {
		return nil // only clients that had not finished asking
	}
	return fmt.Errorf("stop: %w after %v: %d", ErrCutOff, s.limits.Stop, cut)
}
