package config

// Variable describes one environment variable for people.
type Variable struct {
	Name    string
	Default string // empty: none, or one that depends on others, which Meaning then says
	Meaning string
}

// Variables returns all variables that [Load] reads for the operator, in the order of the
// documentation.
func Variables() []Variable {
	return []Variable{
		{"PORT", "8080", "port to listen on; Fly and Render set it; 0 chooses a free port"},
		{"HOST", "", "address to listen on; empty listens on all"},
		{"DATA_DIR", "./data", "directory of the database; created if it does not exist"},
		{"ALLOW_EPHEMERAL_DATA", "false", "on Fly or Render: serve even if `DATA_DIR` is not on a mounted disk and " +
			"is lost at every deploy"},
		{"BACKUP_KEEP", "7", "number of daily backups to keep in `DATA_DIR/backups`; as many made by hand, and up " +
			"to 3 each from before upgrades and restores; 0 makes none"},
		{"AUDIT_RETENTION", "9600h", "how long the activity log is kept (400 days); at least `24h`"},
		{"RUN_AS", "0", "uid of the user to run as when root starts namets, which first makes this user the owner " +
			"of `DATA_DIR`; the Docker image sets 65532, 0 stays root"},
		{"SITE_NAME", "NAMETS", "name of the site, shown on pages"},
		{"TIME_ZONE", "Africa/Lagos", "the site's time zone (the time zone database is built in)"},
		{"PUBLIC_URL", "", "address of the site in links; by default `RENDER_EXTERNAL_URL` or the name of the Fly " +
			"app, else `http://localhost:PORT`"},
		{"TRUSTED_PROXIES", "", "comma-separated CIDRs of proxies whose forwarding headers are trusted; by default " +
			"Fly's or Render's when running there, else `none`"},
		{"TOKEN_SOURCE", "", "`env`, `file` or `vault`; by default the one that is configured; two are an error"},
		{"N8N_API_TOKEN", "", "the API token itself, at least 16 characters"},
		{"N8N_API_TOKEN_FILE", "", "file that contains the API token; namets reads it repeatedly"},
		{"VAULT_ADDR", "", "HashiCorp Vault that stores the API token, such as `https://vault.example.org:8200`; " +
			"the other variables of Vault's client (`VAULT_NAMESPACE`, `VAULT_CACERT`, …) work too"},
		{"VAULT_SKIP_VERIFY", "false", "`true` accepts any certificate from Vault; namets warns about it"},
		{"VAULT_TOKEN", "", "login to Vault; or `VAULT_TOKEN_FILE`, which is read repeatedly, as a Vault Agent " +
			"writes it"},
		{"VAULT_ROLE_ID", "", "login to Vault by AppRole; or `VAULT_ROLE_ID_FILE`, which is read at each login"},
		{"VAULT_SECRET_ID", "", "secret ID of the AppRole; or `VAULT_SECRET_ID_FILE`, which is read at each login"},
		{"VAULT_KV_PATH", "secret/namets", "mount and path of the secret in Vault, KV version 1 or 2, with or " +
			"without `data/`"},
		{"VAULT_KV_FIELD", "N8N_API_TOKEN", "key of the token inside the secret"},
		{"TOKEN_RELOAD_INTERVAL", "60s", "how often the token file or Vault is read again; at least `5s`"},
		{"TOKEN_OVERLAP", "0s", "how long the previous token is still accepted after a change; 0 refuses it at once"},
		{"N8N_WEBHOOK_URL", "", "production URL of n8n's Webhook node; while it is empty, webhooks wait"},
		{"N8N_WEBHOOK_FORMAT", "legacy", "form of webhooks to `N8N_WEBHOOK_URL`: `legacy`, or `v1` as hooks get it, " +
			"with all types and in parts of 50 recipients (see [Webhooks](webhooks.md))"},
		{"N8N_WEBHOOK_REPORT_WITHIN", "30m", "with `N8N_WEBHOOK_FORMAT=v1`: how long the workflow may take to report " +
			"on every recipient of a part before it gets the part again; from `30s` to `24h`"},
		{"WEBHOOK_SECRET", "", "key that signs webhooks: `whsec_` with base64, or plain text; or " +
			"`WEBHOOK_SECRET_FILE`, read at start and at SIGHUP, or `WEBHOOK_SECRET` in the same Vault secret; " +
			"empty sends them unsigned"},
		{"WEBHOOK_TIMEOUT", "90s", "timeout of one attempt; a sleeping n8n may need a minute to wake up"},
		{"WEBHOOK_RETENTION", "2160h", "how long delivered webhooks are listed; at least `168h`"},
		{"DOUBLE_OPT_IN", "true", "subscribing requires a click on a link in an e-mail, which n8n sends (see " +
			"[People subscribe and leave](../author/subscribing.md))"},
		{"ADMIN_PASSWORD", "", "password of the owner `admin`, who is created when no user exists; ignored later; " +
			"at least 12 characters; or `ADMIN_PASSWORD_FILE`; if empty, the first start logs a one-time link"},
		{"ADMIN_PASSWORD_RESET", "", "name of a user who has lost the password: the next start removes it, ends " +
			"the user's sessions and logs a one-time link, once per value; `admin:2` (any text after a colon) does " +
			"it again"},
		{"METRICS_ADDR", "", "address for Prometheus metrics, such as `:9091`; empty serves none"},
		{"LOG_LEVEL", "info", "`debug`, `info`, `warn` or `error`"},
		{"LOG_FORMAT", "", "`text` or `json`; by default text on a terminal, else json"},
	}
}
