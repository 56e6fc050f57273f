package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Redacted returns the value of each of [Variables], by its name, as people may see it: of a
// secret only that it is set, and the beginning of its SHA-256. Nothing stands for what is not
// set.
func (c *Config) Redacted() map[string]string {
	v := c.Vault
	return map[string]string{
		"PORT": strconv.Itoa(c.Port), "HOST": c.Host, "DATA_DIR": c.DataDir,
		"ALLOW_EPHEMERAL_DATA": strconv.FormatBool(c.AllowEphemeralData),
		"BACKUP_KEEP":          strconv.Itoa(c.BackupKeep), "RUN_AS": strconv.Itoa(c.RunAs),
		"SITE_NAME": c.SiteName, "TIME_ZONE": c.Zone.String(), "PUBLIC_URL": c.PublicURL,
		"TRUSTED_PROXIES": prefixes(c.TrustedProxies),
		"TOKEN_SOURCE":    string(c.TokenSource), "N8N_API_TOKEN": c.Token.redacted(),
		"N8N_API_TOKEN_FILE": c.TokenFile,
		"VAULT_ADDR":         v.Address, "VAULT_SKIP_VERIFY": strconv.FormatBool(v.SkipVerify),
		"VAULT_TOKEN": v.Token.redactedOr(v.TokenFile), "VAULT_ROLE_ID": v.RoleID.redactedOr(v.RoleIDFile),
		"VAULT_SECRET_ID": v.SecretID.redactedOr(v.SecretIDFile), "VAULT_KV_PATH": v.KVPath, "VAULT_KV_FIELD": v.Field,
		"TOKEN_RELOAD_INTERVAL": c.ReloadInterval.String(), "TOKEN_OVERLAP": c.TokenOverlap.String(),
		"N8N_WEBHOOK_URL": c.WebhookURL.redacted(), "WEBHOOK_SECRET": c.WebhookSecret.redacted(),
		"AUDIT_RETENTION": c.AuditRetention.String(), "WEBHOOK_TIMEOUT": c.WebhookTimeout.String(),
		"WEBHOOK_RETENTION": c.WebhookRetention.String(),
		"DOUBLE_OPT_IN":     strconv.FormatBool(c.DoubleOptIn), "ADMIN_PASSWORD": c.AdminPassword.isSet(),
		"ADMIN_PASSWORD_RESET": c.AdminPasswordReset.isSet(),
		"METRICS_ADDR":         c.MetricsAddr, "LOG_LEVEL": strings.ToLower(c.LogLevel.String()),
		"LOG_FORMAT": string(c.LogFormat),
	}
}

// redacted tells the secret from others.
func (s Secret) redacted() string {
	if s == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(s))
	return "set, fingerprint " + hex.EncodeToString(sum[:4])
}

// redactedOr is shown for a secret that a file may hold instead.
func (s Secret) redactedOr(file string) string {
	if s == "" && file != "" {
		return "read from " + file
	}
	return s.redacted()
}

// isSet is shown for a secret that people have chosen: the beginning of its hash would help to
// guess it.
func (s Secret) isSet() string {
	if s == "" {
		return ""
	}
	return "set"
}

func prefixes(list []netip.Prefix) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Trim(fmt.Sprint(list), "[]")
}
