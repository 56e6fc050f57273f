// Package config turns the environment into one validated [Config], or into one list of everything
// that is wrong with it. Nobody else in the program reads the environment. Secrets may also come
// from a file: NAME_FILE names it; the file is read by [Load], its last line break does not count.
package config

import (
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"namets/internal/secret"
)

// Config is what the operator has decided. web/docs/operator/configuration.md explains each
// variable; [Variables] lists them.
type Config struct {
	Platform Platform

	Port int    // 0: a free one
	Host string // empty: all addresses

	DataDir string
	// AllowEphemeralData lets the data directory be one that the platform wipes.
	AllowEphemeralData bool
	BackupKeep         int // daily backups that stay; 0: none is made
	// AuditRetention is how long the audit remembers who did what.
	AuditRetention time.Duration
	// RunAs is the uid that a process started by root becomes; 0: it stays root's.
	RunAs    int
	SiteName string
	Zone     *time.Location
	// PublicURL is where people and n8n reach the service, without a slash at its end.
	PublicURL string
	// TrustedProxies are the networks whose forwarding headers are believed.
	TrustedProxies []netip.Prefix

	TokenSource    TokenSource
	Token          secret.Value // of TokenFromEnv
	TokenFile      string       // of TokenFromFile
	Vault          Vault        // of TokenFromVault
	ReloadInterval time.Duration
	TokenOverlap   time.Duration // how long a replaced token is accepted; 0: not at all

	// WebhookURL is where webhooks go; empty: they wait. Who knows it can forge them.
	WebhookURL secret.Value
	// WebhookSecret signs webhooks; empty: the one in Vault does, or none.
	WebhookSecret    secret.Value
	WebhookTimeout   time.Duration
	WebhookRetention time.Duration

	// DoubleOptIn lets a subscription count only once the address has confirmed it.
	DoubleOptIn bool

	// AdminPassword makes the first owner of the admin when there is no user; empty: a link in the
	// log does.
	AdminPassword secret.Value
	// AdminPasswordReset names a user who has lost the password, once per value; empty: nobody. A
	// person may have written a password there by mistake.
	AdminPasswordReset secret.Value

	MetricsAddr string // empty: no metrics are served

	LogLevel  slog.Level
	LogFormat LogFormat
}

// Platform is the host on which the program runs, known by the variables that it sets.
type Platform string

// The platforms that are known.
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

// Vault says where HashiCorp Vault keeps the API token and how to log in. Vault's client reads the
// rest of its environment by itself.
type Vault struct {
	Address string
	KVPath  string // mount and path of the secret
	Field   string // the token's key in the secret
	// A login is a token or an AppRole; each value may be in a file that is read again and
	// again.
	Token, RoleID, SecretID             secret.Value
	TokenFile, RoleIDFile, SecretIDFile string
	// SkipVerify says that Vault's client checks no certificate.
	SkipVerify bool
}

// LogFormat is the form of log lines.
type LogFormat string

// The forms of log lines.
const (
	LogText LogFormat = "text"
	LogJSON LogFormat = "json"
)

// Complaints is everything that is wrong with the environment. Each is a sentence that begins with
// the variable's name and says what would be right; none holds a secret.
type Complaints []string

// Error returns all complaints, one on a line, below a heading.
func (c Complaints) Error() string {
	return "the configuration is not right:\n  " + strings.Join(c, "\n  ")
}

// HTTPS reports whether people reach the service by https.
func (c *Config) HTTPS() bool { return strings.HasPrefix(c.PublicURL, "https://") }

// Nowhere reports whether PublicURL is only this machine's, because nobody has chosen one.
func (c *Config) Nowhere() bool { return c.PublicURL == localURL(c.Port) }

// TakePort notes the port that was really taken when Port is 0, also in a PublicURL that nobody
// has chosen.
func (c *Config) TakePort(port int) {
	if c.Port == 0 && c.PublicURL == localURL(0) {
		c.PublicURL = localURL(port)
	}
	c.Port = port
}

func localURL(port int) string { return "http://localhost:" + strconv.Itoa(port) }
