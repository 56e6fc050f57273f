package v1

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	strictjson "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"namets/internal/namets"
	"namets/internal/transfer"
)

// The limits of a batch.
const (
	maxBatch      = 10_000
	maxBatchBytes = 8 << 20
	batchAsks     = 50 // addresses that one call asks to confirm
)

// batchStore imports rows of subscribers.
type batchStore interface {
	transfer.SubscriberStore
}

// batchSubscribers are the parameters of a batch.
type batchSubscribers struct {
	Mode   string `query:"mode" enum:"upsert,create,update" default:"upsert" doc:"Which rows are stored; the others are invalid"`
	DryRun string `query:"dry_run" enum:"0,1" default:"0" doc:"1: only the verdicts, nothing is written"`
	Atomic string `query:"atomic" enum:"0,1" default:"0" doc:"1: one invalid row, and nothing is written: 422 with the verdicts"`
	Ask    string `query:"ask" enum:"0,1" default:"0" doc:"1: new addresses without consent get an e-mail and have to confirm, 50 a call"`
	Notifying
}

// BatchRow is the verdict about one row.
type BatchRow struct {
	Row     int     `json:"row" doc:"The row, from 1; of a table in CSV the line"`
	Email   *string `json:"email" nullable:"true" doc:"Its address; null if it has none"`
	ID      *int64  `json:"id" nullable:"true" doc:"The subscriber; null if nobody is stored"`
	Outcome string  `json:"outcome" enum:"created,updated,unchanged,asked,suppressed,inactive,invalid" doc:"What has become of it"`
	Code    string  `json:"code,omitempty" doc:"Of an invalid row, why in a word for programs: invalid, consent, ask_limit, conflict, not_found" example:"consent"`
	Errors  []Issue `json:"errors" doc:"Of an invalid row, what is wrong; the pointers are within the row"`
}

// addBatch registers the batch of subscribers.
func (a *API) addBatch() {
	anything := &huma.Schema{Description: "subscribers, each with the members of the body of createSubscriber"}
	body := &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/json": {Schema: &huma.Schema{Type: huma.TypeArray, Items: anything}},
		"text/csv":         {Schema: &huma.Schema{Type: huma.TypeString}},
	}}
	writeBytes(a, operation{id: "batchSubscribers", method: http.MethodPost, path: "/subscribers/batch",
		tag: tagSubscribers, scopes: writePeople(), bodyLimit: maxBatchBytes,
		summary: "Add or change many subscribers",
		text: "A list in JSON, or a table in CSV whose first line names the members; at most 10,000 rows and 8 MB. " +
			"Each row gets a verdict, and an invalid row does not spoil the others. A row for a new address without " +
			"consent is invalid with the code consent, unless ask=1.",
		replies: []reply{one[[]BatchRow](http.StatusOK, "One verdict a row")},
		example: `[{"email": "amina@example.org", "consent": "confirmed", "consent_at": "2026-03-01T14:05:00+01:00", ` +
			`"consent_source": "paper form"}]`,
	}, []string{"application/json", "text/csv"}, body,
		func(ctx context.Context, r *Request, p *batchSubscribers, mediaType string, body []byte) (*answer, error) {
			source, err := batchSource(&a.subscriberBody, mediaType, body)
			if err != nil {
				return nil, err
			}
			return a.batch(ctx, r, p, source)
		})
}

// batch imports the rows of the source.
func (a *API) batch(ctx context.Context, r *Request, p *batchSubscribers,
	source transfer.SubscriberSource) (*answer, error) {
	opts := namets.SubscriberImport{DryRun: p.DryRun == "1", Program: &namets.ProgramImport{
		Mode: namets.WriteMode(p.Mode), Atomic: p.Atomic == "1", Quiet: p.Quiet(), Links: a.site}}
	if p.Ask == "1" {
		opts.Program.Ask = batchAsks
	}
	verdicts, refused := []BatchRow{}, 0
	done, err := transfer.ImportSubscribers(ctx, a.store, r.Actor(), source, opts,
		func(result transfer.SubscriberResult) error {
			row := verdictOf(result)
			if row.Outcome == outcomeInvalid {
				refused++
			}
			verdicts = append(verdicts, row)
			return nil
		})
	switch {
	case err != nil:
		return nil, err
	case opts.Program.Atomic && refused > 0:
		if !done {
			for i := range verdicts {
				if verdicts[i].Outcome == outcomeCreated {
					verdicts[i].ID = nil // it is not stored
				}
			}
		}
		p := problem(http.StatusUnprocessableEntity, codeInvalid, "Nothing is written: "+strconv.Itoa(refused)+
			" of the rows are invalid.")
		p.Rows = verdicts
		return nil, p
	}
	body, err := json.Marshal(verdicts)
	if err != nil {
		return nil, err
	}
	return ok(body), nil
}

// verdictOf returns the result of a row as the API shows it.
func verdictOf(r transfer.SubscriberResult) BatchRow {
	row := BatchRow{Row: r.Line, Email: optional(r.Email), Outcome: outcomeOf(r.Verdict), Errors: []Issue{}}
	if r.ID != 0 && row.Outcome != outcomeSuppressed {
		row.ID = &r.ID
	}
	if row.Outcome != outcomeInvalid {
		return row
	}
	row.Code, row.Errors = codeInvalid, []Issue{{Detail: r.Bad.Message, whole: true}}
	if p := problemOf(r.Why); p != nil {
		row.Code = p.Code
		if len(p.Errors) > 0 {
			row.Errors = p.Errors
		}
	}
	return row
}

// batchSource returns the rows of a body. row decodes those in JSON. Its errors are Problems.
func batchSource(row *rowBody, mediaType string, body []byte) (transfer.SubscriberSource, error) {
	if mediaType == "text/csv" {
		table, err := transfer.OpenProgramCSV(bytes.NewReader(body))
		if err != nil {
			return nil, tableProblem(err)
		}
		return &shortTable{SubscriberTable: table}, nil
	}
	rows := jsonRows{body: row}
	err := strictjson.Unmarshal(body, &rows.rows)
	if err != nil && wellFormed(body) != nil {
		return nil, row.types.problemOf(body, err)
	}
	if err != nil || rows.rows == nil {
		return nil, invalid(Issue{Detail: "must be a list of subscribers", whole: true})
	}
	if len(rows.rows) > maxBatch {
		return nil, tooMany()
	}
	return &rows, nil
}

func tooMany() *Problem {
	return problem(http.StatusRequestEntityTooLarge, codeTooLarge, "The batch has more than 10,000 rows: split it.")
}

// tableProblem returns the problem of a table that is unusable as a whole.
func tableProblem(err error) error {
	if list, ok := errors.AsType[namets.Problems](err); ok {
		issues := make([]Issue, len(list))
		for i, e := range list {
			issues[i] = Issue{Detail: "the table " + e.Message, whole: true}
		}
		return invalid(issues...)
	}
	if e, ok := errors.AsType[*namets.Error](err); ok {
		return invalid(Issue{Detail: "the table " + e.Message, whole: true})
	}
	return err
}

// shortTable is a table of at most maxBatch rows.
type shortTable struct {
	*transfer.SubscriberTable
	n int
}

// Next returns the next row. Its error may also be a [Problem].
func (t *shortTable) Next() (transfer.TableRow, error) {
	row, err := t.SubscriberTable.Next()
	if t.n++; err == nil && t.n > maxBatch {
		return row, tooMany()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = tableProblem(err)
	}
	return row, err
}

// jsonRows are the rows of a batch in JSON.
type jsonRows struct {
	transfer.Mailboxes
	body *rowBody
	rows []jsontext.Value
	at   int
}

// Next returns the next row.
func (j *jsonRows) Next() (transfer.TableRow, error) {
	if j.at == len(j.rows) {
		return transfer.TableRow{}, io.EOF
	}
	text := j.rows[j.at]
	j.at++
	row := transfer.TableRow{Line: j.at}
	bad := func(why error) (transfer.TableRow, error) {
		row.Bad, row.Why = &transfer.BadRow{Line: j.at, Message: "is invalid", Email: emailIn(text)}, why
		return row, nil
	}
	if len(text) > transfer.MaxRow {
		text = nil // bad must not read it: that costs many times its size
		return bad(invalid(Issue{Detail: "has more than 64 kB", whole: true}))
	}
	var b SubscriberBody
	readOnly, err := j.body.decode(text, &b)
	if err != nil {
		return bad(err)
	}
	sent := newSentSubscriber(&b, readOnly)
	if err := sent.alone(); err != nil {
		return bad(err)
	}
	row.SubscriberRow = sent.row
	if first, twice := j.Taken(&row.SubscriberRow); twice {
		return bad(invalid(atMember("email", "is that of row "+strconv.Itoa(first)+" already")))
	}
	j.Mailboxes.Take(&row)
	return row, nil
}

// emailIn returns the address of a row that may be invalid; empty if there is none.
func emailIn(text jsontext.Value) string {
	var row struct {
		Email any `json:"email"`
	}
	if json.Unmarshal(text, &row) != nil {
		return ""
	}
	email, _ := row.Email.(string)
	return email
}
