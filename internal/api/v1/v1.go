package v1

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"namets/internal/auth"
	"namets/internal/namets"
	"namets/internal/network"
	"namets/internal/secret"
)

// callers says who is asking.
type callers interface {
	// Check reads the token of c's request and writes no response. Errors: [auth.ErrTokenRefused],
	// [auth.ErrTokenUnknown] while the shared token is not known, and those of the store.
	Check(c echo.Context) (auth.Caller, error)
}

// store is what the operations read and write, by resource.
type store interface {
	readStore
	writeStore
	messageStore
	hookStore
	deliveryStore
	reportStore
	subscriberStore
	batchStore
	audienceStore
	consumerStore
}

// Config configures an [API]; every field but Legacy is required.
type Config struct {
	Store   store
	Callers callers
	// Zone is the site's time zone, for times in answers.
	Zone *time.Location
	// PublicURL is the address of the site, without a slash at its end.
	PublicURL string
	// Origin returns scheme and host of a request, such as https://example.org, for links in
	// answers.
	Origin func(echo.Context) string
	// Resolver looks up the hosts of hooks.
	Resolver network.Resolver
	// Legacy describes the target of N8N_WEBHOOK_URL, which no caller can change; nil if there is
	// none.
	Legacy *namets.HookSpec
	// PingHook sends a ping to a hook, signed with key, and returns the attempt.
	PingHook func(ctx context.Context, h *namets.Hook, key secret.Value) namets.Attempt
	// Now is the clock.
	Now func() time.Time
	// Version is the version of the program, for the document.
	Version string
}

// API has the operations. Safe for concurrent use.
type API struct {
	store    store
	zone     *time.Location
	site     namets.Links
	origin   func(echo.Context) string
	now      func() time.Time
	resolver network.Resolver
	legacy   *namets.HookSpec
	ping     func(context.Context, *namets.Hook, secret.Value) namets.Attempt
	routes   *routes
	huma     huma.API
	limits   map[string]int64
	document func() ([]byte, error) // JSON, made when it is asked for first
	// subscriberBody reads the bodies that write subscribers, alone and in a batch.
	subscriberBody rowBody
}

// New returns an API. It reads nothing yet and starts no goroutine.
func New(c Config) *API {
	a := &API{
		store: c.Store, zone: c.Zone, site: namets.Links(c.PublicURL), origin: c.Origin, now: c.Now,
		resolver: c.Resolver, legacy: c.Legacy, ping: c.PingHook, limits: map[string]int64{},
		routes: &routes{callers: c.Callers, paths: map[string]map[string]handler{}},
	}
	a.huma = newHuma(a.routes, &huma.Info{Title: "namets", Version: c.Version, Description: about},
		c.PublicURL)
	a.huma.UseMiddleware(strict)
	for _, add := range []func(){
		a.addReads,
		a.addContentWrites,
		a.addMessages,
		a.addHooks,
		a.addHookDeliveries,
		a.addReports,
		a.addToken,
		a.addSubscriberWrites,
		a.addBatch,
		a.addAudience,
		a.addConsumers,
	} {
		add()
	}
	a.document = sync.OnceValues(func() ([]byte, error) { return json.Marshal(a.huma.OpenAPI()) })
	return a
}

// about is the description in the document.
const about = "The open API of namets, for authors of workflows and programs. Every request needs a token in the " +
	"header X-N8N-Token. Lists are bare arrays that lead from page to page: pass the id of the last row as after, " +
	"until a page is empty. Errors say which part of the request is wrong, in the form of RFC 9457."

// Mount registers the paths on e, whose server decodes paths before it matches them.
func (a *API) Mount(e *echo.Echo) {
	a.routes.mount(e)
	// The document is no operation of itself, and anybody may read it
	e.RouteNotFound(Prefix+"/openapi.json", a.sendDocument)
	e.RouteNotFound(Prefix+"/openapi.json/", a.sendDocument)
}

func (a *API) sendDocument(c echo.Context) error {
	const allow = "GET, HEAD, OPTIONS"
	switch method := c.Request().Method; method {
	case http.MethodGet, http.MethodHead:
		document, err := a.document()
		if err != nil {
			return err
		}
		return ok(document).send(c)
	case http.MethodOptions:
		return options(c, allow)
	default:
		return methodProblem(method, allow).send(c)
	}
}

// Document returns the OpenAPI document as JSON. The first call makes it, which takes some
// milliseconds and megabytes. The caller must not change it. Errors: what cannot be JSON, which the
// tests exclude.
func (a *API) Document() ([]byte, error) { return a.document() }

// BodyLimits returns the largest bodies in bytes by route pattern, where they differ from the
// server's limit.
func (a *API) BodyLimits() map[string]int64 { return a.limits }
