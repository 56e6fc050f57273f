package cli

import (
	"net/http"
	"strings"
	"testing"
)

func TestAdminPassword_losesItsLineEndAndHoldsNothingInvisible(t *testing.T) {
	for name, value := range map[string]string{
		"a blank at its beginning or end":                  adminPassword + " ",
		"an invisible character (U+200B) inside it":        "lantern\u200b otter gravel moss",
		"an invisible character (U+00A0) inside it":        "lantern\u00a0otter gravel moss",
		"an invisible character (U+FEFF) at its beginning": "\ufeff" + adminPassword,
		"an invisible character (U+0009) at its end":       adminPassword + "\t",
		"an invisible character (U+3164) inside it":        "lantern\u3164otter gravel moss",
		"an invisible character (U+2800) inside it":        "lantern\u2800otter gravel moss",
		"an invisible character (U+000A) inside it":        "lantern\notter gravel moss",
		"an invisible character (U+FE0F) at its end":       adminPassword + "\ufe0f",
	} {
		for _, command := range []string{"check", "serve"} {
			code, _, stderr := call(t, testEnvironment(t, "ADMIN_PASSWORD", value), command)
			if code != 2 || !strings.Contains(stderr, "ADMIN_PASSWORD: it holds "+name) ||
				strings.Contains(stderr, "otter") {
				t.Errorf("%s of %q: %d %s", command, value, code, stderr)
			}
		}
	}
	s := startServe(t, testEnvironment(t, "ADMIN_PASSWORD", adminPassword+"\r\n"))
	newUser(t, s).want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", adminPassword)
	file := writeFile(t, adminPassword+"\u200b\n")
	if code, _, stderr := call(t, testEnvironment(t, "ADMIN_PASSWORD_FILE", file), "check"); code != 2 ||
		!strings.Contains(stderr, "U+200B") {
		t.Errorf("in a file: %d %s", code, stderr)
	}
}

func TestCheck_looksAtTheAdminPasswordUntilThereIsAUser(t *testing.T) {
	env := testEnvironment(t)
	s := startServe(t, env)
	if _, err := s.end(t); err != nil {
		t.Fatal(err)
	}
	env["ADMIN_PASSWORD"] = "short"
	if code, _, stderr := call(t, env, "check"); code != 2 ||
		!strings.Contains(stderr, "ADMIN_PASSWORD: it must have") {
		t.Errorf("without a user: %d %s", code, stderr)
	}
	env["ADMIN_PASSWORD"] = adminPassword
	s = startServe(t, env)
	if _, err := s.end(t); err != nil {
		t.Fatal(err)
	}
	env["ADMIN_PASSWORD"] = "short"
	if code, _, stderr := call(t, env, "check"); code != 0 {
		t.Errorf("with a user: %d %s", code, stderr)
	}
}

// restart ends the service and starts it again with the value of ADMIN_PASSWORD_RESET.
func restart(t *testing.T, s *service, env environment, value string) *service {
	t.Helper()
	if _, err := s.end(t); err != nil {
		t.Fatal(err)
	}
	env["ADMIN_PASSWORD_RESET"] = value
	return startServe(t, env)
}

func TestAdminPasswordReset_letsALockedOutOwnerInOncePerValue(t *testing.T) {
	env := testEnvironment(t, "ADMIN_PASSWORD", adminPassword, "LOG_FORMAT", "text")
	s := startServe(t, env)
	m := newUser(t, s)
	m.want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", adminPassword)

	s = restart(t, s, env, "ADMIN")
	m.s = s
	m.want("/admin/account/theme", "/admin/login", http.StatusOK) // signed out
	m.want("/admin/login", "/admin/login", http.StatusForbidden, "name", "admin", "password", adminPassword)
	link := linkPath(t, s.stderr.String())
	m.want(link, "/admin/", http.StatusOK, "password", newPassword, "repeat-password", newPassword)
	m.want(link, link, http.StatusNotFound, "password", adminPassword, "repeat-password", adminPassword)
	if a := m.page("/admin/activity"); !strings.Contains(a, "ADMIN_PASSWORD_RESET") ||
		!strings.Contains(a, "Reset password") {
		t.Errorf("the activity does not tell it:\n%s", a)
	}

	s = restart(t, s, env, "ADMIN")
	m.s = s
	m.want("/admin/account/theme", "/admin/account", http.StatusOK) // still signed in
	if log := s.stderr.String(); strings.Contains(log, "/admin/welcome/") || !strings.Contains(log, "still set") {
		t.Errorf("the same value again:\n%s", log)
	}
	code, stdout, stderr := call(t, env, "check")
	if code != 0 || !strings.Contains(stdout, "Warning: ADMIN_PASSWORD_RESET is set") {
		t.Errorf("check: %d %s%s", code, stdout, stderr)
	}

	s = restart(t, s, env, "admin:2")
	m.s = s
	m.want(linkPath(t, s.stderr.String()), "/admin/", http.StatusOK, "password", adminPassword, "repeat-password",
		adminPassword)
	s = restart(t, s, env, "")
	m.s = s
	if log := s.stderr.String(); strings.Contains(log, "ADMIN_PASSWORD_RESET") {
		t.Errorf("without it:\n%s", log)
	}
}

func TestAdminPasswordReset_ofAnUnknownNameIsAWarning(t *testing.T) {
	env := testEnvironment(t, "ADMIN_PASSWORD", adminPassword, "ADMIN_PASSWORD_RESET", "typed by mistake")
	s := startServe(t, env)
	if log := s.stderr.String(); !strings.Contains(log, "ADMIN_PASSWORD_RESET names no user") ||
		strings.Contains(log, "typed by mistake") {
		t.Errorf("the log:\n%s", log)
	}
	m := newUser(t, s)
	m.want("/admin/login", "/admin/", http.StatusOK, "name", "admin", "password", adminPassword)
	if strings.Contains(m.page("/admin/settings"), "typed by mistake") {
		t.Error("the settings show it")
	}
}
