package v1_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	v1 "namets/internal/api/v1"
)

// documented is one operation of the document.
type documented struct {
	method, path string // the path with an example for each parameter
	template     string // the path as documented
	op           struct {
		OperationID string                `json:"operationId"`
		Summary     string                `json:"summary"`
		Description string                `json:"description"`
		Tags        []string              `json:"tags"`
		Security    []map[string][]string `json:"security"`
		Parameters  []struct{ Name, In string }
		RequestBody struct {
			Content map[string]struct {
				Schema  schema
				Example json.RawMessage
			}
		}
		Responses map[string]struct {
			Description string
			Content     map[string]struct{ Schema schema }
		}
	}
}

// schema is a part of a JSON schema of the document.
type schema struct {
	Ref        string            `json:"$ref"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
	Unique     bool              `json:"uniqueItems"`

	Description string          `json:"description"`
	Default     json.RawMessage `json:"default"`
	ReadOnly    bool            `json:"readOnly"`
}

// operations returns all operations of the document, always in the same order, and its schemas.
func operations(tb testing.TB) (list []documented, schemas map[string]schema) {
	tb.Helper()
	data, _ := document()
	var doc struct {
		Paths      map[string]map[string]json.RawMessage
		Components struct{ Schemas map[string]schema }
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		tb.Fatal(err)
	}
	for _, template := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(doc.Paths[template])) {
			d := documented{method: strings.ToUpper(method), template: template, path: v1.Prefix +
				strings.NewReplacer("{id}", "1", "{key}", "k1", "{email}", "p1@example.org", "{date}", "2026-03-01",
					"{topic}", "events",
					"{", "", "}", "").Replace(template)}
			if err := json.Unmarshal(doc.Paths[template][method], &d.op); err != nil {
				tb.Fatal(template, method, err)
			}
			list = append(list, d)
		}
	}
	return list, doc.Components.Schemas
}

// members returns the names of the members of the operation's body in JSON, and whether it has one.
func (d *documented) members(schemas map[string]schema) (names []string, has bool) {
	media, has := d.op.RequestBody.Content["application/json"]
	s := media.Schema
	if s.Items != nil {
		s = *s.Items
	}
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		s = schemas[name]
	}
	return slices.Sorted(maps.Keys(s.Properties)), has
}

// parameters returns the names of the operation's parameters in the place.
func (d *documented) parameters(in string) (names []string) {
	for _, p := range d.op.Parameters {
		if p.In == in {
			names = append(names, p.Name)
		}
	}
	return names
}

func TestDocument_describesEveryRoute(t *testing.T) {
	s := newSite(t)
	list, schemas := operations(t)
	ids := map[string]bool{}
	for _, d := range list {
		if ids[d.op.OperationID] || d.op.OperationID == "" || d.op.Summary == "" || len(d.op.Tags) != 1 {
			t.Errorf("%s %s: id %q, summary %q, tags %q", d.method, d.template, d.op.OperationID, d.op.Summary,
				d.op.Tags)
		}
		ids[d.op.OperationID] = true
		for status, response := range d.op.Responses {
			if status != "304" && len(response.Content) == 0 || response.Description == "" {
				t.Errorf("%s %s: the answer %s is not described", d.method, d.template, status)
			}
		}
		options := s.call(t, http.MethodOptions, d.path, "").want(http.StatusNoContent)
		if allow := options.Header.Get("Allow"); !slices.Contains(strings.Split(allow, ", "), d.method) {
			t.Errorf("%s %s: the path allows %s", d.method, d.template, allow)
		}
	}
	for name, s := range schemas {
		for member, p := range s.Properties {
			if p.Unique {
				t.Errorf("%s.%s: uniqueItems panics for items that are objects", name, member)
			}
			if strings.ContainsAny(member, ".[]/~") {
				t.Errorf("%s.%s: a name that breaks pointers", name, member)
			}
		}
	}
}

func TestDocument_needsNoToken(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/api/v1/openapi.json", "/api/v1/openapi.json/"} {
		res := s.get(t, path, "X-N8N-Token", "").want(http.StatusOK)
		if res.Header.Get("Content-Type") != "application/json" || res.object()["openapi"] != "3.1.0" {
			t.Errorf("%s: %v %.100s", path, res.Header, res.body)
		}
		if head := s.call(t, http.MethodHead, path, "", "X-N8N-Token", "").want(http.StatusOK); len(head.body) > 0 {
			t.Errorf("HEAD %s: %.100s", path, head.body)
		}
		s.call(t, http.MethodOptions, path, "", "X-N8N-Token", "").want(http.StatusNoContent)
		post := s.call(t, http.MethodPost, path, "{}", "X-N8N-Token", "")
		if post.wantProblem(http.StatusMethodNotAllowed, "method"); post.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
			t.Errorf("POST %s: %v", path, post.Header)
		}
	}
}

func TestDocument_saysTheDefaultOfEachMember(t *testing.T) {
	required := map[string][]string{
		"AnnouncementBody": {"title", "content"}, "EventBody": {"title", "start_datetime"}, "CategoryBody": {"name"},
		"PatronBody": {"name"}, "SubscriberBody": {"email", "consent", "consent_at", "consent_source"},
		"PrayerDayBody": {"date", "fajr_adhan", "fajr_iqama", "dhuhr_adhan", "dhuhr_iqama", "asr_adhan", "asr_iqama",
			"maghrib_adhan", "maghrib_iqama", "isha_adhan", "isha_iqama"},
	}
	_, schemas := operations(t)
	for body, needs := range required {
		members := schemas[body].Properties
		if len(members) <= len(needs) {
			t.Errorf("%s has %d members", body, len(members))
		}
		for name, member := range members {
			said := member.Default != nil || strings.Contains(member.Description, "Default: ")
			if !member.ReadOnly && !said && !slices.Contains(needs, name) {
				t.Errorf("%s of %s has no default: %s", name, body, member.Description)
			}
		}
	}
}
