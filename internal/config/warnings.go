package config

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Warning describes a setting that works but is probably a mistake. It contains no secret.
type Warning struct {
	Name string // of the variable
	What string // is wrong with it: what follows the name in a sentence, without its full stop
	Do   string // about it: what follows "you should", likewise
}

// String returns the warning on one line.
func (w Warning) String() string { return w.Name + " " + w.What + ": " + w.Do }

// Warnings returns the settings that are probably a mistake, in the order of [Variables]. They do
// not prevent a start.
func (c *Config) Warnings() []Warning {
	var list []Warning
	warn := func(name, what, do string) { list = append(list, Warning{name, what, do}) }
	switch u := parsed(c.PublicURL); {
	case c.Nowhere() && c.reachable():
		warn("PUBLIC_URL", "is the default, "+c.PublicURL+", but others can reach this service, "+
			"and the links that they get by e-mail would lead to their own machine",
			"set it to the address by which people reach the service, or HOST=127.0.0.1 if nobody else is to reach it")
	case u.Scheme == "http" && !private(u.Hostname()):
		warn("PUBLIC_URL", "is plain http, and others on the network can read passwords, sessions and personal links",
			"put the service behind https and give its https address")
	}
	if c.TokenSource == TokenFromVault {
		c.warnOfVault(warn)
	}
	u := parsed(c.WebhookURL.Reveal())
	if slices.Contains(strings.Split(u.Path, "/"), "webhook-test") {
		warn("N8N_WEBHOOK_URL", "is the test URL of n8n's Webhook node, "+
			"which answers only while somebody listens in n8n's editor",
			"give the production URL, with /webhook/ in the place of /webhook-test/, and activate the workflow")
	}
	if u.Scheme == "http" && !private(u.Hostname()) {
		warn("N8N_WEBHOOK_URL", "is plain http to another host, "+
			"and others on the network can read addresses of people and the links that open their pages",
			"give an https address")
	}
	return list
}

func (c *Config) warnOfVault(warn func(name, what, do string)) {
	if u := parsed(c.Vault.Address); u.Scheme == "http" && !loopback(u.Hostname()) {
		warn("VAULT_ADDR", "is plain http to another host, "+
			"and others on the network can read the login to Vault and the API token",
			"give Vault a certificate, and its https address here")
	}
	if c.Vault.SkipVerify {
		warn("VAULT_SKIP_VERIFY", "is on: the certificate of Vault is not checked, "+
			"and any server in between can take the login and hand out another API token",
			"remove it, and name the certificate of its authority in VAULT_CACERT")
	}
}

// reachable reports whether other machines may reach the address that the service listens on.
func (c *Config) reachable() bool { return !loopback(c.Host) }

func parsed(address string) *url.URL {
	u, err := url.Parse(address)
	if err != nil {
		return new(url.URL)
	}
	return u
}

// loopback reports whether host, a name or an address, is this machine.
func loopback(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// private reports whether host is this machine or in a private network, such as a neighbouring
// container. A name without a dot counts as private.
func private(host string) bool {
	if loopback(host) || host == "" {
		return true
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		addr = addr.Unmap()
		return addr.IsPrivate() || addr.IsLinkLocalUnicast() || netip.MustParsePrefix("100.64.0.0/10").Contains(addr)
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if !strings.Contains(host, ".") {
		return true
	}
	for _, suffix := range []string{".internal", ".local", ".lan", ".home.arpa", ".flycast", ".svc"} {
		if strings.HasSuffix(host, suffix) {
			return true
		}
	}
	return false
}
