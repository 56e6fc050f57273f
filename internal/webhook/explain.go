package webhook

import (
	"net/http"
	"net/url"
	"strings"

	"namets/internal/network"
	"namets/internal/secret"
)

// Explain describes the result of a test in a few sentences and says what the operator can do. Of
// the URL it repeats only the host.
func Explain(target secret.Value, r Result) string {
	u, err := url.Parse(target.Reveal())
	if err != nil || u.Host == "" {
		return "N8N_WEBHOOK_URL is not a URL. Copy the production URL of the workflow's Webhook node."
	}
	said := u.Host + " took it: " + http.StatusText(r.Status) + "."
	if !r.Delivered() {
		said = u.Host + ": " + r.Error + "."
	}
	if advice := advise(u, r); advice != "" {
		return said + " " + advice
	}
	return said
}

// advise returns what can be done about the result, or "" if nothing is wrong or nothing is known.
func advise(u *url.URL, r Result) string {
	testURL := strings.Contains(u.Path, "/webhook-test/")
	const useProduction = "This is the test URL of the Webhook node: it takes one call after \"Listen for " +
		"test event\" was " +
		"clicked. Activate the workflow and use its production URL (/webhook/…)."
	switch {
	case r.Delivered() && testURL:
		return useProduction
	case r.Delivered():
		return ""
	case r.Status == http.StatusNotFound && testURL:
		return useProduction
	case r.Status == http.StatusNotFound && strings.Contains(r.Answer, "not registered for POST"):
		return "The Webhook node takes another HTTP method: set it to POST."
	case r.Status == http.StatusNotFound && strings.Contains(r.Answer, "is not registered"):
		return "The workflow is not active (published), or the path is another one. Activate it and compare " +
			"the URL with the " +
			"production URL of its Webhook node."
	case r.Status == http.StatusNotFound:
		return "If this host is n8n: activate the workflow and compare the URL with the production URL " +
			"of its Webhook node."
	case r.Status == http.StatusMethodNotAllowed:
		return "Set the Webhook node's HTTP method to POST."
	case r.Status == http.StatusUnauthorized, r.Status == http.StatusForbidden:
		return "Set the Webhook node's Header Auth credential to the name X-Namets-Webhook-Token and the " +
			"value that belongs " +
			"to the present WEBHOOK_SECRET. Without WEBHOOK_SECRET no such header is sent."
	case r.Status/100 == 3:
		return "Put the address that the redirect leads to into N8N_WEBHOOK_URL (often https:// instead of http://)."
	case r.Status == http.StatusRequestEntityTooLarge:
		return "Raise the limit of the proxy before n8n or of n8n itself (N8N_PAYLOAD_SIZE_MAX)."
	case r.Status == http.StatusBadGateway, r.Status == http.StatusServiceUnavailable,
		r.Status == http.StatusGatewayTimeout:
		return "The proxy is there and n8n behind it is not: it may be starting. Try again in a minute."
	case r.Status >= 500:
		return "The workflow itself failed: look at its executions in n8n."
	case r.Failure == network.Refused:
		return "Is n8n running, and does it listen at this port and on an address that this machine can " +
			"reach? Inside a " +
			"container localhost is the container itself."
	case r.Failure == network.UnknownHost, r.Failure == network.NoDNS:
		return "Look for a typing error in the host name; a container name works only in the same network."
	case r.Failure == network.Late:
		return "n8n took the connection and did not answer: it may be waking up. Try again in a minute; then see " +
			"what the workflow does " +
			"before it answers, or raise WEBHOOK_TIMEOUT."
	case r.Failure.Certificate():
		return "Fix the certificate, or use http:// inside a private network."
	}
	return ""
}
