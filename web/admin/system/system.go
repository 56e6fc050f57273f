// Package system contains the admin's pages for the service itself: the overview, webhooks and
// their deliveries, the API token, the activity, settings and backups.
package system

import (
	"embed"
	"io/fs"
	"time"

	"namets/internal/auth"
	"namets/internal/namets"
	"namets/internal/secret"
	"namets/internal/token"
	"namets/web/admin/page"
)

//go:embed templates
var templates embed.FS

// Templates returns the templates of the pages.
func Templates() fs.FS { return page.Templates(templates) }

// store is the database as the pages use it. Each page declares its methods next to its handlers.
type store interface {
	overviewStore
	activityStore
	deliveryStore
	tokenStore
	namedTokenStore
	targetStore
	consumerStore
	downloadStore
	restoreStore
}

// Config is the configuration for [New]. All fields are required except Rotator, Misread, the flags
// and those that are only displayed.
type Config struct {
	// Store is the database.
	Store store
	// Accounts checks the password of a user who restores a backup.
	Accounts *auth.Accounts
	// Token is the source of the shared API token. Tokens are the named ones.
	Token  tokenSource
	Tokens *auth.NamedTokens
	// TokenLocation names where the source reads the token; TokenOverlap is how long a replaced
	// token is accepted. Rotator writes a new token there; nil: only the host can change it.
	TokenLocation string
	TokenOverlap  time.Duration
	Rotator       token.Rotator
	// RotationWait is how long to wait until a new token is in force; 0: the default of the command
	// line.
	RotationWait time.Duration
	// TargetHost is the host of the configured target of webhooks; empty if there is none.
	// TargetEvents are the types that it gets.
	TargetHost   string
	TargetEvents []namets.EventType
	// WebhookKeys returns the keys that sign webhooks, newest first.
	WebhookKeys func() []secret.Value
	// Backups are the copies of the database.
	Backups backups
	// Restorer restores backups.
	Restorer restorer
	// Health returns the state of the service itself.
	Health func() Health
	// Version is the program's version, Settings the current configuration.
	Version  string
	Settings []Setting
	// Misread counts invalid parameters of API requests; nil: not counted.
	Misread func() []Misread
	// Concerns are the warnings about the configuration.
	Concerns []Concern
	// WebhooksOn means that a webhook URL is configured, DoubleOptIn that subscriptions must be
	// confirmed.
	WebhooksOn, DoubleOptIn bool
	// Now returns the current time.
	Now func() time.Time
}

// Admin serves the pages for the service. It is safe for concurrent use.
type Admin struct {
	cfg     Config
	store   store
	rotated page.Once[*newToken]
	named   page.Once[*newNamedToken]
}

// New returns the pages.
func New(cfg Config) *Admin { return &Admin{cfg: cfg, store: cfg.Store} }

// Routes returns the table of the pages and actions.
func (a *Admin) Routes() []page.Route {
	const viewer, editor, owner = namets.Viewer, namets.Editor, namets.Owner
	return []page.Route{
		page.Get("/admin/", viewer, a.overview),
		page.Get("/admin/deliveries", viewer, a.deliveries),
		page.Get("/admin/deliveries/retry", editor, a.confirmRetryFailed),
		page.Post("/admin/deliveries/retry", editor, a.retryFailed).Demanding("state"),
		page.Post("/admin/deliveries/test", editor, a.pingDelivery),
		page.Get(heldPath, editor, a.held),
		page.Post(heldPath, editor, a.decideHeld),
		page.Get("/admin/deliveries/:id", viewer, a.delivery),
		page.Post("/admin/deliveries/:id/retry", editor, a.retryDelivery),
		page.Get("/admin/deliveries/:id/resend", editor, a.resendForm),
		page.Post("/admin/deliveries/:id/resend", editor, a.confirmResend),
		page.Post("/admin/deliveries/:id/resend/send", editor, a.resend),
		page.Get(tokenPath, viewer, a.token),
		page.Post(tokenPath+"/reload", owner, a.reloadToken),
		page.Get(rotatePath, owner, a.confirmRotate),
		page.Post(rotatePath, owner, a.rotateToken).Demanding("once", "current"),
		page.Post(writingPath, owner, a.letWrite).Demanding("may"),
		page.Get(namedTokensPath, owner, a.namedTokens),
		page.Post(namedTokensPath, owner, a.createNamedToken).Demanding("number"),
		page.Get(namedTokensPath+"/:id", owner, a.namedToken),
		page.Get(namedTokensPath+"/:id/replace", owner, a.confirmReplaceToken),
		page.Post(namedTokensPath+"/:id/replace", owner, a.replaceToken).Demanding("number", "name"),
		page.Get(namedTokensPath+"/:id/end", owner, a.confirmEndToken),
		page.Post(namedTokensPath+"/:id/end", owner, a.endToken).Demanding("name"),
		page.Get(n8nPath, owner, a.n8n),
		page.Get(hooksPath+"/:id", owner, a.hook),
		page.Post(hooksPath+"/:id/wake", owner, a.wakeHook),
		page.Post(hooksPath+"/:id/test", owner, a.testHook),
		page.Get(hooksPath+"/:id/delete", owner, a.confirmDeleteHook),
		page.Post(hooksPath+"/:id/delete", owner, a.deleteHook).Demanding("key"),
		page.Get(consumersPath+"/:id", owner, a.consumer),
		page.Get(consumersPath+"/:id/rewind", owner, a.rewindForm),
		page.Post(consumersPath+"/:id/rewind", owner, a.rewindConsumer).Demanding("name", "to"),
		page.Get(consumersPath+"/:id/delete", owner, a.confirmDeleteConsumer),
		page.Post(consumersPath+"/:id/delete", owner, a.deleteConsumer).Demanding("name"),
		page.Get("/admin/activity", viewer, a.activity),
		page.Get("/admin/settings", viewer, a.settings),
		page.Post("/admin/settings/backup", owner, a.backupNow),
		page.Post("/admin/settings/download", owner, a.download),
		page.Get(restorePath, owner, a.confirmRestore),
		page.Post(restorePath, owner, a.restore).Demanding("password").WithFile(maxBackup, a.room),
	}
}
