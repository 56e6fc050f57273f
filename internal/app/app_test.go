package app

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"namets/internal/server"
)

func TestUnlessCutOff_forgivesASlowClient(t *testing.T) {
	var talk strings.Builder
	log := slog.New(slog.NewTextHandler(&talk, nil))
	broken := errors.New("serve: broken")
	if err := unlessCutOff(broken, log); err != broken {
		t.Errorf("%v, want %v", err, broken)
	}
	if err := unlessCutOff(fmt.Errorf("stop: %w after 3.5s: 1", server.ErrCutOff), log); err != nil {
		t.Error(err)
	}
	if !strings.Contains(talk.String(), "level=WARN") || !strings.Contains(talk.String(), "after 3.5s: 1") {
		t.Errorf("the log says %q", talk.String())
	}
}
