package cli

import (
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"namets/internal/datadir"
	"namets/internal/rotation"
	"namets/internal/token"
)

func TestToken_helpsWithEachOfItsCommands(t *testing.T) {
	_, all, _ := call(t, nil, "token", "--help")
	for _, c := range tokenCommands() {
		code, stdout, stderr := call(t, nil, "token", c.name, "--help")
		if code != 0 || !strings.HasPrefix(stdout, "Usage: namets token "+c.name) || stderr != "" {
			t.Errorf("token %s --help: code %d, stdout %q, stderr %q", c.name, code, stdout, stderr)
		}
		if !strings.Contains(all, c.summary) {
			t.Errorf("token --help does not tell about %s", c.name)
		}
	}
}

func TestInstance_signalsNoStrangerWhoHasItsNumber(t *testing.T) {
	if datadir.Namespace() == "" {
		t.Skip("this system does not tell in which space its process ids count")
	}
	stranger := exec.Command("sleep", "60")
	if err := stranger.Start(); err != nil {
		t.Skip("no sleep here: ", err)
	}
	i := instance{Holder: datadir.Holder{PID: stranger.Process.Pid, Namespace: "pid:[1]"}}
	if err := i.Reload(t.Context()); !errors.Is(err, errElsewhere) {
		t.Errorf("error %v, want %v", err, errElsewhere)
	}
	_ = stranger.Process.Kill()
	_ = stranger.Wait()
	if status, ok := stranger.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		t.Errorf("the stranger ended with %v, want the test's own signal", stranger.ProcessState)
	}
}

func TestInstance_signalsNobodyWhileItsNumberIsNotKnown(t *testing.T) {
	var i instance
	if err := i.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "try again") {
		t.Errorf("error %v, want one that says to try again", err)
	}
}

func TestInstance_saysWhatKeepsATokenOutOfForce(t *testing.T) {
	i := instance{}
	i.PID = 12
	for _, tt := range []struct {
		status token.Status
		says   string
	}{
		{token.Status{LastError: "read token file /t: permission denied"}, "permission denied"},
		{token.Status{Fingerprint: "9f8e7d6c"}, "another one, 9f8e7d6c"},
	} {
		err := i.explain(rotation.ErrNotInForce, tt.status, "1a2b3c4d")
		for _, says := range []string{"process 12", "1a2b3c4d", tt.says} {
			if !strings.Contains(err.Error(), says) {
				t.Errorf("%v does not say %q", err, says)
			}
		}
	}
}

func TestInstance_isAskedOnThisMachine(t *testing.T) {
	for address, want := range map[string]string{
		"[::]:8080": "http://localhost:8080", "0.0.0.0:80": "http://localhost:80", "127.0.0.1:9": "http://127.0.0.1:9",
		"[::1]:9": "http://[::1]:9", "": "",
	} {
		i := instance{}
		i.Address = address
		if got := i.url(); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}

func TestShellQuote_makesOneWord(t *testing.T) {
	for s, want := range map[string]string{"https://a.example/b": "https://a.example/b", "": "''", "my n8n": "'my n8n'",
		"it's": `'it'\''s'`, "$(x)": "'$(x)'"} {
		if got := shellQuote(s); got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	}
}

func TestTokenReport_tellsPeopleWhatMatters(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	r := tokenReport{Serving: &datadir.Holder{PID: 12, Address: "[::]:8080"}, Saved: now.Add(-3 * time.Second),
		Status: token.Status{
			Source: "vault", State: token.Degraded, Fingerprint: "1a2b3c4d", Version: "3",
			Since:       now.Add(-2 * time.Hour),
			LastSuccess: now.Add(-time.Minute), LastAttempt: now.Add(-10 * time.Second), LastError: "vault is sealed",
			NextReload: now.Add(50 * time.Second), OverlapEnd: now.Add(8 * time.Minute),
		}}
	var out strings.Builder
	if err := r.print(&out, now); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"process 12 on [::]:8080, as of 2026-03-01T09:29:57Z (3s ago)",
		"vault, fails: the last good token stays in force",
		"1a2b3c4d, version 3, in force since 2026-03-01T07:30:00Z (2h0m0s ago)",
		"2026-03-01T09:29:50Z (10s ago): vault is sealed",
		"2026-03-01T09:30:50Z (in 50s)",
		"the token before is accepted until 2026-03-01T09:38:00Z (in 8m0s)",
	} {
		if !strings.Contains(out.String(), "  "+line+"\n") {
			t.Errorf("no line %q in\n%s", line, out.String())
		}
	}
}

func TestStateText_tellsEachState(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range []token.State{token.Unknown, token.OK, token.Degraded, token.Revoked} {
		seen[stateText(s)] = true
	}
	if len(seen) != 4 {
		t.Errorf("%v", seen)
	}
}
