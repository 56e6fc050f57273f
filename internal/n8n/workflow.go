package n8n

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// WorkflowPath is where [Handler] is meant to answer. n8n's "Import from URL" wants a path that
// ends in .json.
const WorkflowPath = "/n8n/events.json"

//go:embed events.json
var eventsWorkflow []byte

// publicURLMark is in events.json for the address of the site.
const publicURLMark = "https://PUBLIC-URL"

// Workflow returns an n8n workflow, ready to be imported, that receives the webhooks of contract
// section 7 from the namets at publicURL: it checks them, fetches the personal links from there
// and sends an e-mail to each recipient. It holds no secret; its credentials and the senders of its
// e-mails are left to be filled in, and n8n publishes it no sooner.
func Workflow(publicURL string) ([]byte, error) {
	u, err := url.Parse(publicURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" ||
		u.Fragment != "" {
		return nil, errors.New("the public address is none: it has to begin with http:// or https://, and to name a " +
			"host and nothing behind its path")
	}
	quoted, err := json.Marshal(strings.TrimRight(u.String(), "/"))
	if err != nil {
		return nil, err
	}
	return bytes.ReplaceAll(eventsWorkflow, []byte(publicURLMark), quoted[1:len(quoted)-1]), nil
}

// Handler answers every request with [Workflow]. It is safe for concurrent use.
func Handler(publicURL string) (http.Handler, error) {
	workflow, err := Workflow(publicURL)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(workflow))
	}), nil
}
