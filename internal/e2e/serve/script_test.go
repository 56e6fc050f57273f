package serve_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"namets/internal/e2e/harness"
)

// TestScripts_getTheExpectedResponses makes the requests of testdata/*.txt to a serve with the
// contract's fixture. A request is a line "METHOD target" and its headers "Name: value", followed
// by the expected response:
//
//	status 200
//	header Name == value      (an empty value: it must be absent)
//	body == text
//	body contains text
//	body starts text
//
// {token} stands for the API token, {today} for the site's day. A line with # is a comment.
func TestScripts_getTheExpectedResponses(t *testing.T) {
	env := harness.NewEnvironment(t)
	harness.Import(t, env, harness.Fixture)
	s := harness.StartServe(t, env)
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("scripts: %v, %v", files, err)
	}
	today := time.Now().In(time.FixedZone("Africa/Lagos", 3600)).Format(time.DateOnly)
	variables := strings.NewReplacer("{token}", harness.APIToken, "{today}", today)
	for _, file := range files {
		script, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(file), func(t *testing.T) { play(t, s, variables.Replace(string(script))) })
	}
}

// play makes the requests of a script in order.
func play(t *testing.T, s *harness.Service, script string) {
	var method, target string
	var headers []string
	var got *harness.Answer // the response to the last request; nil before it is made
	for i, line := range strings.Split(script, "\n") {
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case verb == "" || strings.HasPrefix(verb, "#"):
		case strings.HasSuffix(verb, ":"):
			headers = append(headers, strings.TrimSuffix(verb, ":"), rest)
		case verb == strings.ToUpper(verb):
			method, target, headers, got = verb, rest, nil, nil
		default:
			if got == nil {
				a := s.Do(t, method, target, headers...)
				got = &a
			}
			if wrong := complaint(got, verb, rest); wrong != "" {
				t.Errorf("line %d: %s %s: %s; %s", i+1, method, target, strings.TrimSpace(line), wrong)
			}
		}
	}
}

// complaint describes how the response differs from an expectation; empty if it does not.
func complaint(a *harness.Answer, verb, rest string) string {
	switch verb {
	case "status":
		if strconv.Itoa(a.Status) != rest {
			return "it is " + strconv.Itoa(a.Status)
		}
		return ""
	case "header":
		name, want, _ := strings.Cut(rest, " ==")
		if got := strings.Join(a.Header.Values(name), ", "); got != strings.TrimSpace(want) {
			return "it is " + strconv.Quote(got)
		}
		return ""
	case "body":
		how, want, _ := strings.Cut(rest, " ")
		if how == "==" && a.Body == want || how == "contains" && strings.Contains(a.Body, want) || how == "starts" &&
			strings.HasPrefix(a.Body, want) {
			return ""
		}
		return "it is " + a.Body
	}
	return "no such expectation"
}
