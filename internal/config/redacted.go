package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"namets/internal/secret"
)

// Redacted returns the value of each of [Variables] by name, as people may see it: of a secret only
// that it is set, and the beginning of its SHA-256. Unset variables are empty.
func (c *Config) Redacted() map[string]string {
	v := c.Vault
	return map[string]string{
		"PORT": strconv.Itoa(c.Port), "HOST": c.Host, "DATA_DIR": c.DataDir,
		"ALLOW_EPHEMERAL_DATA": strconv.FormatBool(c.AllowEphemeralData),
		"BACKUP_KEEP":          strconv.Itoa(c.BackupKeep), "RUN_AS": strconv.Itoa(c.RunAs),
		"SITE_NAME": c.SiteName, "TIME_ZONE": c.Zone.String(), "PUBLIC_URL": c.PublicURL,
		"TRUSTED_PROXIES": prefixes(c.TrustedProxies),
		"TOKEN_SOURCE":    string(c.TokenSource), "N8N_API_TOKEN": redacted(c.Token),
		"N8N_API_TOKEN_FILE": c.TokenFile,
		"VAULT_ADDR":         v.Address, "VAULT_SKIP_VERIFY": strconv.FormatBool(v.SkipVerify),
		"VAULT_TOKEN": redactedOr(v.Token, v.TokenFile), "VAULT_ROLE_ID": redactedOr(v.RoleID, v.RoleIDFile),
		"VAULT_SECRET_ID": redactedOr(v.SecretID, v.SecretIDFile), "VAULT_KV_PATH": v.KVPath, "VAULT_KV_FIELD": v.Field,
		"TOKEN_RELOAD_INTERVAL": c.ReloadInterval.String(), "TOKEN_OVERLAP": c.TokenOverlap.String(),
		"N8N_WEBHOOK_URL": redacted(c.WebhookURL), "WEBHOOK_SECRET": redacted(c.WebhookSecret),
		"AUDIT_RETENTION": c.AuditRetention.String(), "WEBHOOK_TIMEOUT": c.WebhookTimeout.String(),
		"WEBHOOK_RETENTION": c.WebhookRetention.String(), "N8N_WEBHOOK_FORMAT": string(c.WebhookFormat),
		"N8N_WEBHOOK_REPORT_WITHIN": c.WebhookReportWithin.String(),
		"DOUBLE_OPT_IN":             strconv.FormatBool(c.DoubleOptIn), "ADMIN_PASSWORD": isSet(c.AdminPassword),
		"ADMIN_PASSWORD_RESET": isSet(c.AdminPasswordReset),
		"METRICS_ADDR":         c.MetricsAddr, "LOG_LEVEL": strings.ToLower(c.LogLevel.String()),
		"LOG_FORMAT": string(c.LogFormat),
	}
}

// redacted returns the visible form of a secret.
func redacted(v secret.Value) string {
	if v.IsZero() {
		return ""
	}
	return "set, fingerprint " + v.Fingerprint()
}

// redactedOr is the visible form of a secret that can also be in a file.
func redactedOr(v secret.Value, file string) string {
	if v.IsZero() && file != "" {
		return "read from " + file
	}
	return redacted(v)
}

// isSet is the visible form of a secret chosen by a person: the beginning of its hash would help to
// guess it.
func isSet(v secret.Value) string {
	if v.IsZero() {
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
