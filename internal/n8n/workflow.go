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

// WorkflowPath is the path for [Handler]. n8n's "Import from URL" requires a path that ends in
// .json.
const WorkflowPath = "/n8n/events.json"

//go:embed events.json
var eventsWorkflow []byte

// publicURLMark is the placeholder for the site's address in events.json.
const publicURLMark = "https://PUBLIC-URL"

// Workflow returns an importable n8n workflow that receives the webhooks of contract section 7 from
// the namets at publicURL: it verifies them, fetches the personal links and sends an e-mail to each
// recipient. It contains no secret. Its credentials and sender addresses have to be filled in
// before n8n publishes it.
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

// Handler responds to every request with [Workflow]. It is safe for concurrent use.
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
