package app

import (
	"errors"
	"testing"
)

func TestRestart_endsWithErrRestartAndIsStoppedAllTheSame(t *testing.T) {
	again := newRestart()
	if err := again.or(t.Context(), nil); err != nil {
		t.Errorf("nobody has asked: %v", err)
	}
	again.ask()
	again.ask()
	if err := again.or(t.Context(), nil); !errors.Is(err, ErrRestart) {
		t.Errorf("got %v", err)
	}
	stopped := false
	if err := again.wait(t.Context(), func() { stopped = true }); err != nil || !stopped {
		t.Errorf("stopped %v, %v", stopped, err)
	}
}
