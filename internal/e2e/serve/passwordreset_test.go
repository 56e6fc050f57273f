package serve_test

import (
	"net/http"
	"strings"
	"testing"

	"namets/internal/e2e/harness"
)

func TestAdminPassword_losesItsLineEndAndContainsNothingInvisible(t *testing.T) {
	for name, value := range map[string]string{
		"a blank at its beginning or end":                  harness.AdminPassword + " ",
		"an invisible character (U+200B) inside it":        "lantern\u200b otter gravel moss",
		"an invisible character (U+00A0) inside it":        "lantern\u00a0otter gravel moss",
		"an invisible character (U+FEFF) at its beginning": "\ufeff" + harness.AdminPassword,
		"an invisible character (U+0009) at its end":       harness.AdminPassword + "\t",
		"an invisible character (U+3164) inside it":        "lantern\u3164otter gravel moss",
		"an invisible character (U+2800) inside it":        "lantern\u2800otter gravel moss",
		"an invisible character (U+000A) inside it":        "lantern\notter gravel moss",
		"an invisible character (U+FE0F) at its end":       harness.AdminPassword + "\ufe0f",
	} {
		for _, command := range []string{"check", "serve"} {
			code, _, stderr := harness.Call(t, harness.NewEnvironment(t, "ADMIN_PASSWORD", value), command)
			if code != 2 || !strings.Contains(stderr, "ADMIN_PASSWORD: it holds "+name) ||
				strings.Contains(stderr, "otter") {
				t.Errorf("%s of %q: %d %s", command, value, code, stderr)
			}
		}
	}
	s := harness.StartServe(t, harness.NewEnvironment(t, "ADMIN_PASSWORD", harness.AdminPassword+"\r\n"))
	harness.NewUser(t, s).Want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password",
		harness.AdminPassword)
	file := harness.WriteFile(t, harness.AdminPassword+"\u200b\n")
	if code, _, stderr := harness.Call(t, harness.NewEnvironment(t, "ADMIN_PASSWORD_FILE", file), "check"); code != 2 ||
		!strings.Contains(stderr, "U+200B") {
		t.Errorf("in a file: %d %s", code, stderr)
	}
}

func TestCheck_validatesTheAdminPasswordUntilThereIsAUser(t *testing.T) {
	env := harness.NewEnvironment(t)
	s := harness.StartServe(t, env)
	if _, err := s.End(t); err != nil {
		t.Fatal(err)
	}
	env["ADMIN_PASSWORD"] = "short"
	if code, _, stderr := harness.Call(t, env, "check"); code != 2 ||
		!strings.Contains(stderr, "ADMIN_PASSWORD: it must have") {
		t.Errorf("without a user: %d %s", code, stderr)
	}
	env["ADMIN_PASSWORD"] = harness.AdminPassword
	s = harness.StartServe(t, env)
	if _, err := s.End(t); err != nil {
		t.Fatal(err)
	}
	env["ADMIN_PASSWORD"] = "short"
	if code, _, stderr := harness.Call(t, env, "check"); code != 0 {
		t.Errorf("with a user: %d %s", code, stderr)
	}
}

// restart ends the service and starts it again with the value of ADMIN_PASSWORD_RESET.
func restart(t *testing.T, s *harness.Service, env harness.Environment, value string) *harness.Service {
	t.Helper()
	if _, err := s.End(t); err != nil {
		t.Fatal(err)
	}
	env["ADMIN_PASSWORD_RESET"] = value
	return harness.StartServe(t, env)
}

func TestAdminPasswordReset_letsALockedOutOwnerInOncePerValue(t *testing.T) {
	env := harness.NewEnvironment(t, "ADMIN_PASSWORD", harness.AdminPassword, "LOG_FORMAT", "text")
	s := harness.StartServe(t, env)
	m := harness.NewUser(t, s)
	m.Want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", harness.AdminPassword)

	s = restart(t, s, env, "ADMIN")
	m.S = s
	m.Want("/admin/account/theme", "/admin/login", http.StatusOK) // signed out
	m.Want("/admin/login", "/admin/login", http.StatusForbidden, "name", "admin", "password", harness.AdminPassword)
	link := harness.LinkPath(t, s.Stderr.String())
	m.Want(link, "/admin/", http.StatusOK, "password", harness.NewPassword, "repeat-password", harness.NewPassword)
	m.Want(link, link, http.StatusNotFound, "password", harness.AdminPassword, "repeat-password", harness.AdminPassword)
	if a := m.Page("/admin/activity"); !strings.Contains(a, "ADMIN_PASSWORD_RESET") ||
		!strings.Contains(a, "Reset password") {
		t.Errorf("the activity lacks it:\n%s", a)
	}

	s = restart(t, s, env, "ADMIN")
	m.S = s
	m.Want("/admin/account/theme", "/admin/account", http.StatusOK) // still signed in
	if log := s.Stderr.String(); strings.Contains(log, "/admin/welcome/") || !strings.Contains(log, "still set") {
		t.Errorf("the same value again:\n%s", log)
	}
	code, stdout, stderr := harness.Call(t, env, "check")
	if code != 0 || !strings.Contains(stdout, "Warning: ADMIN_PASSWORD_RESET is set") {
		t.Errorf("check: %d %s%s", code, stdout, stderr)
	}

	s = restart(t, s, env, "admin:2")
	m.S = s
	m.Want(harness.LinkPath(t, s.Stderr.String()), "/admin/", http.StatusOK, "password", harness.AdminPassword,
		"repeat-password",
		harness.AdminPassword)
	s = restart(t, s, env, "")
	m.S = s
	if log := s.Stderr.String(); strings.Contains(log, "ADMIN_PASSWORD_RESET") {
		t.Errorf("without it:\n%s", log)
	}
}

func TestAdminPasswordReset_ofAnUnknownNameIsAWarning(t *testing.T) {
	env := harness.NewEnvironment(t, "ADMIN_PASSWORD", harness.AdminPassword, "ADMIN_PASSWORD_RESET",
		"typed by mistake")
	s := harness.StartServe(t, env)
	if log := s.Stderr.String(); !strings.Contains(log, "ADMIN_PASSWORD_RESET names no user") ||
		strings.Contains(log, "typed by mistake") {
		t.Errorf("the log:\n%s", log)
	}
	m := harness.NewUser(t, s)
	m.Want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", harness.AdminPassword)
	if strings.Contains(m.Page("/admin/settings"), "typed by mistake") {
		t.Error("the settings show it")
	}
}
