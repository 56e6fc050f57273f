package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// room says what a package may import besides the standard library: packages of this module by their path in it, and
// others by a prefix of their path. Whatever it does not name is forbidden.
type room struct {
	own    []string
	others []string
}

// rooms lists every package of this module: who may import whom, only downwards.
func rooms() map[string]room {
	const echo, crypto, system = "github.com/labstack/echo/v4", "golang.org/x/crypto/argon2", "golang.org/x/sys"
	return map[string]room{
		"cmd/namets": {everything(), []string{echo, "github.com/prometheus/client_golang", system}},

		"internal/server":   {[]string{"internal/namets"}, []string{echo, "github.com/labstack/gommon/log"}},
		"web/site":          {[]string{"web", "internal/namets", "internal/auth"}, []string{echo}},
		"web/admin":         {[]string{"web", "internal/namets", "internal/auth", "internal/token", "internal/transfer"}, []string{echo}},
		"web":               {[]string{"internal/namets", "internal/auth", "static"}, []string{echo, "golang.org/x/net/idna"}},
		"internal/api":      {[]string{"internal/namets", "internal/auth"}, []string{echo}},
		"internal/auth":     {[]string{"internal/namets", "internal/token"}, []string{echo, crypto}},
		"internal/webhook":  {[]string{"internal/namets", "internal/token"}, nil},
		"internal/transfer": {[]string{"internal/namets"}, nil},
		"internal/sqlite":   {[]string{"internal/namets"}, []string{"modernc.org/sqlite"}},

		"internal/token/vault": {[]string{"internal/token"}, []string{"github.com/hashicorp/vault/api"}},
		"internal/backup":      {},
		"internal/datadir":     {},
		"internal/token":       {},
		"internal/config":      {},
		"internal/n8n":         {},
		"internal/namets":      {nil, []string{"golang.org/x/net/idna", "golang.org/x/text/unicode/norm"}},
		"static":               {},

		// what only tests import
		"web/webtest":              {nil, []string{"golang.org/x/net/html"}},
		"internal/token/tokentest": {[]string{"internal/token"}, nil},
		"internal/e2e":             {nil, []string{"github.com/chromedp"}},
	}
}

// everything is what cmd/namets, which alone wires, may import. Storage and Vault stand in no other list.
func everything() []string {
	return []string{
		"internal/api", "internal/auth", "internal/backup", "internal/config", "internal/datadir", "internal/n8n", "internal/namets", "internal/server",
		"internal/sqlite", "internal/token", "internal/token/vault", "internal/transfer", "internal/webhook",
		"static", "web", "web/admin", "web/site",
	}
}

// listed is one package as the Go tool lists it, without its tests.
type listed struct {
	ImportPath string
	Imports    []string
}

func TestImports_goOnlyDownwards(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, "namets/")
		r, known := rooms()[name]
		if !known {
			t.Errorf("%s is no room of this house: give it a line in rooms, with what it may import", name)
			continue
		}
		for _, path := range p.Imports {
			if !r.allows(path) {
				t.Errorf("%s imports %s, which it may not", name, path)
			}
		}
	}
}

func (r room) allows(path string) bool {
	if own, ok := strings.CutPrefix(path, "namets/"); ok {
		return slices.Contains(r.own, own)
	}
	first, _, _ := strings.Cut(path, "/")
	if !strings.Contains(first, ".") {
		return true // of the standard library
	}
	return slices.ContainsFunc(r.others, func(prefix string) bool {
		return path == prefix || strings.HasPrefix(path, prefix+"/")
	})
}

// packages lists the packages of this module.
func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "namets/...")
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		t.Fatalf("go list: %s", exit.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	var list []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	if len(list) < 10 {
		t.Fatalf("go list lists %d packages", len(list))
	}
	return list
}
