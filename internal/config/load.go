package config

import (
	"cmp"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"namets/internal/secret"
)

// Options say what a command needs from the environment.
type Options struct {
	// Token makes a missing token source a complaint.
	Token bool
	// ValidToken says why a token in the environment is refused, which is a complaint. Its error
	// does not contain the token. If it is nil, the token is not checked.
	ValidToken func(token string) error
	// Terminal means that a person reads the log lines, which decides the default of LOG_FORMAT.
	Terminal bool
	// Lenient returns what could be read, with defaults for the rest, and no complaint.
	Lenient bool
}

// Load reads the environment through getenv, which is os.Getenv outside tests, and the files that
// it names. Its error is a [Complaints].
func Load(getenv func(string) string, o Options) (*Config, error) {
	r := &reader{getenv: getenv}
	c := &Config{
		Platform: r.platform(),
		Port:     r.port(),
		Host:     r.host(),
		DataDir:  r.text("DATA_DIR"),

		AllowEphemeralData: r.flag("ALLOW_EPHEMERAL_DATA"),
		BackupKeep:         r.number("BACKUP_KEEP", 0, 1000),
		AuditRetention:     r.duration("AUDIT_RETENTION", 24*time.Hour),
		RunAs:              r.number("RUN_AS", 0, 1<<31-1),
		MetricsAddr:        r.address("METRICS_ADDR"),
		DoubleOptIn:        r.flag("DOUBLE_OPT_IN"),
		AdminPassword:      r.secret("ADMIN_PASSWORD"),
		AdminPasswordReset: secret.New(r.text("ADMIN_PASSWORD_RESET")),

		SiteName: r.siteName(),
		Zone:     r.zone(),

		ReloadInterval: r.duration("TOKEN_RELOAD_INTERVAL", 5*time.Second),
		TokenOverlap:   r.duration("TOKEN_OVERLAP", 0),

		WebhookURL:       r.webhookURL(),
		WebhookSecret:    r.signingSecret(),
		WebhookFormat:    r.webhookFormat(),
		WebhookTimeout:   r.duration("WEBHOOK_TIMEOUT", time.Second),
		WebhookRetention: r.duration("WEBHOOK_RETENTION", 7*24*time.Hour),

		WebhookReportWithin: r.durationUntil("N8N_WEBHOOK_REPORT_WITHIN", 30*time.Second, 24*time.Hour),

		LogLevel:  r.level(),
		LogFormat: r.format(o.Terminal),
	}
	c.PublicURL = r.publicURL(c.Port)
	c.TrustedProxies = r.trustedProxies(c.Platform)
	r.token(c, o)
	if len(r.complaints) > 0 && !o.Lenient {
		return nil, r.complaints
	}
	return c, nil
}

// RunAs returns the uid to which a process started by root switches (0 for none), and the directory
// whose owner it changes first, before it reads anything else. It reports no problems; Load does.
func RunAs(getenv func(string) string) (uid int, dataDir string) {
	r := &reader{getenv: getenv}
	uid, dataDir = r.number("RUN_AS", 0, 1<<31-1), r.text("DATA_DIR")
	if len(r.complaints) > 0 {
		uid = 0
	}
	return uid, dataDir
}

func (r *reader) platform() Platform {
	switch {
	case r.getenv("FLY_APP_NAME") != "":
		return Fly
	case r.getenv("RENDER") != "":
		return Render
	}
	return Other
}

func (r *reader) port() int {
	s := r.text("PORT")
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		r.complain("PORT", "%q is not a port: give a number from 0 (a free one) to 65535", s)
	}
	return int(n)
}

func (r *reader) host() string {
	s := r.text("HOST")
	if strings.ContainsAny(s, " /[]") || strings.Contains(s, ":") && net.ParseIP(s) == nil {
		r.complain("HOST", "%q is not an address or name of this machine: give one without a port, such as 127.0.0.1",
			s)
		return ""
	}
	return s
}

func (r *reader) siteName() string {
	s := r.text("SITE_NAME")
	if len(s) > 100 || strings.ContainsFunc(s, func(c rune) bool { return c < ' ' }) {
		r.complain("SITE_NAME", "it is longer than 100 bytes or holds control characters: give a short "+
			"name on one line")
	}
	return s
}

func (r *reader) zone() *time.Location {
	s := r.text("TIME_ZONE")
	loc, err := time.LoadLocation(s)
	if err != nil || s == "Local" {
		r.complain("TIME_ZONE", "%q is not a time zone: give a name of the IANA database, such as Africa/Lagos", s)
	}
	return loc
}

func (r *reader) webhookURL() secret.Value {
	s := r.text("N8N_WEBHOOK_URL")
	u, err := url.Parse(s)
	if s != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" ||
		!possiblePort(u.Port()) || u.Fragment != "") {
		r.complain("N8N_WEBHOOK_URL", "it is not an address: give the production URL of n8n's Webhook node, such as "+
			"https://n8n.example.org/webhook/namets")
	}
	return secret.New(s)
}

func (r *reader) webhookFormat() WebhookFormat {
	f := WebhookFormat(r.text("N8N_WEBHOOK_FORMAT"))
	if f != FormatLegacy && f != FormatV1 {
		r.complain("N8N_WEBHOOK_FORMAT", "%q is not a form of webhooks: give legacy or v1", f)
	}
	return f
}

// signingSecret returns the key that signs webhooks. It refuses quotation marks, which would become
// part of the key.
func (r *reader) signingSecret() secret.Value {
	s := r.secret("WEBHOOK_SECRET")
	r.unquoted("WEBHOOK_SECRET", strings.TrimSpace(s.Reveal()))
	return s
}

// possiblePort reports whether the port of an address is valid; an empty one means the port of the
// scheme.
func possiblePort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}

func (r *reader) level() slog.Level {
	var level slog.Level
	s := r.text("LOG_LEVEL")
	if err := level.UnmarshalText([]byte(s)); err != nil {
		r.complain("LOG_LEVEL", "%q is not a level: give debug, info, warn or error", s)
	}
	return level
}

func (r *reader) format(terminal bool) LogFormat {
	byDefault := LogJSON
	if terminal {
		byDefault = LogText
	}
	f := LogFormat(cmp.Or(r.text("LOG_FORMAT"), string(byDefault)))
	if f != LogText && f != LogJSON {
		r.complain("LOG_FORMAT", "%q is not a format: give text or json", f)
	}
	return f
}

func (r *reader) publicURL(port int) string {
	s := r.text("PUBLIC_URL")
	if s == "" {
		s = r.getenv("RENDER_EXTERNAL_URL")
	}
	if app := r.getenv("FLY_APP_NAME"); s == "" && app != "" {
		s = "https://" + app + ".fly.dev"
	}
	if s == "" {
		s = localURL(port)
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
		u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		r.complain("PUBLIC_URL", "it is not the address of a site: give a scheme and a host and nothing behind, such "+
			"as https://namets.example.org")
	}
	return strings.TrimRight(s, "/")
}

// platformProxies are the networks from which the platform's own proxies connect.
func platformProxies(p Platform) string {
	switch p {
	case Fly: // the private networks between Fly's proxy and a machine
		return "172.16.0.0/12,fdaa::/16"
	case Render: // Render's internal network
		return "10.0.0.0/8"
	}
	return "none"
}

func (r *reader) trustedProxies(p Platform) []netip.Prefix {
	s := cmp.Or(r.text("TRUSTED_PROXIES"), platformProxies(p))
	if s == "none" {
		return nil
	}
	var list []netip.Prefix
	for _, item := range strings.Split(s, ",") {
		item = strings.TrimSpace(item)
		prefix, err := netip.ParsePrefix(item)
		if addr, addrErr := netip.ParseAddr(item); addrErr == nil && addr.Zone() == "" {
			prefix, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			r.complain("TRUSTED_PROXIES", "%q is not a network: give CIDRs separated by commas, such as "+
				"10.0.0.0/8, or none", item)
			continue
		}
		list = append(list, prefix.Masked())
	}
	return list
}
