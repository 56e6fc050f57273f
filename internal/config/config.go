// Package config turns the environment into one validated [Config], or into one list of everything
// that is wrong with it. Nothing else in the program reads the environment. A secret can also come
// from a file named by NAME_FILE; [Load] reads it and ignores its last line break.
package config

import (
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"namets/internal/secret"
)

// Config is the operator's configuration. web/docs/operator/configuration.md explains each
// variable; [Variables] lists them.
type Config struct {
	Platform Platform

	Port int    // 0: a free one
	Host string // empty: all addresses

	DataDir string
	// AllowEphemeralData allows a data directory that the platform wipes.
	AllowEphemeralData bool
	BackupKeep         int // daily backups that stay; 0: none is made
	// AuditRetention is how long audit rows are kept.
	AuditRetention time.Duration
	// RunAs is the uid to which a process started by root switches; 0 means that it stays root.
	RunAs    int
	SiteName string
	Zone     *time.Location
	// PublicURL is the address at which people and n8n reach the service, without a slash at the
	// end.
	PublicURL string
	// TrustedProxies are the networks whose forwarding headers are trusted.
	TrustedProxies []netip.Prefix

	TokenSource    TokenSource
	Token          secret.Value // of TokenFromEnv
	TokenFile      string       // of TokenFromFile
	Vault          Vault        // of TokenFromVault
	ReloadInterval time.Duration
	TokenOverlap   time.Duration // how long a replaced token is accepted; 0: not at all

	// WebhookURL is where webhooks go; while it is empty, they wait. Anyone who knows it can forge
	// webhooks.
	WebhookURL secret.Value
	// WebhookSecret signs webhooks. If it is empty, the one in Vault does, or they are unsigned.
	WebhookSecret secret.Value
	// WebhookFormat is the form of what goes to WebhookURL. In [FormatV1] its workflow must report
	// on every recipient within WebhookReportWithin.
	WebhookFormat       WebhookFormat
	WebhookReportWithin time.Duration

	WebhookTimeout   time.Duration
	WebhookRetention time.Duration

	// DoubleOptIn requires that an address confirms its subscription.
	DoubleOptIn bool

	// AdminPassword creates the first owner if no user exists. If it is empty, a link in the log
	// does.
	AdminPassword secret.Value
	// AdminPasswordReset names a user who has lost the password, once per value; empty names
	// nobody. It may contain a password by mistake, so it is treated as a secret.
	AdminPasswordReset secret.Value

	MetricsAddr string // empty: no metrics are served

	LogLevel  slog.Level
	LogFormat LogFormat
}

// Platform is the host on which the program runs, detected by the variables that it sets.
type Platform string

// The known platforms.
const (
	Fly    Platform = "Fly.io"
	Render Platform = "Render"
	Other  Platform = ""
)

// TokenSource says where the API token comes from.
type TokenSource string

// The sources of the API token.
const (
	TokenFromEnv   TokenSource = "env"
	TokenFromFile  TokenSource = "file"
	TokenFromVault TokenSource = "vault"
)

// Vault says where HashiCorp Vault stores the API token and how to log in. Vault's client reads its
// other variables itself.
type Vault struct {
	Address string
	KVPath  string // mount and path of the secret
	Field   string // the token's key in the secret
	// A login is a token or an AppRole. Each value can be in a file that is read repeatedly.
	Token, RoleID, SecretID             secret.Value
	TokenFile, RoleIDFile, SecretIDFile string
	// SkipVerify means that Vault's client checks no certificate.
	SkipVerify bool
}

// WebhookFormat is the form of webhooks to N8N_WEBHOOK_URL.
type WebhookFormat string

// The values of [WebhookFormat].
const (
	FormatLegacy WebhookFormat = "legacy" // of the contract: one delivery for each event
	FormatV1     WebhookFormat = "v1"     // of the open API, as hooks get it: with all types and in parts
)

// LogFormat is the format of log lines.
type LogFormat string

// The formats of log lines.
const (
	LogText LogFormat = "text"
	LogJSON LogFormat = "json"
)

// Complaints lists everything that is wrong with the environment. Each is a sentence that begins
// with the variable's name and says what would be right. None contains a secret.
type Complaints []string

// Error returns all complaints, one per line, under a heading.
func (c Complaints) Error() string {
	return "the configuration is not right:\n  " + strings.Join(c, "\n  ")
}

// HTTPS reports whether people reach the service by https.
func (c *Config) HTTPS() bool { return strings.HasPrefix(c.PublicURL, "https://") }

// Nowhere reports whether PublicURL is only valid on this machine, because nobody has set it.
func (c *Config) Nowhere() bool { return c.PublicURL == localURL(c.Port) }

// TakePort records the actual port if Port is 0, also in a PublicURL that nobody has set.
func (c *Config) TakePort(port int) {
	if c.Port == 0 && c.PublicURL == localURL(0) {
		c.PublicURL = localURL(port)
	}
	c.Port = port
}

func localURL(port int) string { return "http://localhost:" + strconv.Itoa(port) }
