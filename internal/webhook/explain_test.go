package webhook_test

import (
	"fmt"
	"strings"
	"testing"

	"namets/internal/namets"
	"namets/internal/network"
	"namets/internal/secret"
	"namets/internal/webhook"
)

func TestExplain_saysWhatToDo(t *testing.T) {
	const production, test = "https://u:p@n8n.example/webhook/secret-path",
		"https://n8n.example/webhook-test/secret-path"
	for _, tt := range []struct {
		url     string
		status  int
		answer  string
		failure network.Failure
		want    string // a part of the explanation
	}{
		{production, 200, "", 0, "n8n.example took it: OK."},
		{test, 200, "", 0, "use its production URL"},
		{test, 404, `{"code":404,"message":"The requested webhook \"secret-path\" is not registered."}`, 0,
			"takes one call after"},
		{production, 404, `{"code":404,"message":"The requested webhook \"POST secret-path\" is not registered."}`,
			0, "not active"},
		{production, 404, `{"message":"This webhook is not registered for POST requests. Did you mean to make a GET ` +
			`request?"}`, 0, "set it to POST"},
		{production, 404, "<html>", 0, "If this host is n8n"},
		{production, 403, "Authorization data is wrong!", 0, "X-Namets-Webhook-Token"},
		{production, 405, "", 0, "POST"},
		{production, 301, "", 0, "redirect leads to"},
		{production, 413, "", 0, "N8N_PAYLOAD_SIZE_MAX"},
		{production, 502, "", 0, "may be starting"},
		{production, 500, "", 0, "executions"},
		{production, 418, "", 0, "n8n.example: answered 418."},
		{production, 0, "", network.Refused, "Is n8n running"},
		{production, 0, "", network.UnknownHost, "typing error"},
		{production, 0, "", network.Late, "waking up"},
		{production, 0, "", network.OtherName, "Fix the certificate"},
		{"nonsense", 0, "", 0, "not a URL"},
	} {
		r := webhook.Result{Attempt: namets.Attempt{Status: tt.status, Answer: tt.answer}, Failure: tt.failure}
		if r.Error = fmt.Sprintf("answered %d", tt.status); tt.failure != 0 {
			r.Error = tt.failure.Error()
		}
		got := webhook.Explain(secret.New(tt.url), r)
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s %d %s: %s\nwant %s", tt.url, tt.status, r.Error, got, tt.want)
		}
		if strings.Contains(got, "secret-path") || strings.Contains(got, "u:p") {
			t.Errorf("the explanation holds a secret: %s", got)
		}
	}
}
