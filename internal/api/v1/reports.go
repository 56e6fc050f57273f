package v1

import (
	"context"
	"net/http"
	"strings"

	"namets/internal/auth"
	"namets/internal/namets"
)

// reportStore stores reports. *store.DB documents the methods.
type reportStore interface {
	IsReportKey(ctx context.Context, webhookID, key string) (bool, error)
	DeliveryByWebhookID(ctx context.Context, webhookID string) (id int64, err error)
	Delivery(ctx context.Context, id int64) (namets.Delivery, []namets.Attempt, error)
	Hook(ctx context.Context, id int64) (namets.Hook, error)
	RecordReport(ctx context.Context, by namets.Actor, webhookID string, r namets.MailReport) (namets.ReportResult,
		error)
}

// reportActor is the name, in the audit, of a program that reports with the key of a delivery.
const reportActor = "report key"

// ReportParameters are the parameters of a report.
type ReportParameters struct {
	WebhookID string `path:"webhook_id" maxLength:"100" doc:"The webhook-id of the delivery"`
	Key       string `query:"key" maxLength:"100" doc:"The key that report_url contains; without it, the request needs a token"`
}

// Report is what a workflow says of the e-mails of a delivery.
type Report struct {
	Sent   []string       `json:"sent,omitempty" maxItems:"10000" doc:"The addresses to which an e-mail was sent"`
	Failed []FailedReport `json:"failed,omitempty" maxItems:"10000" doc:"The addresses whose e-mail was refused. An address that is also in sent counts as sent"`
}

// FailedReport is an e-mail that was refused.
type FailedReport struct {
	Email  string `json:"email" doc:"The address" example:"amina@example.org"`
	Reason string `json:"reason,omitempty" doc:"Why, in the words of the mail server; the first 300 characters are kept" example:"550 no such mailbox"`
}

// Reported is the answer to a report.
type Reported struct {
	Sent    int `json:"sent" doc:"How many of the delivery's recipients were reported as sent, in all reports together"`
	Refused int `json:"refused" doc:"How many were reported as failed and never as sent"`
	Missing int `json:"missing" doc:"How many are still to be reported; 0: the delivery is done"`
}

// addReports registers the operation with which workflows report.
func (a *API) addReports() {
	write(a, operation{
		id: "reportDelivery", method: http.MethodPost, path: "/deliveries/{webhook_id}/report", tag: tagHooks,
		open: true, summary: "Report on the e-mails of a delivery",
		text: "POST to the report_url of the delivery, which contains a key and needs no token; or use the token " +
			"that owns the hook, for the target of N8N_WEBHOOK_URL the shared one. Report as often as you like: each " +
			"address counts once, and sent stands against failed. An address that is no recipient refuses the whole " +
			"report. Reports end when the recipients of the delivery are no longer stored, seven days after it is " +
			"done.",
		replies: []reply{one[Reported](http.StatusOK, "What is known of the delivery now")},
		example: `{"sent": ["amina@example.org"], "failed": [{"email": "yusuf@example.org", "reason": "full"}]}`,
	}, a.reportDelivery, a.mayReport)
}

func (a *API) reportDelivery(ctx context.Context, r *Request, p *ReportParameters, b *Report) (*answer, error) {
	report := namets.MailReport{Sent: b.Sent}
	for _, f := range b.Failed {
		report.Failed = append(report.Failed, namets.FailedMail{Email: f.Email, Reason: f.Reason})
	}
	result, err := a.store.RecordReport(ctx, r.Actor(), p.WebhookID, report)
	if err != nil {
		return nil, err
	}
	return object(http.StatusOK, Reported{Sent: result.Sent, Refused: result.Refused, Missing: result.Missing})
}

// mayReport returns an error unless the caller has the key of the delivery, or the token to whose
// target it goes. To other tokens the delivery does not exist.
func (a *API) mayReport(ctx context.Context, r *Request, p *ReportParameters) error {
	if p.Key != "" {
		right, err := a.store.IsReportKey(ctx, p.WebhookID, p.Key)
		if right && err == nil {
			r.Caller = auth.Caller{Name: reportActor}
		}
		if right || err != nil {
			return err
		}
	}
	if r.x.denied != nil {
		return tokenProblem(r.x.denied)
	}
	owned, err := a.ownsDelivery(ctx, r, p.WebhookID)
	if err == nil && !owned {
		err = notFound()
	}
	return err
}

// ownsDelivery reports whether the delivery goes to a target of the caller's token.
func (a *API) ownsDelivery(ctx context.Context, r *Request, webhookID string) (bool, error) {
	if strings.ContainsRune(webhookID, 0) {
		return false, nil
	}
	id, err := a.store.DeliveryByWebhookID(ctx, webhookID)
	if err != nil {
		return false, err
	}
	d, _, err := a.store.Delivery(ctx, id)
	if err != nil {
		return false, err
	}
	if d.Hook == namets.LegacyHook {
		return r.Caller.Shared(), nil
	}
	h, err := a.store.Hook(ctx, d.Hook)
	if namets.CodeOf(err) == namets.NotFound {
		return false, nil
	}
	return h.TokenID == r.Caller.TokenID, err
}
