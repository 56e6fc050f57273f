package webhook_test

import (
	"strings"
	"testing"

	"namets/internal/namets"
	"namets/internal/secret"
	"namets/internal/webhook"
)

func TestExplain_saysWhatToDo(t *testing.T) {
	const production, test = "https://u:p@n8n.example/webhook/secret-path",
		"https://n8n.example/webhook-test/secret-path"
	for _, tt := range []struct {
		url    string
		status int
		answer string
		error  string
		want   string // a part of the explanation
	}{
		{production, 200, "", "", "n8n.example took it: OK."},
		{test, 200, "", "", "use its production URL"},
		{test, 404, `{"code":404,"message":"The requested webhook \"secret-path\" is not registered."}`, "answered 404",
			"takes one call after"},
		{production, 404, `{"code":404,"message":"The requested webhook \"POST secret-path\" is not registered."}`,
			"answered 404", "not active"},
		{production, 404, `{"message":"This webhook is not registered for POST requests. Did you mean to make a GET ` +
			`request?"}`, "answered 404", "set it to POST"},
		{production, 404, "<html>", "answered 404", "If this host is n8n"},
		{production, 403, "Authorization data is wrong!", "answered 403", "X-Namets-Webhook-Token"},
		{production, 405, "", "answered 405", "POST"},
		{production, 301, "", "answered 301", "redirect leads to"},
		{production, 413, "", "answered 413", "N8N_PAYLOAD_SIZE_MAX"},
		{production, 502, "", "answered 502", "may be starting"},
		{production, 500, "", "answered 500", "executions"},
		{production, 418, "", "answered 418 I'm a teapot", "n8n.example: answered 418 I'm a teapot."},
		{production, 0, "", "connection refused: nothing listens at this host and port", "Is n8n running"},
		{production, 0, "", "DNS does not know the host", "typing error"},
		{production, 0, "", "no answer within 1m30s", "waking up"},
		{production, 0, "", "the TLS certificate is for another host name", "Fix the certificate"},
		{"nonsense", 0, "", "", "not a URL"},
	} {
		got := webhook.Explain(secret.New(tt.url),
			webhook.Result{Attempt: namets.Attempt{Status: tt.status, Answer: tt.answer, Error: tt.error}})
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s %d %s: %s\nwant %s", tt.url, tt.status, tt.error, got, tt.want)
		}
		if strings.Contains(got, "secret-path") || strings.Contains(got, "u:p") {
			t.Errorf("the explanation holds a secret: %s", got)
		}
	}
}
