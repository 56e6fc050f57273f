package namets_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"namets/internal/namets"
)

func TestHookSpec_Validate(t *testing.T) {
	good := namets.HookSpec{URL: "https://n8n.example.org/webhook/x", Events: []namets.EventType{"*"}}
	good.Fill()
	for name, tt := range map[string]struct {
		change func(*namets.HookSpec)
		field  string // to blame; empty: valid
	}{
		"the least":             {func(*namets.HookSpec) {}, ""},
		"loopback":              {func(s *namets.HookSpec) { s.URL = "http://127.0.0.1:5678/webhook/x?y=z" }, ""},
		"an IPv6 address":       {func(s *namets.HookSpec) { s.URL = "http://[::1]:5678/" }, ""},
		"no URL":                {func(s *namets.HookSpec) { s.URL = "" }, "url"},
		"no scheme":             {func(s *namets.HookSpec) { s.URL = "n8n.example.org/webhook" }, "url"},
		"another scheme":        {func(s *namets.HookSpec) { s.URL = "ftp://n8n.example.org/" }, "url"},
		"opaque":                {func(s *namets.HookSpec) { s.URL = "http:n8n.example.org" }, "url"},
		"no host":               {func(s *namets.HookSpec) { s.URL = "https:///webhook" }, "url"},
		"a port without a host": {func(s *namets.HookSpec) { s.URL = "https://:443/webhook" }, "url"},
		"no number as a port":   {func(s *namets.HookSpec) { s.URL = "https://n8n.example.org:x/" }, "url"},
		"port 0":                {func(s *namets.HookSpec) { s.URL = "https://n8n.example.org:0/" }, "url"},
		"port 65535":            {func(s *namets.HookSpec) { s.URL = "https://n8n.example.org:65535/" }, ""},
		"port 65536":            {func(s *namets.HookSpec) { s.URL = "https://n8n.example.org:65536/" }, "url"},
		"an empty port":         {func(s *namets.HookSpec) { s.URL = "https://n8n.example.org:/" }, "url"},
		"a user":                {func(s *namets.HookSpec) { s.URL = "https://me@n8n.example.org/" }, "url"},
		"an empty user":         {func(s *namets.HookSpec) { s.URL = "https://@n8n.example.org/" }, "url"},
		"a password":            {func(s *namets.HookSpec) { s.URL = "https://me:pw@n8n.example.org/" }, "url"},
		"a fragment":            {func(s *namets.HookSpec) { s.URL = "https://n8n.example.org/#x" }, "url"},
		"a blank":               {func(s *namets.HookSpec) { s.URL = "https://n8n.example.org/a b" }, "url"},
		"a line break":          {func(s *namets.HookSpec) { s.URL = "https://n8n.example.org/\r\nx" }, "url"},
		"a backslash":           {func(s *namets.HookSpec) { s.URL = `https://n8n.example.org\@evil.example` }, "url"},
		"a NUL":                 {func(s *namets.HookSpec) { s.URL = "https://n8n.example.org/\x00" }, "url"},
		"no UTF-8":              {func(s *namets.HookSpec) { s.URL = "https://n8n.example.org/\xff" }, "url"},
		"too long":              {func(s *namets.HookSpec) { s.URL += strings.Repeat("x", 2000) }, "url"},
		"no events":             {func(s *namets.HookSpec) { s.Events = nil }, "events"},
		"an unknown event": {func(s *namets.HookSpec) { s.Events = []namets.EventType{"ping", "pong"} },
			"events/1"},
		"a legacy name": {func(s *namets.HookSpec) { s.Events = []namets.EventType{"announcement_created"} },
			"events/0"},
		"reports":          {func(s *namets.HookSpec) { s.Ack = "report" }, ""},
		"no ack":           {func(s *namets.HookSpec) { s.Ack = "" }, "ack"},
		"at once":          {func(s *namets.HookSpec) { s.ReportWithin = 0 }, "report_within"},
		"an unknown ack":   {func(s *namets.HookSpec) { s.Ack = "200" }, "ack"},
		"30 s":             {func(s *namets.HookSpec) { s.ReportWithin = 30 * time.Second }, ""},
		"29 s":             {func(s *namets.HookSpec) { s.ReportWithin = 29 * time.Second }, "report_within"},
		"24 h and more":    {func(s *namets.HookSpec) { s.ReportWithin = 24*time.Hour + 1 }, "report_within"},
		"a minute before":  {func(s *namets.HookSpec) { s.Before = time.Minute }, ""},
		"a second before":  {func(s *namets.HookSpec) { s.Before = time.Second }, "before"},
		"long time before": {func(s *namets.HookSpec) { s.Before = 31 * 24 * time.Hour }, "before"},
	} {
		t.Run(name, func(t *testing.T) {
			s := good
			tt.change(&s)
			err := s.Validate()
			p, _ := errors.AsType[namets.Problems](err)
			if (err == nil) != (tt.field == "") || err != nil && (len(p) != 1 || p[0].Field != tt.field) {
				t.Errorf("got %v, want a problem with %q", err, tt.field)
			}
			if err != nil && (strings.Contains(err.Error(), "n8n.example") || strings.Contains(err.Error(), "pong")) {
				t.Errorf("%v repeats what was sent", err)
			}
		})
	}
}

func TestHookSpec_Fill(t *testing.T) {
	s := namets.HookSpec{Events: []namets.EventType{"ping", "event.published", "ping"}}
	s.Fill()
	want := namets.HookSpec{Events: []namets.EventType{"event.published", "ping"}, Ack: "2xx",
		ReportWithin: 30 * time.Minute, Before: 24 * time.Hour}
	if !s.Equal(&want) {
		t.Errorf("got %+v, want %+v", s, want)
	}
	s.Events = append(s.Events, "*")
	if s.Fill(); !slices.Equal(s.Events, []namets.EventType{"*"}) {
		t.Errorf("got %v", s.Events)
	}
	if !s.Wants("event.cancelled") || want.Wants("event.cancelled") || !want.Wants("event.published") {
		t.Error("the types that a hook wants")
	}
}

func TestCheckKey(t *testing.T) {
	for key, valid := range map[string]bool{"a": true, "n8n:workflow.1~x_y-Z": true, strings.Repeat("k", 128): true,
		"": false, strings.Repeat("k", 129): false, "a b": false, "a/b": false, "a@b": false, "é": false, "a%": false,
		"a\n": false} {
		if err := namets.CheckKey(key); (err == nil) != valid {
			t.Errorf("%q: %v", key, err)
		}
	}
}
