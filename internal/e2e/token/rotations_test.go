package token_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"namets/internal/e2e"
	"namets/internal/e2e/harness"
	"namets/internal/testlong"
)

// TestRotations rotates a real Vault secret repeatedly while 32 connections send requests to a
// serving process, and checks that every request that was sent after the process reported a new
// token gets the right status. It prints its counts. In .ci/long there are 200 rotations.
func TestRotations(t *testing.T) {
	rotations := testlong.Size(5, 200)
	vault := e2e.Vault(t, e2e.VaultOptions{})
	binary := harness.BuildBinary(t)
	for _, overlap := range []string{"0s", "10m"} {
		name := "strict"
		if overlap != "0s" {
			name = "overlap"
		}
		t.Run(name, func(t *testing.T) {
			env := vaultEnvironment(t, vault, "TOKEN_OVERLAP", overlap)
			s, cmd := harness.StartBinary(t, binary, env)
			r := rush{Service: s, strict: overlap == "0s", judged: make(chan struct{}, 1)}
			r.now.Store(&moment{stable: true, current: harness.APIToken})
			r.run(t, 32, func() {
				for n := range rotations {
					r.rotate(t, env, n+1)
				}
			})
			s.Stop = func() { _ = cmd.Process.Signal(syscall.SIGTERM) }
			if _, err := s.End(t); err != nil {
				t.Error(err)
			}
			r.report(t, name, rotations)
		})
	}
}

// vaultEnvironment is a test's environment with the token in a new secret of a Vault.
func vaultEnvironment(t *testing.T, vault *e2e.VaultServer, more ...string) harness.Environment {
	t.Helper()
	path := strings.ToLower(strings.ReplaceAll(t.Name(), "/", "-"))
	body := map[string]any{"data": map[string]any{"N8N_API_TOKEN": harness.APIToken, "other": "stays"}}
	if status := vault.Do(t, "PUT", "secret/data/"+path, body, nil); status != http.StatusOK {
		t.Fatalf("write the secret: %d", status)
	}
	env := harness.NewEnvironment(t,
		append([]string{"VAULT_ADDR", vault.Addr, "VAULT_TOKEN", vault.RootToken, "VAULT_KV_PATH", "secret/" + path},
			more...)...)
	delete(env, "N8N_API_TOKEN")
	return env
}

// moment is the clients' knowledge of the tokens between two steps of the rotation.
type moment struct {
	number   int  // number of rotations that have begun
	stable   bool // no rotation is in progress: the process has reported current
	current  string
	previous string
	answered atomic.Int64 // requests that were judged by this moment
}

// rush is many concurrent clients, and the results of their requests.
type rush struct {
	*harness.Service
	strict bool
	now    atomic.Pointer[moment]
	judged chan struct{} // capacity 1: a request was judged

	lost, wrong                                 atomic.Int64
	newAccepted, oldRefused, oldAccepted, other atomic.Int64
	took                                        []time.Duration
}

// run sends requests over n connections while work runs.
func (r *rush) run(t *testing.T, n int, work func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	defer clients.Wait()
	defer cancel()
	for i := range n {
		clients.Go(func() { r.client(ctx, t, i) })
	}
	r.wait(t)
	work()
	r.wait(t)
}

// rotate runs the command and waits for some requests with the new token.
func (r *rush) rotate(t *testing.T, env harness.Environment, number int) {
	before := r.now.Load()
	r.now.Store(&moment{number: number, current: before.current, previous: before.previous})
	began := time.Now()
	code, stdout, stderr := harness.Call(t, env, "token", "rotate")
	if code != 0 {
		t.Fatalf("rotation %d: code %d, %s", number, code, stderr)
	}
	r.took = append(r.took, time.Since(began))
	r.now.Store(&moment{number: number, stable: true, current: strings.TrimSpace(stdout), previous: before.current})
	r.wait(t)
}

// wait waits for 100 requests in the moment.
func (r *rush) wait(t *testing.T) {
	t.Helper()
	timeout := time.After(time.Minute)
	for m := r.now.Load(); m.answered.Load() < 100; {
		select {
		case <-r.judged:
		case <-timeout:
			t.Fatal("the requests get no response")
		}
	}
}

// client sends requests in sequence over one connection, every other one with the previous token.
func (r *rush) client(ctx context.Context, t *testing.T, i int) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(r.URL, "http://"))
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	answers := bufio.NewReader(conn)
	for ; ctx.Err() == nil; i++ {
		sent := r.now.Load()
		secret, old := sent.current, false
		if i%2 == 0 && sent.stable && sent.previous != "" {
			secret, old = sent.previous, true
		}
		status, err := ask(conn, answers, secret)
		if err != nil {
			r.lost.Add(1)
			t.Error(err)
			return
		}
		if verdict := r.judge(sent, r.now.Load(), old, status); verdict != "" {
			r.wrong.Add(1)
			t.Errorf("rotation %d, stable %t: %s", sent.number, sent.stable, verdict)
			return
		}
		sent.answered.Add(1)
		select {
		case r.judged <- struct{}{}:
		default:
		}
	}
}

// ask makes a request on an open connection. Unlike net/http's client it never retries on another
// connection, so that no error is hidden.
func ask(conn net.Conn, answers *bufio.Reader, secret string) (status int, err error) {
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return 0, err
	}
	if _, err := fmt.Fprintf(conn, "GET /api/subscribers/ HTTP/1.1\r\nHost: namets\r\nX-N8N-Token: %s\r\n\r\n",
		secret); err != nil {
		return 0, err
	}
	resp, err := http.ReadResponse(answers, nil)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return 0, err
	}
	if resp.Close {
		return 0, errors.New("the server closes the connection")
	}
	return resp.StatusCode, nil
}

// judge checks the status of a request that was sent in one moment and answered in another.
func (r *rush) judge(sent, answered *moment, old bool, status int) string {
	whole := sent.stable && sent == answered // no rotation has begun in the meantime
	begun := answered.number - sent.number   // rotations that have begun since
	accepted := begun == 0 || begun == 1 && sent.stable
	switch {
	case status != http.StatusOK && status != http.StatusForbidden:
		return "status " + strconv.Itoa(status)
	case old && r.strict && status == http.StatusOK:
		return "the previous token is accepted"
	case old && !r.strict && whole && status != http.StatusOK:
		return "the previous token is refused in its overlap"
	case !old && whole && status != http.StatusOK:
		return "the token in force is refused"
	case !old && !r.strict && accepted && status != http.StatusOK:
		return "the token in force, or just replaced, is refused"
	}
	switch {
	case old && !whole && !r.strict: // by then two rotations may have replaced it
		r.other.Add(1)
	case old && status == http.StatusForbidden:
		r.oldRefused.Add(1)
	case old:
		r.oldAccepted.Add(1)
	case sent.stable && status == http.StatusOK:
		r.newAccepted.Add(1)
	default:
		r.other.Add(1)
	}
	return ""
}

// report prints the counts and checks them.
func (r *rush) report(t *testing.T, name string, rotations int) {
	slices.Sort(r.took)
	at := func(share float64) time.Duration {
		return r.took[int(share*float64(len(r.took)-1))].Round(time.Millisecond)
	}
	t.Logf("%s: %d rotations under requests over 32 connections: %d transport errors, %d wrong statuses", name,
		rotations, r.lost.Load(), r.wrong.Load())
	t.Logf("%s: with the token in force %d times 200; with the previous token %d times 403, %d times 200; %d requests "+
		"while a rotation was under way",
		name, r.newAccepted.Load(), r.oldRefused.Load(), r.oldAccepted.Load(), r.other.Load())
	t.Logf("%s: token rotate, from the command to the token in force: median %s, 95 %% within %s, longest %s", name,
		at(0.5), at(0.95), at(1))
	if most := 2 * time.Second; at(0.95) > most {
		t.Errorf("a rotation took %s, want at most %s", at(0.95), most)
	}
}
