package v1_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// marker is in every value that must not come back.
const marker = "zq7marker"

// refused fails the test unless the answer is a problem with one of the statuses, and does not
// repeat what was sent.
func (r *response) refused(what string, statuses ...int) {
	r.tb.Helper()
	if !slices.Contains(statuses, r.StatusCode) {
		r.tb.Errorf("%s with %s: %d %.300s", r.request, what, r.StatusCode, r.body)
		return
	}
	r.problem()
	if strings.Contains(string(r.body), marker) {
		r.tb.Errorf("%s with %s repeats what was sent: %s", r.request, what, r.body)
	}
}

// gentle fails the test if the answer is the service's fault, or repeats a value in a problem.
func (r *response) gentle(what string) {
	r.tb.Helper()
	if r.StatusCode >= 500 || r.StatusCode >= 400 && strings.Contains(string(r.body), marker) {
		r.tb.Errorf("%s with %s: %d %.300s", r.request, what, r.StatusCode, r.body)
	}
}

const (
	malformed  = http.StatusBadRequest
	absent     = http.StatusNotFound
	tooLarge   = http.StatusRequestEntityTooLarge
	otherMedia = http.StatusUnsupportedMediaType
	broken     = http.StatusUnprocessableEntity
)

func TestBadInput_inQueriesAndHeaders(t *testing.T) {
	s := newSite(t)
	s.fill(t, 2)
	list, _ := operations(t)
	for _, d := range list {
		call := func(query string, headers ...string) *response {
			return s.call(t, d.method, d.path+"?"+query, "", headers...)
		}
		// Where the body comes first by its media type, the order is still parameters before body
		call("afterr="+marker).refused("an unknown parameter", broken)
		call("%zz").refused("a query that is none", malformed)
		call("a=%ff").refused("invalid UTF-8", malformed)
		for _, name := range d.parameters("query") {
			call(name+"=").refused("an empty "+name, broken)
			call(name+"=1&"+name+"=1").refused("a repeated "+name, broken)
			call(name+"="+url.QueryEscape("\x00"+marker)).refused("NUL in "+name, broken)
			call(name + "=" + strings.Repeat("9", 30)).gentle("a huge " + name)
			call(name + "=" + strings.Repeat(marker, 500)).gentle("a long " + name)
		}
		for _, name := range d.parameters("header") {
			call("", name, strings.Repeat(marker, 1000)).refused("a long "+name, broken, absent)
			call("", name, "\x01"+marker).gentle("control characters in " + name)
		}
	}
}

func TestBadInput_inPaths(t *testing.T) {
	s := newSite(t)
	list, _ := operations(t)
	for _, d := range list {
		if !strings.Contains(d.template, "{") {
			continue
		}
		start := strings.Index(d.template, "{")
		end := strings.Index(d.template, "}")
		for _, value := range []string{"%00", "%ff", "a%2Fb", "..", "%2e%2e%2f", strings.Repeat("9", 40),
			strings.Repeat(marker, 200), "-1", "0", "1e3", "%20", "%25", "'%22;drop"} {
			rest := strings.NewReplacer("{", "", "}", "").Replace(d.template[end+1:])
			target := "/api/v1" + d.template[:start] + value + rest
			s.call(t, d.method, target, "").gentle("an odd path")
		}
	}
}

func TestBadInput_inBodies(t *testing.T) {
	s := newSite(t)
	s.fill(t, 2)
	list, schemas := operations(t)
	huge := `{"` + marker + `":"` + strings.Repeat("x", 10<<20) + `"}`
	for _, d := range list {
		members, hasBody := d.members(schemas)
		if !hasBody {
			continue
		}
		call := func(body string, headers ...string) *response {
			// No token owns the paths' rows and keys; what an operation says about them comes first
			return s.call(t, d.method, d.path, body, headers...)
		}
		for what, body := range map[string]string{"half an object": `{"a":`, "half a text": `{"a":"` + marker,
			"no JSON": marker, "two values": `{} {}`, "a member twice": `{"a":1,"a":2}`,
			"invalid UTF-8":         "{\"a\":\"\xff\"}",
			"an unpaired surrogate": `{"a":"\ud800"}`, "deep nesting": strings.Repeat("[", 20_000),
			"deep objects": strings.Repeat(`{"a":`, 20_000), "a byte order mark": "\ufeff{}"} {
			call(body).refused(what, malformed, absent, http.StatusForbidden)
		}
		call(" ").refused("white space", malformed, absent, http.StatusForbidden)
		call(huge).refused("10 MB", tooLarge, absent, http.StatusForbidden)
		for what, body := range map[string]string{"a number": "1", "null": "null", "a text": `"` + marker + `"`,
			"true": "true", "an unknown member": `{"` + strings.Repeat("u", 99) + `":"` + marker + `"}`} {
			call(body).refused(what, broken, absent, http.StatusForbidden)
		}
		for _, mediaType := range []string{"text/plain", "application/x-www-form-urlencoded",
			"multipart/form-data; boundary=x",
			"application/json; charset=latin1", "nonsense", "application/xml"} {
			call("{}", "Content-Type", mediaType).refused(mediaType, otherMedia, absent, http.StatusForbidden)
		}
		for _, member := range members {
			for _, value := range []string{"null", "true", "1e308", "1e999", "-0", "99999999999999999999", "0.5", `""`,
				`[]`,
				`{}`, `[{}]`, `[[]]`, `"` + marker + `"`, `"` + strings.Repeat(marker, 3000) + `"`, `"\u0000"`,
				`["` + marker + `"]`,
				`"9999-12-31T23:59:59-23:59"`, `"0000-01-01T00:00:00Z"`, `{"` + marker + `":1}`} {
				call(fmt.Sprintf(`{%q:%s}`, member, value)).gentle(member + ": " + fmt.Sprintf("%.40s", value))
				call(fmt.Sprintf(`[{%q:%s}]`, member, value)).gentle(member + " in a list")
			}
			call(fmt.Sprintf(`{%q:1}`, strings.ToUpper(member))).refused("another letter case of "+member,
				broken, absent, http.StatusForbidden)
		}
	}
}

// A body in which everything is wrong must not cost more than a right one.
func TestBadInput_listsTheFirstIssues(t *testing.T) {
	s := newSite(t)
	members := make([]string, 2000)
	for i := range members {
		members[i] = fmt.Sprintf(`"member%d":1`, i)
	}
	unknown := "{" + strings.Join(members, ",") + "}"
	texts := "[" + strings.Repeat(`"7",`, 1999) + `"7"]`
	numbers := strings.ReplaceAll(texts, `"`, "")
	for _, r := range []struct{ path, body string }{
		{"/messages", `{"subject":"s","body":"b","subscribers":` + texts + `}`},
		{"/messages", `{"subject":"s","body":"b","addresses":` + numbers + `}`},
		{"/categories", unknown},
	} {
		p := s.call(t, "POST", "/api/v1"+r.path, r.body).problem()
		if len(p.Errors) != 100 || !strings.Contains(p.Detail, "more than 100 rules") {
			t.Errorf("POST %s: %d issues: %s", r.path, len(p.Errors), p.Detail)
		}
	}
	rows := s.call(t, "POST", "/api/v1/subscribers/batch", "["+unknown+"]").list()
	if issues, _ := rows[0]["errors"].([]any); len(issues) != 100 {
		t.Errorf("a row of a batch: %d issues", len(issues))
	}
}

// FuzzOperations sends any query, header and body to any operation, where that takes CSV also as
// CSV: none is answered with a 500, and every answer is as documented.
func FuzzOperations(f *testing.F) {
	s := newSite(f)
	s.fill(f, 3)
	list, schemas := operations(f)
	for i, d := range list {
		members, _ := d.members(schemas)
		body := "{"
		for j, member := range members {
			if j > 0 {
				body += ","
			}
			body += fmt.Sprintf(`%q:"1"`, member)
		}
		query := url.Values{}
		for _, name := range d.parameters("query") {
			query.Set(name, "1")
		}
		f.Add(uint(i), query.Encode(), `"1"`, []byte(body+"}"))
		f.Add(uint(i), "", "", []byte(`[{"email":"a@example.org"}]`))
		f.Add(uint(i), "", "", []byte(d.op.RequestBody.Content["application/json"].Example))
		f.Add(uint(i+len(list)), "ask=1", "", []byte("email,consent\na@example.org,\n\"b@example.org\",confirmed\n"))
	}
	f.Fuzz(func(t *testing.T, index uint, query, value string, body []byte) {
		d := list[index%uint(len(list))]
		target := &url.URL{Path: d.path, RawQuery: query}
		_, err := url.ParseRequestURI(target.String())
		if err != nil || strings.ContainsAny(target.String(), " \r\n#") {
			t.Skip()
		}
		var headers []string
		if _, ok := d.op.RequestBody.Content["text/csv"]; ok && index/uint(len(list))%2 == 1 {
			headers = append(headers, "Content-Type", "text/csv")
		}
		for _, name := range d.parameters("header") {
			if value != "" && !strings.ContainsAny(value, "\r\n\x00") {
				headers = append(headers, name, value)
			}
		}
		res := s.call(t, d.method, target.String(), string(body), headers...)
		if res.StatusCode >= 500 {
			t.Errorf("%s %q %q: %d %s", res.request, value, body, res.StatusCode, res.body)
		}
	})
}
