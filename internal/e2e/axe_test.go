package e2e_test

import (
	"strings"
	"testing"

	"namets/internal/e2e"
)

func TestAxe_returnsItsSource(t *testing.T) {
	if source := e2e.Axe(t); !strings.Contains(source, "axe v4.") || len(source) < 100_000 {
		t.Errorf("%d bytes: %.100s", len(source), source)
	}
}
