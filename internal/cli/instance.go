package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"runtime"
	"syscall"

	"namets/internal/app"
	"namets/internal/config"
	"namets/internal/datadir"
	"namets/internal/rotation"
	"namets/internal/store/sqlite"
	"namets/internal/token"
)

// unreachable is the reason why a serving namets cannot be signalled.
type unreachable string

func (u unreachable) Error() string { return string(u) }

// Is makes unreachable match [rotation.ErrUnreachable].
func (u unreachable) Is(target error) bool { return target == rotation.ErrUnreachable }

// errElsewhere means that the namets that serves the directory cannot be signalled from here.
const errElsewhere = unreachable("the namets that serves DATA_DIR runs in another container: it takes the token by " +
	"itself at its next reload")

// instance is the namets that currently serves the data directory.
type instance struct {
	datadir.Holder
	dir datadir.Dir
}

// findInstance returns the namets that serves the configured directory, or nil if there is none. It
// may change the user of this process.
func findInstance(cfg *config.Config) (*instance, error) {
	if _, err := os.Stat(cfg.DataDir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	dir, err := app.OpenData(cfg)
	if err != nil {
		return nil, err
	}
	holder, serving, err := dir.Serving()
	if err != nil || !serving {
		return nil, err
	}
	return &instance{holder, dir}, nil
}

// Status returns the token status that the instance saved last.
func (i *instance) Status(ctx context.Context) (token.Status, error) {
	saved, err := sqlite.ReadTokenStatus(ctx, i.dir.Database())
	return saved.Status, err
}

// reload makes the instance read the token again and waits until the one with this fingerprint is
// in force and, if alone is set, no other is accepted. Its error is a rotation.ErrUnreachable if
// the instance cannot be signalled.
func (i *instance) reload(ctx context.Context, fingerprint string, alone bool) (token.Status, error) {
	status, err := rotation.BringIntoForce(ctx, i, fingerprint, alone, rotation.DefaultWait)
	return status, i.explain(err, status, fingerprint)
}

// Reload sends SIGHUP to the instance. Its error is a rotation.ErrUnreachable if it cannot be
// signalled.
func (i *instance) Reload(context.Context) error {
	if i.PID <= 0 { // to a signal that means more than one process
		return errors.New("the namets that serves DATA_DIR is starting or stopping just now: try again")
	}
	here := datadir.Namespace()
	if i.PID == os.Getpid() || here != "" && i.Namespace != "" && i.Namespace != here { // here this is another process
		return errElsewhere
	}
	process, err := os.FindProcess(i.PID)
	if err == nil {
		err = process.Signal(syscall.SIGHUP)
	}
	switch {
	case errors.Is(err, os.ErrProcessDone):
		return errElsewhere
	case errors.Is(err, errors.ErrUnsupported):
		return unreachable(fmt.Sprintf("no signal can be sent on %s: process %d takes the token by itself at its next "+
			"reload", runtime.GOOS, i.PID))
	case err != nil:
		return fmt.Errorf("tell process %d to read the token again: %w", i.PID, err)
	}
	return nil
}

// explain turns an error of BringIntoForce into one that says why the instance does not accept the
// token.
func (i *instance) explain(err error, status token.Status, fingerprint string) error {
	if !errors.Is(err, rotation.ErrNotInForce) && !errors.Is(err, rotation.ErrStillAccepted) {
		return err
	}
	why := "it has not said why"
	switch {
	case status.LastError != "":
		why = status.LastError
	case status.Fingerprint != "" && status.Fingerprint != fingerprint:
		why = fmt.Sprintf("its source delivers another one, %s: it reads another place than this command, or "+
			"somebody else has written one since", status.Fingerprint)
	}
	return fmt.Errorf("the namets that serves DATA_DIR (process %d) has not put the token %s into force within %s: %s",
		i.PID, fingerprint, rotation.DefaultWait, why)
}

// url is the local address of the instance.
func (i *instance) url() string {
	host, port, err := net.SplitHostPort(i.Address)
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}
