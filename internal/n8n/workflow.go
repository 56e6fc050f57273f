package n8n

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

//go:embed workflow
var workflowFiles embed.FS

// Form is the form of the webhooks that a workflow reads.
type Form string

// The forms of webhooks.
const (
	Legacy Form = "legacy" // contract section 7
	V1     Form = "v1"     // that of hooks
)

// Forms returns all forms.
func Forms() []Form { return []Form{Legacy, V1} }

// WorkflowInfo describes a workflow that namets serves.
type WorkflowInfo struct {
	Name    string // also its file: NAME.json
	Summary string // what it does, without a full stop
}

// Workflows lists the workflows that namets serves.
func Workflows() []WorkflowInfo {
	return []WorkflowInfo{
		{"events", "receive webhooks and send the e-mails"},
		{"remind", "remind people of an event a day before it begins"},
		{"prayer", "send the prayer times of the day to a group every morning"},
		{"sync", "copy new, changed and deleted people to a table"},
		{"import", "import people from a CSV file"},
		{"cancel", "cancel an event and e-mail those to whom it was announced"},
	}
}

// WorkflowPath returns the path of a workflow for [Handler]. n8n's "Import from URL" requires a
// path that ends in .json.
func WorkflowPath(name string) string { return "/n8n/" + name + ".json" }

// Site is what a workflow contains of the instance that serves it.
type Site struct {
	URL  string // its public address
	Name string
	Zone string // an IANA name
}

// The placeholders in the files of the workflows.
const (
	urlMark  = "https://PUBLIC-URL"
	nameMark = "SITE-NAME"
	zoneMark = "SITE/ZONE"
)

// Workflow returns an importable n8n workflow. It contains no secret. Its credentials and sender
// addresses have to be filled in before n8n publishes it. The form matters for "events" only.
func Workflow(name string, form Form, site Site) ([]byte, error) {
	if !slices.ContainsFunc(Workflows(), func(w WorkflowInfo) bool { return w.Name == name }) {
		return nil, fmt.Errorf("there is no workflow %q", name)
	}
	u, err := url.Parse(site.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" ||
		u.Fragment != "" {
		return nil, errors.New("the public address is none: it has to begin with http:// or https://, and to name a " +
			"host and nothing behind its path")
	}
	if name == "events" && form == Legacy {
		name = "events-legacy"
	}
	file, err := workflowFiles.ReadFile("workflow/" + name + ".json")
	if err != nil {
		return nil, err
	}
	for placeholder, value := range map[string]string{
		urlMark: strings.TrimRight(u.String(), "/"), nameMark: site.Name, zoneMark: site.Zone,
	} {
		quoted, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		file = bytes.ReplaceAll(file, []byte(placeholder), quoted[1:len(quoted)-1])
	}
	return file, nil
}

// Handler responds with a workflow. The query parameter form chooses the form of "events"; without
// it, form says which one this instance sends; its errors become a 503. It is safe for concurrent
// use.
func Handler(name string, site Site, form func(context.Context) (Form, error)) (http.Handler, error) {
	workflows := map[Form][]byte{}
	for _, f := range Forms() {
		workflow, err := Workflow(name, f, site)
		if err != nil {
			return nil, err
		}
		workflows[f] = workflow
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := Form(r.URL.Query().Get("form"))
		if asked == "" {
			var err error
			if asked, err = form(r.Context()); err != nil {
				http.Error(w, "the database cannot be read now", http.StatusServiceUnavailable)
				return
			}
		}
		workflow, known := workflows[asked]
		if !known {
			http.Error(w, "form is legacy or v1", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(workflow))
	}), nil
}
