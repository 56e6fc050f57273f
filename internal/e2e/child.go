package e2e

import (
	"io"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// leash replaces the shell by "$@", in a process group that is killed completely as soon as the
// shell's standard input is closed, for whatever reason: the test's cleanup, its panic or its own
// death.
const leash = `exec 3<&0
{ cat <&3 >/dev/null 2>&1; kill -KILL 0; } &
exec "$@" </dev/null 3<&-`

// child is a running program that ends with the test.
type child struct {
	stop   func()        // kills the program and its children, and waits; may be called repeatedly
	exited chan struct{} // closed when the program has ended
}

// start runs a program under the leash until the test ends.
func start(t testing.TB, log io.Writer, env []string, program string, args ...string) *child {
	t.Helper()
	return startAs(t, ownGroup(), log, env, program, args...)
}

// startAs is start with other process attributes, which must create a process group.
func startAs(t testing.TB, attr *syscall.SysProcAttr, log io.Writer, env []string, program string,
	args ...string) *child {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the real parts are started by a POSIX shell")
	}
	cmd := exec.Command("/bin/sh", append([]string{"-c", leash, "sh", program}, args...)...)
	cmd.Env = env
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = attr
	return run(t, cmd)
}

// run starts a command that ends when its standard input is closed, and closes
// that at the end of the test.
func run(t testing.TB, cmd *exec.Cmd) *child {
	t.Helper()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", cmd.Path, err)
	}
	c := &child{exited: make(chan struct{})}
	go func() {
		defer close(c.exited)
		_ = cmd.Wait() // killed: the exit code means nothing
	}()
	c.stop = sync.OnceFunc(func() { c.end(stdin) })
	t.Cleanup(c.stop)
	return c
}

// end closes the program's standard input and waits for the end of it.
func (c *child) end(stdin io.Closer) {
	_ = stdin.Close() // fails only if the program has ended
	<-c.exited
}
